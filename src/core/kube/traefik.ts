import { SPEC } from './decode-targets.ts';
import { type Control, control, type Delegation, type FactParts } from './gateway-fact.ts';
import { askedIn, EXTERNAL, type Method } from './gateway-methods.ts';
import { annotationPath } from './ingress-callers.ts';
import { at, type Fields, own, pathText, type Reading, valueAt } from './reading.ts';
import type { Meta, RouteAsks, RouteBackend } from './types.ts';

/** What is asked of callers, here and by others. */
export type Asked = Pick<RouteAsks, 'controls' | 'delegations'>;

const GROUP = 'traefik.io';
export const MIDDLEWARE = 'Middleware';
/** What Traefik calls objects of Kubernetes; those of files and other providers are not seen. */
const KUBERNETES = 'kubernetescrd';

/** `NAMESPACE-NAME` of an object: where one ends and the other begins, the text does not tell. Each possible split. */
function splitsOf(text: string): readonly (readonly [namespace: string, name: string])[] {
  const parts = text.split('-');
  return parts.slice(1).map((_, index) => [parts.slice(0, index + 1).join('-'), parts.slice(index + 1).join('-')]);
}

/** An object that is named as `NAMESPACE-NAME@kubernetescrd`, in the namespace that is meant most likely: `home` where that fits, else the shortest. */
function namedObject(text: string, kind: string, home: string, by: string, path: string): Asked {
  const [whole = '', provider] = text.split('@');
  const splits = provider === KUBERNETES ? splitsOf(whole) : [];
  const found = splits.find(([namespace]) => namespace === home) ?? splits[0];
  if (found !== undefined) {
    const to = { group: GROUP, kind, namespace: found[0], name: found[1] };
    return { controls: [], delegations: [{ by, path, within: '', to }] };
  }
  const says = `${text} stands in a file or at another provider, which is not judged (${path})`;
  return { controls: [control('authentication', by, 'unknown', path, says)], delegations: [] };
}

/** Middlewares as what requests are sent to: an error page (`errors`), and who is asked about them (`forwardAuth`), are Services of theirs. */
export const middlewareBackends = (delegations: readonly Delegation[]): readonly RouteBackend[] =>
  delegations
    .filter(({ to }) => to.kind === MIDDLEWARE)
    .map(({ path, to: { kind, namespace, name } }) => ({ path, kind, namespace, name, isPlain: true }));

/** Several sources of what is asked, as one. */
export const together = (asked: readonly Asked[]): Asked => ({
  controls: asked.flatMap(({ controls }) => controls),
  delegations: asked.flatMap(({ delegations }) => delegations),
});

const MIDDLEWARES = 'traefik.ingress.kubernetes.io/router.middlewares';
const TLS_OPTIONS = 'traefik.ingress.kubernetes.io/router.tls.options';
/** Most middlewares of one list that are looked at. */
const MAX_MIDDLEWARES = 32;

/** Middlewares by a list of names. */
export function listedMiddlewares(text: string, home: string, path: string): Asked {
  const names = text.split(',').map(name => name.trim());
  const given = names.filter(name => name !== '').slice(0, MAX_MIDDLEWARES);
  return together(given.map(name => namedObject(name, MIDDLEWARE, home, `middleware ${name}`, path)));
}

const ENTRY_POINTS = 'traefik.ingress.kubernetes.io/router.entrypoints';

/** Entry points of Traefik that a route is at, by name in lower case; `undefined`: it names none, and is at all of them. */
export function entryPointsAt(names: readonly unknown[]): readonly string[] | undefined {
  const texts = names.flatMap(name => (typeof name === 'string' && name !== '' ? [name.trim().toLowerCase()] : []));
  return texts.length === 0 ? undefined : texts;
}

/** Those that an annotation of an Ingress names. */
export const annotatedEntryPoints = ({ annotations }: Meta): readonly string[] | undefined =>
  entryPointsAt((annotations.get(ENTRY_POINTS) ?? '').split(','));

/** What annotations of an Ingress for Traefik name. Source: https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/. */
export function annotatedByTraefik({ annotations, namespace }: Meta): Asked {
  const options = annotations.get(TLS_OPTIONS) ?? '';
  return together([
    listedMiddlewares(annotations.get(MIDDLEWARES) ?? '', namespace, annotationPath(MIDDLEWARES)),
    ...(options === ''
      ? []
      : [namedObject(options, 'TLSOption', namespace, 'clientAuth', annotationPath(TLS_OPTIONS))]),
  ]);
}

/** Parts of a Middleware that ask something of callers. */
const ASKING: readonly Method[] = [
  { field: 'forwardAuth', asks: EXTERNAL },
  { field: 'basicAuth', asks: ['authentication'] },
  { field: 'digestAuth', asks: ['authentication'] },
];

