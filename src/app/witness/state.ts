import { OWN_GROUP, textIn } from '../../core/kube/own-kinds.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';

/** What an object is, as far as it counts whether somebody changed it. */
export interface ObjectState {
  /** `apps/v1`, `v1`. */
  readonly apiVersion: string;
  /** Digest of its labels and of what its spec asks for. */
  readonly mark: string;
  /** `spec.replicas`, which autoscalers change by a subresource of its own; absent where it has none. */
  readonly replicas?: number;
}

/** SHA-256 of the UTF-8 form, in hex. */
export type Hash = (text: string) => string;

/** Of the built-in groups: who asks and who watches gets the same fields in the same order, since one encoder writes both. */
const BUILT_IN: ReadonlySet<string> = new Set(['', 'apps', 'batch', 'networking.k8s.io']);

/** What an object is scheduled to, written by schedulers past the review of the Pod (`pods/binding`). */
const TOPOLOGY = 'topology.kubernetes.io/';

const listAt = (fields: Fields, key: string): readonly unknown[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value : [];
};

/** A container without what `pods/resize` changes. */
const withoutResources = (container: unknown): unknown => {
  if (!isFields(container)) return container;
  const { resources: _, resizePolicy: __, ...rest } = container;
  return rest;
};

/** What of a Pod can change once it is there, by requests that are reviewed. */
const podSpec = (spec: Fields): unknown => [
  ...['containers', 'initContainers', 'ephemeralContainers'].map(key => listAt(spec, key).map(withoutResources)),
  listAt(spec, 'schedulingGates'),
];

function labelsOf(metadata: Fields): unknown {
  const labels = Object.entries(fieldsAt(metadata, 'labels')).filter(([key]) => !key.startsWith(TOPOLOGY));
  return labels.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What the spec asks for. Of other groups the generation stands for it: their objects may be converted from one version to another. */
function askedFor(raw: Fields, group: string, metadata: Fields): unknown {
  const kind = own(raw, 'kind');
  const spec = fieldsAt(raw, 'spec');
  if (!BUILT_IN.has(group)) return own(metadata, 'generation');
  if (kind === 'Namespace') return undefined;
  if (kind === 'Pod') return podSpec(spec);
  const { replicas: _, ...rest } = spec;
  return rest;
}

/**
 * The state of an object, as JSON of the API has it: the same for the one that is reviewed and the one that is stored. Annotations, owners and the status do
 * not count: controllers write them past any review.
 */
export function stateOf(raw: Fields, hash: Hash): ObjectState {
  const apiVersion = textIn(raw, 'apiVersion');
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const metadata = fieldsAt(raw, 'metadata');
  const labels = group === OWN_GROUP ? undefined : labelsOf(metadata);
  const mark = hash(JSON.stringify([labels, askedFor(raw, group, metadata)]));
  const replicas = own(fieldsAt(raw, 'spec'), 'replicas');
  const isScaled = typeof replicas === 'number' && BUILT_IN.has(group);
  return { apiVersion, mark, ...(isScaled && { replicas }) };
}

/** Beside the mark of its state, what a record explains of an object: that it was scaled so, or that it was deleted. */
export const scaleMark = (replicas: number): string => `scale ${replicas}`;
export const DELETED_MARK = 'deleted';
