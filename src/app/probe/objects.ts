/** What a probe makes in the cluster: a namespace of its own, and in it one Job that owns all the rest, Pods, and two NetworkPolicies. */

/** Names of its namespaces begin so; with {@link PROBE_LABEL} they are known as ours. */
export const PROBE_PREFIX = 'chokepoint-probe-';
export const PROBE_LABEL = 'chokepoint.dev/probe';
/** Annotation of the namespace: from then on (RFC 3339) whoever probes removes it. */
export const ENDS_ANNOTATION = 'chokepoint.dev/probe-ends';

/** Seconds after which the cluster itself ends the Pods, and removes all that is in the namespace. */
export const LIFE_SECONDS = 600;

/** The port that targets listen on, TCP. */
const TARGET_PORT = 8080;

/**
 * The parts of the experiment. `closed`: what a policy of the probe isolates, and only that is different: targets against ingress, clients against egress.
 * `open`: the control.
 */
export const PARTS = ['closed', 'open'] as const;
export type Part = (typeof PARTS)[number];

/** Clients of the time before there is a policy, and of the time after. */
export const PHASES = ['before', 'after'] as const;
export type Phase = (typeof PHASES)[number];

/** What is created, each by its own kind. */
export interface ProbeObject {
  readonly kind: 'Namespace' | 'Job' | 'Pod' | 'Service' | 'NetworkPolicy';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
  };
  readonly spec?: object;
}

/** Of all that a probe makes. */
export const PROBE_LABELS = { 'app.kubernetes.io/managed-by': 'chokepoint', [PROBE_LABEL]: 'true' } as const;
const ROLE_LABEL = 'chokepoint.dev/probe-role';
const roleOf = (does: 'target' | 'client', part: Part): string => `${part}-${does}`;

/** A namespace in which only Pods of the restricted profile run (Pod Security Standards). `more`: further labels. */
export const probeNamespace = (
  name: string,
  endsMs: number,
  more: Readonly<Record<string, string>> = {},
): ProbeObject => ({
  kind: 'Namespace',
  metadata: {
    name,
    labels: {
      ...more,
      ...PROBE_LABELS,
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
    annotations: { [ENDS_ANNOTATION]: new Date(endsMs).toISOString() },
  },
});

const RESTRICTED_POD = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;
const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
} as const;

/** What sets Pods of the probe apart. Absent: it declares no port, and has the security context of all. */
interface PodTraits {
  readonly labels: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly ports?: readonly object[];
  /** Added to the security context of the Pod. */
  readonly security?: object;
}

/** A Pod that has nothing: no token, no rights, little memory, an end. */
const podSpec = (image: string, { args, ports, security }: Omit<PodTraits, 'labels'>) => ({
  restartPolicy: 'Never',
  activeDeadlineSeconds: LIFE_SECONDS,
  terminationGracePeriodSeconds: 0,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: { ...RESTRICTED_POD, ...security },
  containers: [
    {
      name: 'probe',
      image,
      args,
      ...(ports && { ports }),
      securityContext: RESTRICTED_CONTAINER,
      resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '192Mi' } },
    },
  ],
});

/** A Job that is done at once and runs nothing: what it owns goes with it when its time is over (batch/v1 ttlSecondsAfterFinished), whoever was killed. */
export const ownerJob = (image: string): ProbeObject => ({
  kind: 'Job',
  metadata: { name: 'probe', labels: PROBE_LABELS },
  spec: {
    completions: 0,
    parallelism: 0,
    ttlSecondsAfterFinished: LIFE_SECONDS,
    template: { metadata: { labels: PROBE_LABELS }, spec: podSpec(image, { args: ['version'] }) },
  },
});

/** The reference to {@link ownerJob} that all else bears. */
export const ownedBy = (uid: string): readonly object[] => [
  { apiVersion: 'batch/v1', kind: 'Job', name: 'probe', uid },
];

/** Where a Pod of the probe stands, and whose it is. */
export interface PodPlace {
  readonly node: string;
  /** Of the node among those that are measured, from 1. */
  readonly number: number;
  readonly image: string;
  readonly ownerUid: string;
}

/** A Pod of the probe on its node. */
export function placedPod(
  name: string,
  { labels, ...traits }: PodTraits,
  { node, image, ownerUid }: Omit<PodPlace, 'number'>,
): ProbeObject {
  const onNode = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  return {
    kind: 'Pod',
    metadata: { name, labels: { ...PROBE_LABELS, ...labels }, ownerReferences: ownedBy(ownerUid) },
    spec: {
      ...podSpec(image, traits),
      // Through the scheduler, so that what keeps a Pod off the node is told; taints are for those who stay.
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [onNode] } } },
      tolerations: [{ operator: 'Exists' }],
    },
  };
}

export const targetName = (part: Part, number: number): string => `${part}-target-${number}`;
export const clientName = (phase: Phase, part: Part, number: number): string => `${phase}-${part}-client-${number}`;

/** Listens until the probe ends. */
export const targetPod = (part: Part, place: PodPlace): ProbeObject =>
  placedPod(
    targetName(part, place.number),
    { labels: { [ROLE_LABEL]: roleOf('target', part) }, args: ['probe-pod', 'listen', String(TARGET_PORT)] },
    place,
  );

/** Connects to each of the addresses, again and again for a while, and ends with what it saw. The same in both phases. */
export const clientPod = (phase: Phase, part: Part, addresses: readonly string[], place: PodPlace): ProbeObject =>
  placedPod(
    clientName(phase, part, place.number),
    {
      labels: { [ROLE_LABEL]: roleOf('client', part) },
      args: ['probe-pod', 'connect', String(TARGET_PORT), ...addresses],
    },
    place,
  );

/** The policies that are measured: nobody may reach closed targets, closed clients may reach nobody. */
export const probePolicies = (ownerUid: string): readonly ProbeObject[] =>
  (
    [
      ['closed-targets', 'target', 'Ingress'],
      ['closed-clients', 'client', 'Egress'],
    ] as const
  ).map(([name, does, type]) => ({
    kind: 'NetworkPolicy',
    metadata: { name, labels: PROBE_LABELS, ownerReferences: ownedBy(ownerUid) },
    spec: { podSelector: { matchLabels: { [ROLE_LABEL]: roleOf(does, 'closed') } }, policyTypes: [type] },
  }));
