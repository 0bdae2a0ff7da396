import type { GatePolicy } from '../../core/gate/types.ts';
import type { Fields } from '../../core/kube/reading.ts';
import type { World } from '../../core/world/world.ts';
import type { ReportedNetwork } from '../report/check-report.ts';
import type { ClusterReading } from '../report/cluster-reading.ts';
import type { ReadName } from './reads.ts';

/** How a check ended, worst first. `unknown`: it cannot be told, which proves nothing. */
export const STATUSES = ['fail', 'unknown', 'warn', 'pass'] as const;
export type Status = (typeof STATUSES)[number];

/** One thing that a check found. */
export interface Answer {
  readonly status: Status;
  /** A sentence without its full stop. */
  readonly says: string;
  /** What to do; empty where nothing is to be done. */
  readonly remedy: string;
}

export const pass = (says: string): Answer => ({ status: 'pass', says, remedy: '' });
export const warn = (says: string, remedy: string): Answer => ({ status: 'warn', says, remedy });
export const fail = (says: string, remedy: string): Answer => ({ status: 'fail', says, remedy });
export const unknown = (says: string, remedy: string): Answer => ({ status: 'unknown', says, remedy });

/** When a certificate holds. */
export interface CertificateTimes {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A webhook as it is shipped: what an installed one must do, and may have without doing less. */
export interface ShippedWebhook {
  readonly name: string;
  readonly failurePolicy: string;
  /** Empty: it changes nothing. */
  readonly reinvocationPolicy: string;
  /** `CREATE pods`, `DELETE networkpolicies.networking.k8s.io`: each must be asked about. */
  readonly asks: readonly string[];
  /** Expressions of conditions that it may have. */
  readonly conditions: readonly string[];
  /** Requirements that its namespaceSelector may have. */
  readonly namespaces: readonly string[];
}

/** All that the checks look at. */
export interface Seen {
  /** What was read under this name; none where the cluster does not serve it or does not have it. */
  objects(name: ReadName): readonly Fields[];
  readonly reading: ClusterReading;
  readonly world: World;
  readonly policy: GatePolicy;
  readonly networks: readonly ReportedNetwork[];
  /** Whether a Pod is ready, as its condition says. */
  isReady(namespace: string, pod: string): boolean;
  /** Namespace that the gate is installed in. */
  readonly gateNamespace: string;
  /** Of this program. */
  readonly version: string;
  readonly nowMs: number;
  readonly shipped: readonly ShippedWebhook[];
  /** The certificates of a PEM text; `undefined`: it cannot be read. */
  certificates(pem: string): readonly CertificateTimes[] | undefined;
}

/** One line of the checklist. */
export interface Check {
  /** Stable, in kebab case. */
  readonly id: string;
  readonly title: string;
  /** What it needs besides the objects that are judged: where one may not be read, it is unknown. */
  readonly reads: readonly ReadName[];
  /** Of the objects that are judged, the resources that it needs, as RBAC names them. */
  readonly judged: readonly string[];
  /** No answer: it does not apply to this cluster. */
  judge(seen: Seen): readonly Answer[];
}
