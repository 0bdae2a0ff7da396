import type { Cause } from './decision.ts';

/** What a kind of cause tells about itself, for `explain` and the reports: why a server is `undetermined`, and what makes it judged. */
export interface CauseInfo {
  readonly title: string;
  readonly why: string;
  /** What a person can do about it. */
  readonly fix: string;
  readonly sources: readonly [string, ...string[]];
}

/** By code, in alphabetical order. */
export const CAUSES: Readonly<Record<Cause['code'], CauseInfo>> = {
  'equal-priority': {
    title: 'Policies of equal priority decide differently about the server',
    why: 'Of policies of one tier that have the same priority, any that matches may be the one that counts, for each connection anew. One of them closes the server, and another one does not.',
    fix: 'give them different priorities',
    sources: ['https://network-policy-api.sigs.k8s.io/api-overview/'],
  },
  'foreign-policy': {
    title: 'What a policy of another API does to the server is not known, and its verdict hangs on it',
    why: 'Policies of Cilium, Calico, Antrea and of the cluster-wide APIs can open what NetworkPolicies close, and close what they open. Here one is of an API that is not judged, cannot be read as a whole, or goes by a fact that is not given; as it may be, the server is open or closed.',
    fix: 'mend the field that the cause or the problem beside it names, or give the fact that it asks for (the Namespace, the Tier, the Nodes); of an API that is not judged, say in a NetworkPolicy what is to hold and narrow the selector of the other policy; or record the server under exceptions of the GatePolicy, with a reason and a last day',
    sources: ['https://network-policy-api.sigs.k8s.io/api-overview/'],
  },
  'too-large': {
    title: 'An object that bears on the server, or the server itself, has more values than are judged',
    why: 'The time that a judgement takes is bounded, so that no object can stop the gate. Of an object with more values than that only the outline is kept.',
    fix: 'split the object: one policy for each server, and address blocks merged into the fewest that hold them',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
  },
  'unknown-labels': {
    title: 'A NetworkPolicy selects by a label that the controller of the workload may or may not give its pods',
    why: 'The pods get labels beside those of the template, and which ones is known to the controller alone. Whether the policy selects them, and so closes or opens the server, cannot be told from the object.',
    fix: 'select by labels that stand in the pod template, in a policy of its own for the server; or judge the running pods with `chokepoint scan`',
    sources: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/'],
  },
  'unknown-networks': {
    title: "The cluster's own address ranges are not known",
    why: 'The namespace enforces, and the server is let out to addresses where the pods, Services, nodes or the control plane of the cluster may be: without their ranges nobody can tell. Where a namespace does not enforce, the same is a warning of egress-reaches-cluster.',
    fix: 'give the ranges under protectedNetworks of the GatePolicy: `chokepoint scan` prints those that the cluster tells of itself; the others are in the settings of its network',
    sources: ['https://kubernetes.io/docs/concepts/cluster-administration/networking/'],
  },
  'unknown-policy': {
    title: 'The controller of the workload writes a NetworkPolicy that is not among what is judged',
    why: 'Such a controller writes the policy once it runs. Whether that one closes the server is not known before it is there.',
    fix: 'write a NetworkPolicy for the pods (`chokepoint generate` prints it); or judge the cluster, where the policy is, with `chokepoint scan`',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
  },
  'unreadable-policy': {
    title: 'A NetworkPolicy that may select the server cannot be read as a whole',
    why: 'A field of the policy has a type or a value that the API does not know. What it would allow, or whether it is the policy that closes the server, cannot be told.',
    fix: 'mend the field that the problem beside it names, with its file and line; `kubectl apply --dry-run=server` says what the API server makes of it',
    sources: ['https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/'],
  },
};