/** traefik.io Middleware. Source: https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/overview/. */
export const readMiddleware = (spec: Fields, reading: Reading, { namespace }: Meta): FactParts => {
  const plugin = reading.object(spec, 'plugin', SPEC);
  const says = 'what a plugin does is not judged (spec.plugin)';
  const chain = reading.object(spec, 'chain', SPEC);
  return {
    controls: [
      ...askedIn(ASKING, spec, SPEC, reading),
      ...(plugin === undefined ? [] : [control('authentication', 'plugin', 'unknown', 'spec.plugin', says)]),
    ],
    delegations: chain === undefined ? [] : middlewaresIn(chain, 'spec.chain', '', namespace, reading),
  };
};

const NO_CERTIFICATE = 'a caller without a certificate passes';
/** Types of `clientAuth` that let callers past; without one, none is asked for. */
const LAX_TYPES: ReadonlyMap<unknown, string> = new Map([
  ['RequestClientCert', NO_CERTIFICATE],
  ['VerifyClientCertIfGiven', NO_CERTIFICATE],
  ['RequireAnyClientCert', 'a caller with a certificate of his own making passes'],
]);

/** traefik.io TLSOption: `clientAuth.clientAuthType`. Source: https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/tls/tlsoption/. */
export const readTlsOption = (spec: Fields): FactParts => {
  const type = valueAt(spec, 'clientAuth.clientAuthType');
  const path = 'spec.clientAuth.clientAuthType';
  if (type === 'RequireAndVerifyClientCert')
    return { controls: [control('authentication', 'clientAuth', 'required', path, path)] };
  const passes = LAX_TYPES.get(type);
  if (passes === undefined) return {};
  return {
    controls: [control('authentication', 'clientAuth', 'optional', path, `${passes} (${path}: ${String(type)})`)],
  };
};

/** `middlewares` of a chain or of a route. */
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
    const to = { group: GROUP, kind: MIDDLEWARE, namespace: home, name };
    return { by: `middleware ${home}/${name}`, path: `${path}.middlewares[${index}]`, within, to };
  });
}

/** `tls.options` of a route: a TLSOption, which may ask for a certificate. With `passthrough` it is the server that ends TLS, and nothing is asked. */
export function tlsOptions(spec: Fields, reading: Reading, namespace: string): Asked {
  const place = at(at(SPEC, 'tls'), 'options');
  const tls = reading.object(spec, 'tls', SPEC) ?? {};
  if (own(tls, 'passthrough') === true) return { controls: [], delegations: [] };
  const options = reading.object(tls, 'options', at(SPEC, 'tls'));
  const name = options && reading.string(options, 'name', place);
  if (options === undefined || name === undefined) return { controls: [], delegations: [] };
  const home = reading.string(options, 'namespace', place) || namespace;
  const to = { group: GROUP, kind: 'TLSOption', namespace: home, name };
  return { controls: [], delegations: [{ by: 'clientAuth', path: pathText(place), within: '', to }] };
}

/** Middlewares of the services of a route: of one service they stand before the server, of one of several perhaps not. */
function serviceMiddlewares(route: Fields, within: string, namespace: string, reading: Reading): Asked {
  const services = reading.objects(route, 'services', SPEC);
  return together(
    services.map(([service], index): Asked => {
      const path = `${within}.services[${index}]`;
      const delegations = middlewaresIn(service, path, within, namespace, reading);
      if (services.length === 1 || delegations.length === 0) return { controls: [], delegations };
      const says = `the middlewares of one of several services are not judged (${path})`;
      return { controls: [control('authentication', 'services', 'unknown', path, says, { within })], delegations: [] };
    }),
  );
}

/** `observability.accessLogs: false` of a route turns its log off. */
function logSwitch(route: Fields, within: string): readonly Control[] {
  const path = `${within}.observability.accessLogs`;
  return valueAt(route, 'observability.accessLogs') === false
    ? [control('log', 'accessLogs', 'none', path, `${path}: false turns it off`, { within })]
    : [];
}

/** What stands above an IngressRoute (`parentRefs`) may ask too. */
function parentControls(spec: Fields, reading: Reading): readonly Control[] {
  if (reading.list(spec, 'parentRefs', SPEC).length === 0) return [];
  const says = 'what the IngressRoutes above it ask is not judged (spec.parentRefs)';
  return [control('authentication', 'parentRefs', 'unknown', 'spec.parentRefs', says)];
}

/** What an IngressRoute asks, by the middlewares of its routes and its TLSOption. Source: https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/. */
export function askedByIngressRoute(spec: Fields, reading: Reading, namespace: string): Asked {
  const routes = reading.objects(spec, 'routes', SPEC).map(([route], index): Asked => {
    const within = `spec.routes[${index}]`;
    return together([
      {
        controls: logSwitch(route, within),
        delegations: middlewaresIn(route, within, within, namespace, reading),
      },
      serviceMiddlewares(route, within, namespace, reading),
    ]);
  });
  const parents = { controls: parentControls(spec, reading), delegations: [] };
  return together([...routes, tlsOptions(spec, reading, namespace), parents]);
}
