import type { ControllerLabels } from './types.ts';

/** Where the pods of a kind are described. */
export interface TemplatePlace {
  /** Field path of the object that holds `metadata` and `spec` of the pods; empty: the object itself. `tasks[]` is each item of a list. */
  readonly path: readonly string[];
  /** What this template is called among several; of the items of a list, their names. */
  readonly part: string;
  /** The pods' labels and annotations stand beside the fields of their spec. */
  readonly isInline: boolean;
}

/** A kind of object that makes Pods, or is one. */
export interface WorkloadKind {
  readonly group: string;
  readonly kind: string;
  /** Versions that are read alike; empty: all. */
  readonly versions: readonly string[];
  readonly templates: readonly TemplatePlace[];
  /** How `spec.selector` is written; `none`: there is none that says which labels stay. */
  readonly selector: 'matchLabels' | 'map' | 'none';
  /** Labels that its controller sets to the name of the object, or of the part. */
  readonly labels: Readonly<Record<string, 'name' | 'part'>>;
  readonly controllerLabels: ControllerLabels;
  /** Field that names the object which holds the template instead. */
  readonly reference: string | undefined;
  /** Field of the NetworkPolicy that its controller writes for the pods, which is not known here. */
  readonly policy: string | undefined;
}

/** What a row says beside where the template is. */
interface Rest extends Partial<Pick<WorkloadKind, 'versions' | 'selector' | 'labels' | 'reference' | 'policy'>> {
  /** Further templates, by what they are called. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly isInline?: boolean;
  readonly keys?: readonly string[];
  readonly prefixes?: readonly string[];
  /** `*`: any label. */
  readonly defaults?: readonly string[];
}

const JOB_KEYS = [
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/job-completion-index',
  'controller-uid',
  'job-name',
];
const STATEFUL_KEYS = [
  'controller-revision-hash',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
];
const DAEMON_KEYS = ['controller-revision-hash', 'pod-template-generation'];
const V1 = { versions: ['v1'] };
const SELECTED = { selector: 'matchLabels' } as const;

/** Knative: an `app` is set to the revision's name where the template has none. */
const KNATIVE = {
  keys: [
    'serving.knative.dev/revision',
    'serving.knative.dev/revisionUID',
    'serving.knative.dev/configurationGeneration',
  ],
  prefixes: ['serving.knative.dev/', 'networking.internal.knative.dev/'],
  defaults: ['app'],
};
const KRUISE = {
  keys: [...STATEFUL_KEYS, 'pod-template-hash'],
  prefixes: ['apps.kruise.io/', 'lifecycle.apps.kruise.io/'],
};
const KUBEVIRT = { prefixes: ['kubevirt.io/', 'vm.kubevirt.io/'], keys: ['kubevirt.io'] };

/**
 * The one table of where pods come from: a line a kind, `group/Kind` and the field path of its pod template.
 * Sources of what is not of Kubernetes: https://knative.dev/docs/serving/reference/serving-api/,
 * https://argo-rollouts.readthedocs.io/en/stable/features/specification/, https://docs.openshift.com/container-platform/latest/rest_api/workloads_apis/,
 * https://openkruise.io/docs/, https://lws.sigs.k8s.io/docs/reference/labels-annotations-and-environment-variables/,
 * https://jobset.sigs.k8s.io/docs/reference/jobset.v1alpha2/, https://volcano.sh/en/docs/vcjob/,
 * https://kserve.github.io/website/docs/reference/crd-api, https://keda.sh/docs/latest/reference/scaledjob-spec/,
 * https://agent-sandbox.sigs.k8s.io/docs/, https://kubevirt.io/api-reference/, https://docs.ray.io/en/latest/cluster/kubernetes/.
 */
