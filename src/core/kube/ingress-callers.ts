import { formatPath } from '../field-path.ts';
import { type Control, control, type Demand } from './gateway-fact.ts';
import { EXTERNAL, type Method } from './gateway-methods.ts';
import type { Labels, Meta } from './types.ts';

const NGINX = 'nginx.ingress.kubernetes.io/';

export const annotationPath = (key: string): string => formatPath(['metadata', 'annotations', key]);

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
