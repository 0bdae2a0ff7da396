import { formatPath, type PathSegment } from '../../core/field-path.ts';
import { hostBackend } from '../../core/kube/named-backends.ts';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import type { ObjectRef, RouteBackend } from '../../core/kube/types.ts';

/** How gateways, ingress controllers and tunnels call the kinds by which they publish Services. */
const PUBLISHING =
  /(?:Route|RouteTable|RouteGroup|Router|Ingress|VirtualService|VirtualServer|VirtualHost|Proxy|Tunnel|TunnelBinding|Edge|Endpoint|TargetGroupBinding|Upstream|Mapping|Backend|EnvoyConfig|EnvoyFilter|ServiceEntry|ApiDefinition|AuthService|ExtensionService|Plugin)$/;

/** Fields whose text names a Service, by its host or its name alone. */
const TEXTS = /^(?:service|serviceName|host|hostname|url|uri|address|destination|upstream|target)$/i;
/** Fields whose objects are references to one. */
const REFERENCES = /(?:^ref|(?:service|backend|destination|upstream|target)(?:ref|refs|s)?)$/i;
const MAX_NAMES = 200;

interface Placed {
  readonly fields: Fields;
  readonly path: readonly PathSegment[];
}

const isService = (value: Fields): boolean => [undefined, 'Service'].includes(own(value, 'kind') as string | undefined);

function referenceIn(value: Fields, path: string, home: string): readonly RouteBackend[] {
  const name = own(value, 'name') ?? own(value, 'serviceName');
  if (typeof name !== 'string' || !isService(value)) return [];
  const namespace = own(value, 'namespace');
  return [{ path, kind: 'Service', namespace: typeof namespace === 'string' ? namespace : home, name }];
}

function namedIn({ fields, path }: Placed, home: string): readonly RouteBackend[] {
  return Object.keys(fields).flatMap(key => {
    const value = fields[key];
    const at = formatPath([...path, key]);
    if (typeof value === 'string') return TEXTS.test(key) ? hostBackend(value, at, home) : [];
    if (!REFERENCES.test(key)) return [];
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.filter(isFields).flatMap(item => referenceIn(item, at, home));
  });
}

/** Services that an object of a kind that is not judged names, where its kind is called like one that publishes Services; `placed`: what stands below it. */
export function servicesPublished({ kind, namespace }: ObjectRef, placed: readonly Placed[]): readonly RouteBackend[] {
  if (!PUBLISHING.test(kind)) return [];
  return placed.flatMap(one => namedIn(one, namespace)).slice(0, MAX_NAMES);
}
