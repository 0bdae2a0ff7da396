import type { WorkloadKind } from './types.ts';

/** Where a kind keeps its pods' metadata and spec, and which labels its controller adds to them. */
export interface PodTemplate {
  /** Field path of the object that holds `metadata` and `spec` of the pods; empty: the object itself. */
  readonly path: readonly string[];
  /** Label keys that a controller sets on the pods, whatever the template says. */
  readonly controllerLabels: readonly string[];
}

const JOB_LABELS = [
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/job-completion-index',
  'controller-uid',
  'job-name',
];

/**
 * Labels that the API server may add to any pod when it is bound to a node (PodTopologyLabelsAdmission, KEP-4742):
 * never over a label that the pod has.
 */
export const BINDING_LABELS: readonly string[] = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** The one table of where pods come from. */
export const POD_TEMPLATES: Readonly<Record<WorkloadKind, PodTemplate>> = {
  Pod: { path: [], controllerLabels: [] },
  Deployment: { path: ['spec', 'template'], controllerLabels: ['pod-template-hash'] },
  ReplicaSet: { path: ['spec', 'template'], controllerLabels: [] },
  ReplicationController: { path: ['spec', 'template'], controllerLabels: [] },
  StatefulSet: {
    path: ['spec', 'template'],
    controllerLabels: [
      'controller-revision-hash',
      'statefulset.kubernetes.io/pod-name',
      'apps.kubernetes.io/pod-index',
    ],
  },
  DaemonSet: { path: ['spec', 'template'], controllerLabels: ['controller-revision-hash', 'pod-template-generation'] },
  Job: { path: ['spec', 'template'], controllerLabels: JOB_LABELS },
  CronJob: { path: ['spec', 'jobTemplate', 'spec', 'template'], controllerLabels: JOB_LABELS },
};
