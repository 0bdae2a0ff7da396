import { OWN_GROUP, textIn } from '../../core/kube/own-kinds.ts';
import { type Fields, fieldsAt, isFields, own, valueAt } from '../../core/kube/reading.ts';

/** What an object is, as far as it counts whether somebody changed it. */
export interface ObjectState {
  /** `apps/v1`, `v1`. */
  readonly apiVersion: string;
  /** Digest of its labels and of what its spec asks for. */
  readonly mark: string;
  /** `spec.replicas`, which autoscalers change by a subresource of its own; absent where it has none. */
  readonly replicas?: number;
  /** Some Pod of it is ready, by its status; absent where that says nothing: there is to be none, or a controller answers for it. */
  readonly ready?: boolean;
}

/** SHA-256 of the UTF-8 form, in hex. */
export type Hash = (text: string) => string;

const listAt = (fields: Fields, key: string): readonly unknown[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value : [];
};

/** Where controllers of Pods say how many are to be there, and how many are ready. */
const COUNTS: ReadonlyMap<unknown, readonly [wanted: string, ready: string]> = new Map([
  ['Deployment', ['spec.replicas', 'status.readyReplicas']],
  ['StatefulSet', ['spec.replicas', 'status.readyReplicas']],
  ['ReplicaSet', ['spec.replicas', 'status.readyReplicas']],
  ['ReplicationController', ['spec.replicas', 'status.readyReplicas']],
  ['DaemonSet', ['status.desiredNumberScheduled', 'status.numberReady']],
]);

function isPodReady(raw: Fields): boolean {
  const conditions = listAt(fieldsAt(raw, 'status'), 'conditions').filter(isFields);
  return conditions.some(one => own(one, 'type') === 'Ready' && own(one, 'status') === 'True');
}

/** Of an apiVersion. */
const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));

/** See {@link ObjectState}. */
function readyOf(raw: Fields): boolean | undefined {
  if (!BUILT_IN.has(groupOf(textIn(raw, 'apiVersion')))) return undefined;
  const isOwned = listAt(fieldsAt(raw, 'metadata'), 'ownerReferences').some(
    owner => isFields(owner) && own(owner, 'controller') === true,
  );
  if (isOwned) return undefined;
  if (own(raw, 'kind') === 'Pod') return isPodReady(raw);
  const [wanted, ready] = COUNTS.get(own(raw, 'kind')) ?? [];
  if (wanted === undefined || ready === undefined || !valueAt(raw, wanted)) return undefined;
  return Number(valueAt(raw, ready) ?? 0) > 0;
}

/** Of the built-in groups: who asks and who watches gets the same fields in the same order, since one encoder writes both. */
const BUILT_IN: ReadonlySet<string> = new Set(['', 'apps', 'batch', 'networking.k8s.io']);

/** What an object is scheduled to, written by schedulers past the review of the Pod (`pods/binding`). */
const TOPOLOGY = 'topology.kubernetes.io/';

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
export function changeableState(raw: Fields, hash: Hash): Omit<ObjectState, 'ready'> {
  const apiVersion = textIn(raw, 'apiVersion');
  const group = groupOf(apiVersion);
  const metadata = fieldsAt(raw, 'metadata');
  const labels = group === OWN_GROUP ? undefined : labelsOf(metadata);
  const mark = hash(JSON.stringify([labels, askedFor(raw, group, metadata)]));
  const replicas = own(fieldsAt(raw, 'spec'), 'replicas');
  const isScaled = typeof replicas === 'number' && BUILT_IN.has(group);
  return isScaled ? { apiVersion, mark, replicas } : { apiVersion, mark };
}

/** The same, and what its status says. */
export function stateOf(raw: Fields, hash: Hash): ObjectState {
  const state = changeableState(raw, hash);
  const ready = readyOf(raw);
  return ready === undefined ? state : { ...state, ready };
}

/** Beside the mark of its state, what a record explains of an object: that it was scaled so, or that it was deleted. */
export const scaleMark = (replicas: number): string => `scale ${replicas}`;
export const DELETED_MARK = 'deleted';
