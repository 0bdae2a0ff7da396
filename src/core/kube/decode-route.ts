import { decodeMeta } from './decode-meta.ts';
import { type At, at, type Fields, pathText, type Reading } from './reading.ts';
import type { Meta, Route, RouteBackend, RouteParent } from './types.ts';

const SPEC: At = at(undefined, 'spec');

/** The items of a list that are objects, each with where it stands. */
function objects(parent: Fields, key: string, up: At, reading: Reading): readonly (readonly [Fields, At])[] {
  return reading.list(parent, key, up).flatMap((item, index) => {
    const place = at(at(up, key), index);
    const fields = reading.fields(item, place);
    return fields === undefined ? [] : [[fields, place] as const];
  });
}

function ingressBackend(fields: Fields | undefined, place: At, meta: Meta, reading: Reading): readonly RouteBackend[] {
  const service = fields && reading.object(fields, 'service', place);
  const name = service && reading.string(service, 'name', at(place, 'service'));
  return name === undefined
    ? []
    : [{ path: pathText(at(at(place, 'service'), 'name')), namespace: meta.namespace, service: name }];
}

/** networking.k8s.io/v1 Ingress: defaultBackend and every path's backend. */
export function decodeIngress(fields: Fields, reading: Reading): Route {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  const annotated = meta.annotations.get('kubernetes.io/ingress.class');
  const className = reading.string(spec, 'ingressClassName', SPEC) ?? annotated ?? '';
  const fallback = ingressBackend(
    reading.object(spec, 'defaultBackend', SPEC),
    at(SPEC, 'defaultBackend'),
    meta,
    reading,
  );
  const backends = objects(spec, 'rules', SPEC, reading).flatMap(([rule, place]) => {
    const http = reading.object(rule, 'http', place);
    if (http === undefined) return [];
    return objects(http, 'paths', at(place, 'http'), reading).flatMap(([path, pathPlace]) =>
      ingressBackend(reading.object(path, 'backend', pathPlace), at(pathPlace, 'backend'), meta, reading),
    );
  });
  const parent: RouteParent = { path: 'spec.ingressClassName', kind: 'IngressClass', namespace: '', name: className };
  return { kind: 'Ingress', meta, through: [parent], backends: [...fallback, ...backends] };
}

const PARENT_KINDS: ReadonlyMap<string, RouteParent['kind']> = new Map([
  ['Gateway', 'Gateway'],
  ['Service', 'Service'],
]);

function gatewayParent(fields: Fields, place: At, meta: Meta, reading: Reading): RouteParent {
  const kind = reading.string(fields, 'kind', place) ?? 'Gateway';
  return {
    path: pathText(place),
    kind: PARENT_KINDS.get(kind) ?? 'other',
    namespace: reading.string(fields, 'namespace', place) ?? meta.namespace,
    name: reading.string(fields, 'name', place) ?? '',
  };
}

function routeBackend(fields: Fields, place: At, meta: Meta, reading: Reading): readonly RouteBackend[] {
  const kind = reading.string(fields, 'kind', place) ?? 'Service';
  const name = reading.string(fields, 'name', place);
  if (kind !== 'Service' || name === undefined) return [];
  return [
    { path: pathText(place), namespace: reading.string(fields, 'namespace', place) ?? meta.namespace, service: name },
  ];
}

/** gateway.networking.k8s.io HTTPRoute, GRPCRoute, TCPRoute, TLSRoute, UDPRoute: they differ in nothing that is judged. */
export function decodeGatewayRoute(kind: string, fields: Fields, reading: Reading): Route {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  const through = objects(spec, 'parentRefs', SPEC, reading).map(([ref, place]) =>
    gatewayParent(ref, place, meta, reading),
  );
  const backends = objects(spec, 'rules', SPEC, reading).flatMap(([rule, place]) =>
    objects(rule, 'backendRefs', place, reading).flatMap(([ref, refPlace]) =>
      routeBackend(ref, refPlace, meta, reading),
    ),
  );
  return { kind, meta, through, backends };
}
