import { type EndpointSelector, SERVICE_ACCOUNT_LABEL, type Unjudged } from './cilium.ts';
import { decodeSelector, type KeyReader } from './decode-selector.ts';
import { type At, at, type Fields, pathText, type Reading } from './reading.ts';
import { matches } from './selector.ts';
import type { Requirement, Selector } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';

/** Virtual labels: pkg/k8s/apis/cilium.io/const.go. */
const NAMESPACE_LABEL = 'io.kubernetes.pod.namespace';
const NAMESPACE_LABELS_PREFIX = 'io.cilium.k8s.namespace.labels.';
const CLUSTER_LABEL = 'io.cilium.k8s.policy.cluster';

/** Sources whose labels are those of pods. No source is `any`. */
const POD_SOURCES: ReadonlySet<string> = new Set(['k8s', 'any']);
/** The source of the labels of what is no pod: nodes, the world. */
export const RESERVED_SOURCE = 'reserved';

/**
 * Beginnings of the labels of pods that Cilium gives no endpoint unless its `labels` setting says so.
 * Source: https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/
 */
const LEFT_OUT: readonly string[] = [
  'io.kubernetes',
  'kubernetes.io',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
  'batch.kubernetes.io/controller-uid',
  'beta.kubernetes.io',
  'k8s.io',
  'pod-template-generation',
  'pod-template-hash',
  'controller-revision-hash',
  'annotation',
  'controller-uid',
  'etcd_node',
];

/** `k8s:app` is the label `app` from the source `k8s`; without a source it is from any. */
export function splitKey(written: string): { readonly source: string; readonly key: string } {
  const colon = written.indexOf(':');
  return colon < 0
    ? { source: 'any', key: written }
    : { source: written.slice(0, colon), key: written.slice(colon + 1) };
}

/** The part of a key that must be a label key: of a namespace's label, that label. */
const plainKey: KeyReader = written => {
  const { key } = splitKey(written);
  return key.startsWith(NAMESPACE_LABELS_PREFIX) ? key.slice(NAMESPACE_LABELS_PREFIX.length) : key;
};

/** What becomes of one requirement: which labels it asks for, or why that is not known. `always`: it holds of every pod. */
type Asked =
  | { readonly of: 'pods' | 'namespaces' | 'serviceAccounts'; readonly requirement: Requirement }
  | { readonly of: 'always' }
  | { readonly of: 'unjudged'; readonly why: string };

/** Every pod of this cluster bears the label; what the cluster is called is not known here. */
const ofCluster = ({ operator }: Requirement): Asked =>
  operator === 'Exists'
    ? { of: 'always' }
    : { of: 'unjudged', why: 'names a cluster, and what this one is called is not known' };

function asked(requirement: Requirement): Asked {
  const { source, key } = splitKey(requirement.key);
  // No pod has such a label: its key is kept as it is written, which no label of a pod can be.
  if (source === RESERVED_SOURCE) return { of: 'pods', requirement };
  if (!POD_SOURCES.has(source)) return { of: 'unjudged', why: `asks for labels of the source ${source}` };
  if (key === NAMESPACE_LABEL) return { of: 'namespaces', requirement: { ...requirement, key: NAMESPACE_NAME_LABEL } };
  if (key.startsWith(NAMESPACE_LABELS_PREFIX))
    return { of: 'namespaces', requirement: { ...requirement, key: key.slice(NAMESPACE_LABELS_PREFIX.length) } };
  if (key === SERVICE_ACCOUNT_LABEL) return { of: 'serviceAccounts', requirement: { ...requirement, key } };
  if (key === CLUSTER_LABEL) return ofCluster(requirement);
  if (LEFT_OUT.some(prefix => key.startsWith(prefix)))
    return { of: 'unjudged', why: `asks for ${key}, which Cilium does not look at unless its labels setting says so` };
  return { of: 'pods', requirement: { ...requirement, key } };
}

/** An endpoint selector, of a subject or of a peer. */
export function decodeEndpointSelector(fields: Fields, place: At, reading: Reading): EndpointSelector {
  const written = decodeSelector(fields, place, reading, plainKey).map(asked);
  const of = (wanted: 'pods' | 'namespaces' | 'serviceAccounts'): Selector =>
    written.flatMap(one => (one.of === wanted ? [one.requirement] : []));
  const namespaces = of('namespaces');
  const field = pathText(place);
  return {
    path: field,
    pods: of('pods'),
    namespaces,
    serviceAccounts: of('serviceAccounts'),
    namesNamespace: namespaces.length > 0,
    unjudged: written.flatMap(one => (one.of === 'unjudged' ? [{ field, why: one.why }] : [])),
  };
}

/** Versions of Cilium differ on what a policy of a namespace selects whose selector names another one. */
function foreignNamespace({ path, namespaces }: EndpointSelector, namespace: string): readonly Unjudged[] {
  const named = namespaces.filter(({ key }) => key === NAMESPACE_NAME_LABEL);
  if (matches(named, new Map([[NAMESPACE_NAME_LABEL, namespace]]))) return [];
  return [{ field: path, why: `names another namespace than ${namespace}, which the policy is in` }];
}

/** `endpointSelector`. `namespace`: of the policy; empty: it is of the cluster. */
export function decodeSubject(spec: Fields, up: At, namespace: string, reading: Reading): EndpointSelector | undefined {
  const fields = reading.object(spec, 'endpointSelector', up);
  if (fields === undefined) return undefined;
  const selector = decodeEndpointSelector(fields, at(up, 'endpointSelector'), reading);
  if (namespace === '') return selector;
  return {
    ...selector,
    namesNamespace: false,
    unjudged: [...selector.unjudged, ...foreignNamespace(selector, namespace)],
  };
}