const ROWS: readonly (readonly [type: string, path: string, rest: Rest])[] = [
  ['/Pod', '', V1],
  ['apps/Deployment', 'spec.template', { ...V1, ...SELECTED, keys: ['pod-template-hash'] }],
  ['apps/StatefulSet', 'spec.template', { ...V1, ...SELECTED, keys: STATEFUL_KEYS }],
  ['apps/DaemonSet', 'spec.template', { ...V1, ...SELECTED, keys: DAEMON_KEYS }],
  ['apps/ReplicaSet', 'spec.template', { ...V1, ...SELECTED }],
  ['/ReplicationController', 'spec.template', { ...V1, selector: 'map' }],
  ['batch/Job', 'spec.template', { ...V1, ...SELECTED, keys: JOB_KEYS }],
  ['batch/CronJob', 'spec.jobTemplate.spec.template', { ...V1, keys: JOB_KEYS }],
  ['/PodTemplate', 'template', { ...V1, defaults: ['*'] }],
  [
    'serving.knative.dev/Service',
    'spec.template',
    { ...KNATIVE, labels: { 'serving.knative.dev/service': 'name', 'serving.knative.dev/configuration': 'name' } },
  ],
  [
    'serving.knative.dev/Configuration',
    'spec.template',
    { ...KNATIVE, labels: { 'serving.knative.dev/configuration': 'name' } },
  ],
  ['serving.knative.dev/Revision', '', { ...KNATIVE, keys: [], labels: { 'serving.knative.dev/revision': 'name' } }],
  [
    'argoproj.io/Rollout',
    'spec.template',
    { ...SELECTED, keys: ['rollouts-pod-template-hash'], reference: 'spec.workloadRef' },
  ],
  [
    'apps.openshift.io/DeploymentConfig',
    'spec.template',
    { selector: 'map', keys: ['deployment'], labels: { deploymentconfig: 'name' } },
  ],
  ['apps.kruise.io/CloneSet', 'spec.template', { ...SELECTED, ...KRUISE }],
  ['apps.kruise.io/StatefulSet', 'spec.template', { ...SELECTED, ...KRUISE }],
  ['apps.kruise.io/DaemonSet', 'spec.template', { ...SELECTED, ...KRUISE, keys: DAEMON_KEYS }],
  [
    'apps.kruise.io/BroadcastJob',
    'spec.template',
    { ...KRUISE, keys: ['broadcastjob-name', 'broadcastjob-controller-uid'] },
  ],
  ['apps.kruise.io/AdvancedCronJob', 'spec.template.jobTemplate.spec.template', { ...KRUISE, keys: JOB_KEYS }],
  [
    'apps.kruise.io/UnitedDeployment',
    '',
    {
      ...SELECTED,
      ...KRUISE,
      parts: {
        statefulSet: 'spec.template.statefulSetTemplate.spec.template',
        advancedStatefulSet: 'spec.template.advancedStatefulSetTemplate.spec.template',
        cloneSet: 'spec.template.cloneSetTemplate.spec.template',
        deployment: 'spec.template.deploymentTemplate.spec.template',
      },
    },
  ],
  [
    'leaderworkerset.x-k8s.io/LeaderWorkerSet',
    '',
    {
      keys: STATEFUL_KEYS,
      prefixes: ['leaderworkerset.sigs.k8s.io/'],
      labels: { 'leaderworkerset.sigs.k8s.io/name': 'name' },
      parts: { leader: 'spec.leaderWorkerTemplate.leaderTemplate', worker: 'spec.leaderWorkerTemplate.workerTemplate' },
    },
  ],
  [
    'jobset.x-k8s.io/JobSet',
    'spec.replicatedJobs[].template.spec.template',
    {
      keys: JOB_KEYS,
      prefixes: ['jobset.sigs.k8s.io/'],
      labels: { 'jobset.sigs.k8s.io/jobset-name': 'name', 'jobset.sigs.k8s.io/replicatedjob-name': 'part' },
    },
  ],
  [
    'batch.volcano.sh/Job',
    'spec.tasks[].template',
    { prefixes: ['volcano.sh/'], labels: { 'volcano.sh/job-name': 'name', 'volcano.sh/task-spec': 'part' } },
  ],
  [
    'serving.kserve.io/InferenceService',
    '',
    {
      isInline: true,
      defaults: ['*'],
      labels: { 'serving.kserve.io/inferenceservice': 'name', component: 'part' },
      parts: { predictor: 'spec.predictor', transformer: 'spec.transformer', explainer: 'spec.explainer' },
    },
  ],
  [
    'keda.sh/ScaledJob',
    'spec.jobTargetRef.template',
    { keys: JOB_KEYS, prefixes: ['scaledjob.keda.sh/'], labels: { 'scaledjob.keda.sh/name': 'name' } },
  ],
  ['agents.x-k8s.io/Sandbox', 'spec.podTemplate', { prefixes: ['agents.x-k8s.io/', 'extensions.agents.x-k8s.io/'] }],
  [
    'extensions.agents.x-k8s.io/SandboxTemplate',
    'spec.podTemplate',
    { prefixes: ['agents.x-k8s.io/', 'extensions.agents.x-k8s.io/'], defaults: ['*'], policy: 'spec.networkPolicy' },
  ],
  ['kubevirt.io/VirtualMachine', 'spec.template', KUBEVIRT],
  ['kubevirt.io/VirtualMachineInstance', '', KUBEVIRT],
  [
    'ray.io/RayCluster',
    '',
    {
      prefixes: ['ray.io/'],
      labels: { 'ray.io/cluster': 'name' },
      parts: { head: 'spec.headGroupSpec.template', worker: 'spec.workerGroupSpecs[].template' },
    },
  ],
];

