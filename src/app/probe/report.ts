import { visibleData } from '../../core/visible-text.ts';
import type { ChosenNodes } from './plan.ts';
import { type Enforcement, type MeasuredNode, worstOf } from './verdict.ts';

/** What `doctor --probe` prints, and what is kept of it. All of it is visible text. */
export interface ProbeReport {
  readonly apiVersion: 'chokepoint.dev/v1alpha1';
  readonly kind: 'ProbeReport';
  /** URL of the API server. */
  readonly cluster: string;
  /** RFC 3339, UTC. */
  readonly measuredAt: string;
  readonly image: string;
  /** The worst of the nodes. */
  readonly enforcement: Enforcement;
  /** By name. */
  readonly nodes: readonly MeasuredNode[];
  /** Names of nodes that took no Pods: nothing is known of them. */
  readonly leftOut: readonly string[];
  /** How many chosen nodes were more than one probe measures. */
  readonly beyond: number;
  /** What could not be removed again; empty: everything was. */
  readonly leftovers: readonly string[];
}

type About = Pick<ProbeReport, 'cluster' | 'image' | 'leftovers'>;

export function probeReport(
  nodes: readonly MeasuredNode[],
  { leftOut, beyond }: ChosenNodes,
  nowMs: number,
  about: About,
): ProbeReport {
  return visibleData<ProbeReport>({
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'ProbeReport',
    ...about,
    measuredAt: new Date(nowMs).toISOString(),
    enforcement: worstOf(nodes.map(({ enforcement }) => enforcement)),
    nodes,
    leftOut,
    beyond,
  });
}

/** 0: all that was measured is enforced. 1: something is not. 2: something cannot be told, which weighs more. */
export function probeStatus({ nodes }: Pick<ProbeReport, 'nodes'>): 0 | 1 | 2 {
  if (nodes.length === 0 || nodes.some(({ enforcement }) => enforcement === 'unknown')) return 2;
  return nodes.some(({ enforcement }) => enforcement === 'not-enforced') ? 1 : 0;
}
