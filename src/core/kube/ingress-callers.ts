import { formatPath } from '../field-path.ts';
import { SPEC } from './decode-targets.ts';
import { type Control, control, type Delegation, type Demand, type FactParts } from './gateway-fact.ts';
import { EXTERNAL, type Method } from './gateway-methods.ts';
import type { Fields, Reading } from './reading.ts';
import type { Labels, Meta } from './types.ts';

const NGINX = 'nginx.ingress.kubernetes.io/';

const annotationPath = (key: string): string => formatPath(['metadata', 'annotations', key]);

/** An annotation by which an Ingress asks something of callers, and its values for which it does not. */
interface Asking extends Pick<Method, 'asks'> {
  readonly key: string;
  /** Values with which it asks nothing. */
  readonly off?: readonly string[];
  /** Another annotation, whose value lets requests past. */
  readonly gap?: { readonly key: string; readonly is: readonly string[]; readonly passes: string };
}

const ASKING: readonly Asking[] = [
  { key: `${NGINX}auth-url`, asks: EXTERNAL, off: [''] },
  { key: `${NGINX}auth-type`, asks: ['authentication'], off: [''] },
  {
    key: `${NGINX}auth-tls-secret`,
    asks: ['authentication'],
    off: [''],
    gap: {
      key: `${NGINX}auth-tls-verify-client`,
      is: ['off', 'optional', 'optional_no_ca'],
      passes: 'a caller without a certificate passes',
    },
  },
  { key: 'nginx.org/basic-auth-secret', asks: ['authentication'], off: [''] },
  { key: 'nginx.com/jwt-key', asks: ['authentication'], off: [''] },
  {
    key: 'alb.ingress.kubernetes.io/auth-type',
    asks: ['authentication'],
    off: ['', 'none'],
    gap: {
      key: 'alb.ingress.kubernetes.io/auth-on-unauthenticated-request',
      is: ['allow'],
      passes: 'a caller who has not signed in passes',
    },
  },
];

/** Annotations that can change anything of what the others say. */
const UNJUDGED: readonly string[] = [
  ...['auth-snippet', 'configuration-snippet', 'server-snippet'].map(name => `${NGINX}${name}`),
  ...['nginx.org/server-snippets', 'nginx.org/location-snippets', 'nginx.org/policies', 'konghq.com/plugins'],
];

const ADDRESS_RANGES: readonly string[] = [`${NGINX}whitelist-source-range`, `${NGINX}allowlist-source-range`];

function demandOf({ key, gap }: Asking, annotations: Labels): readonly [Demand, path: string, says: string] {
  const value = gap && annotations.get(gap.key);
  if (gap && value !== undefined && gap.is.includes(value))
    return ['optional', annotationPath(gap.key), `${gap.passes} (${gap.key}: ${value})`];
  const isEither = annotations.get(`${NGINX}satisfy`) === 'any' && ADDRESS_RANGES.some(one => annotations.has(one));
  if (key.startsWith(NGINX) && isEither) {
    const says = `whoever calls from the listed addresses passes (${NGINX}satisfy: any)`;
    return ['optional', annotationPath(`${NGINX}satisfy`), says];
  }
  return ['required', annotationPath(key), `annotation ${key}`];
}

/** What annotations of an Ingress ask of callers. Source: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/. */
export function annotatedControls({ annotations }: Meta): readonly Control[] {
  const asking = ASKING.flatMap(one => {
    const value = annotations.get(one.key);
    if (value === undefined || one.off?.includes(value)) return [];
    const [demand, path, says] = demandOf(one, annotations);
    return one.asks.map(aspect => control(aspect, one.key, demand, path, says));
  });
  const unjudged = UNJUDGED.filter(key => annotations.has(key)).map(key =>
    control('authentication', key, 'unknown', annotationPath(key), `annotation ${key} is not judged`),
  );
  return [...asking, ...unjudged, ...loggedBy(annotations)];
}

const LOG_SWITCHES: readonly string[] = [
  `${NGINX}enable-access-log`,
  'traefik.ingress.kubernetes.io/router.observability.accesslogs',
];