/**
 * Labels that the API server may add to any pod when it is bound to a node (PodTopologyLabelsAdmission, KEP-4742):
 * never over a label that the pod has.
 */
export const BINDING_LABELS: readonly string[] = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

function templatesOf(path: string, { parts, isInline = false }: Rest): readonly TemplatePlace[] {
  const place = (text: string, part: string): TemplatePlace => {
    return { path: text === '' ? [] : text.split('.'), part, isInline };
  };
  return parts === undefined ? [place(path, '')] : Object.entries(parts).map(([part, text]) => place(text, part));
}

/** What controllers do to the labels of pods. */
export function controllerLabelsOf({ labels = {}, keys = [], prefixes = [], defaults = [] }: Rest): ControllerLabels {
  const fixed = new Set(Object.keys(labels));
  return { fixed, keys: new Set(keys), prefixes, defaults: new Set(defaults), anyOther: defaults.includes('*') };
}

function workloadKind([type, path, rest]: (typeof ROWS)[number]): WorkloadKind {
  const [group = '', kind = ''] = type.split('/');
  const { versions = [], selector = 'none', labels = {}, reference, policy } = rest;
  const controllerLabels = controllerLabelsOf(rest);
  return {
    group,
    kind,
    versions,
    templates: templatesOf(path, rest),
    selector,
    labels,
    controllerLabels,
    reference,
    policy,
  };
}

/** Every kind that makes Pods. */
export const WORKLOADS: readonly WorkloadKind[] = ROWS.map(workloadKind);

/** Groups of Kubernetes' own workloads. */
const OWN_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'batch']);

/** Kubernetes' own kinds that make Pods, which a cluster's cache holds. A PodTemplate is Kubernetes' own too, but makes none. */
export const OWN_WORKLOADS: readonly WorkloadKind[] = WORKLOADS.filter(
  ({ group, kind }) => OWN_GROUPS.has(group) && kind !== 'PodTemplate',
);

/** Kubernetes' own kinds: a custom resource that is called so can stand beside one of the same name. */
const OWN_KINDS: ReadonlySet<string> = new Set(['Service', ...OWN_WORKLOADS.map(({ kind }) => kind)]);

/** How a kind is told: with its group where one of Kubernetes' own is called so too, as kubectl takes it. */
export function toldKind(group: string, kind: string): string {
  return !OWN_GROUPS.has(group) && OWN_KINDS.has(kind) ? `${kind}.${group}` : kind;
}

const OWN: ReadonlyMap<string, WorkloadKind> = new Map(OWN_WORKLOADS.map(own => [own.kind, own]));

/** One of Kubernetes' own kinds, which a cluster's cache holds. */
export const ownWorkload = (kind: string): WorkloadKind | undefined => OWN.get(kind);

/** Every key that some controller sets. A Pod may have been made by any of them, and its successor will have other values. */
export const CONTROLLER_KEYS: ReadonlySet<string> = new Set(
  WORKLOADS.flatMap(({ controllerLabels }) => [...controllerLabels.keys]),
);
