import { decodeSelector } from './decode-selector.ts';
import { SPEC } from './decode-targets.ts';
import { type At, at, type Fields, isFields, own, pathText, Reading } from './reading.ts';
import { matches } from './selector.ts';
import { serviceOfHost } from './service-host.ts';
import type { Meta, RouteBackend } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';

/**
 * How a kind names what it sends traffic to: `object` with `name` or `serviceName`, `kind` and `namespace`; `host`, a text; `name`, the whole of which is
 * a name; `selector` with label selectors of `services` and `namespaces`.
 */
type BackendForm = 'object' | 'host' | 'name' | 'selector';

/** Where backends stand below `spec`, `[]` after a field that is a list. `kind`: what is named where the backend does not say; absent: a Service. */
export interface BackendPath {
  readonly path: string;
  readonly form: BackendForm;
  readonly kind?: string;
  /** Field of the spec with the namespace of what is named; absent: the backend says it, or it is the object's own. */
  readonly namespaceAt?: string;
  /** Into another namespace it needs a ReferenceGrant there. */
  readonly isGranted?: true;
  /** What is named there is no MCP server by that. */
  readonly isPlain?: true;
}

/** A value of an object, and where it stands. */
export type Placed = readonly [value: unknown, place: At];

function step([value, place]: Placed, part: string): readonly Placed[] {
  const isList = part.endsWith('[]');
  const key = isList ? part.slice(0, -2) : part;
  const next = isFields(value) ? own(value, key) : undefined;
  if (next === undefined) return [];
  if (!isList) return [[next, at(place, key)]];
  return Array.isArray(next) ? next.map((item: unknown, index) => [item, at(at(place, key), index)] as const) : [];
}

/** Everything at a path. What has another shape is passed over: the API's own schema says so where it is served. */
export const follow = (spec: Fields, path: string): readonly Placed[] =>
  path
    .split('.')
    .reduce<readonly Placed[]>((places, part) => places.flatMap(place => step(place, part)), [[spec, SPEC]]);

export const textOf = (fields: Fields, key: string): string | undefined => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : undefined;
};

/** A host as {@link serviceOfHost} reads it, or `NAMESPACE/NAME`, perhaps with a scheme before it and a port, a path or a variable after it. */
export function hostBackend(text: string, path: string, home: string): readonly RouteBackend[] {
  const slashed = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(text);
  const host = text.replace(/^[A-Za-z+]+:\/\//, '').replace(/[:/$].*$/, '');
  const service = slashed ? { namespace: slashed[1] ?? '', name: slashed[2] ?? '' } : serviceOfHost(host, home);
  return service === undefined ? [] : [{ path, kind: 'Service', ...service }];
}

/**
 * The namespaces that a selector names, by the label that nobody can forge; the own one without a selector. Which namespaces have other labels, an
 * object does not say: of those nothing is followed.
 */
function selectedNamespaces(fields: Fields, place: At, home: string): readonly string[] {
  const namespaces = own(fields, 'namespaces');
  if (!isFields(namespaces)) return [home];
  const selector = decodeSelector(namespaces, at(place, 'namespaces'), new Reading());
  const byName = selector.find(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In');
  return [...(byName?.values ?? [])].filter(name => matches(selector, new Map([[NAMESPACE_NAME_LABEL, name]])));
}

function selectedBackends(fields: Fields, place: At, home: string): readonly RouteBackend[] {
  const reading = new Reading();
  const services = reading.object(fields, 'services', place) ?? {};
  const selects = decodeSelector(services, at(place, 'services'), reading);
  // The controller leaves out a target whose selector it cannot read.
  if (reading.issues.length > 0) return [];
  const path = pathText(place);
  return selectedNamespaces(fields, place, home).map(namespace => ({
    path,
    kind: 'Service',
    namespace,
    name: '',
    selects,
  }));
}

function namedObject(value: Fields, path: string, kind: string, home: string): RouteBackend | undefined {
  const name = textOf(value, 'name') ?? textOf(value, 'serviceName');
  if (name === undefined) return undefined;
  return { path, kind: textOf(value, 'kind') ?? kind, namespace: textOf(value, 'namespace') ?? home, name };
}

function backendOf(
  [value, place]: Placed,
  { form, kind = 'Service', namespaceAt = '', isGranted }: BackendPath,
  meta: Meta,
  spec: Fields,
): readonly RouteBackend[] {
  const path = pathText(place);
  const home = textOf(spec, namespaceAt) ?? meta.namespace;
  if (typeof value === 'string' && form === 'host') return hostBackend(value, path, home);
  if (typeof value === 'string' && form === 'name') return [{ path, kind, namespace: home, name: value }];
  if (isFields(value) && form === 'selector') return selectedBackends(value, place, home);
  if (!isFields(value) || form !== 'object') return [];
  const backend = namedObject(value, path, kind, home);
  if (backend === undefined || !isGranted || backend.namespace === meta.namespace) return backend ? [backend] : [];
  return [{ ...backend, grantedAs: { group: textOf(value, 'group') ?? '', kind: backend.kind } }];
}

/** Everything that a spec names at these paths. */
export const namedIn = (spec: Fields, paths: readonly BackendPath[], meta: Meta): readonly RouteBackend[] =>
  paths.flatMap(backend => {
    const named = follow(spec, backend.path).flatMap(placed => backendOf(placed, backend, meta, spec));
    return backend.isPlain ? named.map(one => ({ ...one, isPlain: true as const })) : named;
  });
