import type { GatePolicy } from '../../core/gate/types.ts';
import type { Labels, Workload } from '../../core/kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../core/kube/well-known-labels.ts';
import { createDetector } from '../../core/mcp/detect.ts';
import { mayBeFor, mayBeForPods } from '../../core/netpol/foreign.ts';
import type { World } from '../../core/world/world.ts';

/** Labels that stand-ins bear under their own names. */
export interface KeptLabels {
  ofPod(pod: Workload): Readonly<Record<string, string>>;
  ofNamespace(labels: Labels): Readonly<Record<string, string>>;
}

/** By these labels the gate itself, and its guardrail, know what they are for. */
const GATE_PREFIX = 'chokepoint.dev/';

/** Keys by which policies of the whole cluster select one of these Pods. */
function selectingKeys(pods: readonly Workload[], world: World): ReadonlySet<string> {
  const selecting = world.clusterPolicies.filter(policy =>
    pods.some(pod => mayBeFor(policy, world.namespace(pod.meta.namespace)) && mayBeForPods(policy, pod)),
  );
  const keys = selecting.flatMap(({ podSelector = [], namespaceSelector = [] }) =>
    [...podSelector, ...namespaceSelector].map(({ key }) => key),
  );
  return new Set(keys.filter(key => key !== NAMESPACE_NAME_LABEL && !key.startsWith(GATE_PREFIX)));
}

const among = (labels: Labels, keys: ReadonlySet<string>): Labels =>
  new Map([...labels].filter(([key]) => keys.has(key)));

/** A Pod of which these labels are all that is known. */
const bare = (pod: Workload, labels: Labels): Workload => ({
  ...pod,
  meta: { ...pod.meta, name: 'stand-in', labels, annotations: new Map(), owners: [] },
  ...{ podLabels: labels, podAnnotations: new Map(), containers: [] },
});

/**
 * The labels by which policies of the whole cluster select servers, so that they select what stands in for them. Without those that make a Pod an MCP server
 * by themselves: the gate would judge it as one.
 */
export function createKeptLabels(pods: readonly Workload[], world: World, policy: GatePolicy): KeptLabels {
  const keys = selectingKeys(pods, world);
  const detect = createDetector(policy.detection);
  return {
    ofPod: pod => {
      const kept = among(pod.podLabels, keys);
      const isServer = detect(bare(pod, kept), world.namespace('')).standing !== 'no';
      return isServer ? {} : Object.fromEntries(kept);
    },
    ofNamespace: labels => Object.fromEntries(among(labels, keys)),
  };
}
