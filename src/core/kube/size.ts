import { type Fields, fieldsAt, isFields, own } from './reading.ts';
import { WORKLOADS } from './workload-kinds.ts';

/**
 * Most values of one object that are judged: fields and list items at any depth of its metadata and spec, one more for each 32 characters of
 * a text, and for each rule of a NetworkPolicy the product of its peers and ports. 10,000 address blocks have 30,000, and a usual Pod has 300.
 */
export const MAX_OBJECT_VALUES = 50_000;
/** Most values of all policies together that may select the pods of one server. */
export const MAX_SERVER_VALUES = 100_000;
/** Most values of one selector, or of one set of labels, that are kept of an object that is too large. */
const MAX_KEPT_VALUES = 1_000;

/** How many fields and list items a value holds at any depth; `limit` where it holds more, which is then not looked at. */
function valuesIn(value: unknown, limit: number): number {
  const open: unknown[] = [value];
  let count = 0;
  for (let next = open.pop(); next !== undefined && count < limit; next = open.pop()) {
    const held = heldBy(next);
    count += held.length;
    if (count >= limit) break;
    for (const one of held) {
      if (typeof one === 'string') count += Math.floor(one.length / TEXT_OF_ONE_VALUE);
      else if (typeof one === 'object' && one !== null) open.push(one);
    }
  }
  return Math.min(count, limit);
}

/** Text that counts as one more value, in UTF-16 units. */
const TEXT_OF_ONE_VALUE = 32;

function heldBy(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value) ? value : Object.values(value);
}

const lengthAt = (fields: Fields, key: string): number => {
  const list = own(fields, key);
  return Array.isArray(list) ? list.length : 0;
};

/** The ways that a policy's rules open, one for each peer and port together: they are judged one by one. */
function openingsIn(spec: Fields): number {
  const rules = ['ingress', 'egress'].flatMap(key => {
    const list = own(spec, key);
    return Array.isArray(list) ? list.filter(isFields) : [];
  });
  return rules.reduce(
    (sum, rule) => sum + (lengthAt(rule, 'from') + lengthAt(rule, 'to')) * lengthAt(rule, 'ports'),
    0,
  );
}

/** The size of an object as {@link MAX_OBJECT_VALUES} counts it; one more than that for whatever is larger. */
export function sizeOf(object: Fields): number {
  const limit = MAX_OBJECT_VALUES + 1;
  const { managedFields: _, ...metadata } = fieldsAt(object, 'metadata');
  const { status: __, ...rest } = object;
  const values = valuesIn({ ...rest, metadata }, limit);
  return Math.min(values + openingsIn(fieldsAt(object, 'spec')), limit);
}

/** Only the outline of the object is known. */
export const isTooLarge = ({ meta }: { readonly meta: { readonly size: number } }): boolean =>
  meta.size > MAX_OBJECT_VALUES;

/** The fields with these names, as far as they are small. */
function small(fields: Fields, names: readonly string[]): Fields {
  const kept = names.flatMap(name => {
    const value = own(fields, name);
    return value !== undefined && valuesIn(value, MAX_KEPT_VALUES) < MAX_KEPT_VALUES ? [[name, value] as const] : [];
  });
  return Object.fromEntries(kept);
}

/** Names, labels and whether it is on its way out. */
function smallMetadata(object: Fields): Fields {
  const names = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'labels', 'annotations'];
  return small(fieldsAt(object, 'metadata'), [...names, 'ownerReferences', 'deletionTimestamp']);
}

/** What a pod template must have to be read, and the labels of its pods. */
const smallTemplate = (template: Fields): Fields => ({
  metadata: small(fieldsAt(template, 'metadata'), ['labels']),
  spec: {
    ...small(fieldsAt(template, 'spec'), [
      'hostNetwork',
      'nodeName',
      'schedulingGates',
      'serviceAccountName',
      'serviceAccount',
    ]),
    containers: [],
  },
});

function withTemplate(spec: Fields, path: readonly string[]): Fields {
  const [next, ...rest] = path;
  if (next === undefined) return smallTemplate(spec);
  if (!next.endsWith('[]')) return { [next]: withTemplate(fieldsAt(spec, next), rest) };
  const key = next.slice(0, -2);
  const list = own(spec, key);
  const [first] = Array.isArray(list) ? list.filter(isFields) : [];
  return { [key]: first ? [{ ...small(first, ['name']), ...withTemplate(first, rest) }] : [] };
}

/** By `group/Kind`: the path of the pod template; of several templates, that of the first. */
const TEMPLATE_PATHS: ReadonlyMap<string, readonly string[]> = new Map(
  WORKLOADS.map(({ group, kind, templates }) => [`${group}/${kind}`, templates[0]?.path ?? []]),
);

function templatePath({ apiVersion, kind }: Fields): readonly string[] | undefined {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  return TEMPLATE_PATHS.get(`${apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')))}/${kind}`);
}

/** Endpoints that the API server takes of one EndpointSlice. */
const MAX_ENDPOINTS = 1_000;

/** The first address of each endpoint, which is the one that kube-proxy follows. */
function smallEndpoints(slice: Fields): readonly Fields[] {
  const endpoints = own(slice, 'endpoints');
  return (Array.isArray(endpoints) ? endpoints : [])
    .slice(0, MAX_ENDPOINTS)
    .filter(isFields)
    .map(endpoint => {
      const addresses = own(endpoint, 'addresses');
      return { addresses: Array.isArray(addresses) ? addresses.slice(0, 1) : [] };
    });
}

/** What is kept of an object that is too large: its name, its labels, and what it selects. A selector that is too large itself is left out. */
export function outlineOf(object: Fields): Fields {
  const { apiVersion, kind } = object;
  const metadata = smallMetadata(object);
  if (kind === 'EndpointSlice') return { apiVersion, kind, metadata, endpoints: smallEndpoints(object) };
  const path = templatePath(object);
  if (path === undefined) {
    const spec = small(fieldsAt(object, 'spec'), [
      'podSelector',
      'policyTypes',
      'selector',
      'type',
      'externalName',
      'tier',
      'priority',
      'subject',
    ]);
    return { apiVersion, kind, metadata, spec };
  }
  const outline = withTemplate(object, path);
  const selection = path.length === 0 ? {} : small(fieldsAt(object, 'spec'), ['selector']);
  const own = isFields(outline.spec) ? outline.spec : {};
  return { ...outline, apiVersion, kind, metadata, spec: { ...own, ...selection } };
}