const loggedBy = (annotations: Labels): readonly Control[] =>
  LOG_SWITCHES.filter(key => annotations.get(key) === 'false').map(key =>
    control('log', key, 'none', annotationPath(key), `annotation ${key} turns it off`),
  );

const MIDDLEWARES = 'traefik.ingress.kubernetes.io/router.middlewares';

/** `NAMESPACE-NAME@kubernetescrd` in a list: where one ends and the other begins, the namespaces that there are tell. Each possible split is tried. */
function middlewareNames(text: string): readonly (readonly [namespace: string, name: string])[] {
  const [whole = '', provider] = text.trim().split('@');
  if (provider !== 'kubernetescrd') return [];
  const parts = whole.split('-');
  return parts.slice(1).map((_, index) => [parts.slice(0, index + 1).join('-'), parts.slice(index + 1).join('-')]);
}

/** Most middlewares of one annotation that are looked at, and most hyphens in the name of one. */
const MAX_MIDDLEWARES = 32;

/** Middlewares that an Ingress names, in the namespace that is meant most likely: its own where that fits, else the shortest. */
export function annotatedMiddlewares({ annotations, namespace }: Meta): readonly Delegation[] {
  const names = (annotations.get(MIDDLEWARES) ?? '').split(',').slice(0, MAX_MIDDLEWARES);
  return names.flatMap(text => {
    const splits = middlewareNames(text);
    const found = splits.find(([home]) => home === namespace) ?? splits[0];
    if (found === undefined) return [];
    const to = { group: 'traefik.io', kind: 'Middleware', namespace: found[0], name: found[1] };
    return [{ by: `middleware ${text.trim()}`, path: annotationPath(MIDDLEWARES), within: '', to }];
  });
}

/** Parts of a Middleware that ask something of callers. */
const MIDDLEWARE: readonly Method[] = [
  { field: 'forwardAuth', asks: EXTERNAL },
  { field: 'basicAuth', asks: ['authentication'] },
  { field: 'digestAuth', asks: ['authentication'] },
];

/** traefik.io Middleware. Source: https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/overview/. */
export const readMiddleware = (spec: Fields, reading: Reading, { namespace }: Meta): FactParts => {
  const asked = MIDDLEWARE.flatMap(({ field, asks }) =>
    reading.object(spec, field, SPEC) === undefined
      ? []
      : asks.map(aspect => control(aspect, field, 'required', `spec.${field}`, `spec.${field}`)),
  );
  const plugin = reading.object(spec, 'plugin', SPEC);
  const says = 'what a plugin does is not judged (spec.plugin)';
  const chain = reading.object(spec, 'chain', SPEC);
  return {
    controls:
      plugin === undefined ? asked : [...asked, control('authentication', 'plugin', 'unknown', 'spec.plugin', says)],
    delegations: chain === undefined ? [] : middlewaresIn(chain, 'spec.chain', '', namespace, reading),
  };
};

/** `middlewares` of a chain or of a route of Traefik. */
function middlewaresIn(
  holder: Fields,
  path: string,
  within: string,
  namespace: string,
  reading: Reading,
): readonly Delegation[] {
  return reading.objects(holder, 'middlewares', SPEC).map(([one], index) => {
    const name = reading.string(one, 'name', SPEC) ?? '';
    const home = reading.string(one, 'namespace', SPEC) || namespace;
    const to = { group: 'traefik.io', kind: 'Middleware', namespace: home, name };
    return { by: `middleware ${home}/${name}`, path: `${path}.middlewares[${index}]`, within, to };
  });
}

/** Middlewares of the routes of an IngressRoute. */
export const routeMiddlewares = (spec: Fields, namespace: string, reading: Reading): readonly Delegation[] =>
  reading
    .objects(spec, 'routes', SPEC)
    .flatMap(([route], index) =>
      middlewaresIn(route, `spec.routes[${index}]`, `spec.routes[${index}]`, namespace, reading),
    );
