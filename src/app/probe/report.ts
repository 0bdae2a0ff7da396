import { visibleData } from '../../core/visible-text.ts';
import type { ChosenNodes } from './plan.ts';
import type { Agreement, TriedWay } from './server-verdict.ts';
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
  /** What packets did where Pods stood in for servers; absent: that was not asked for. */
  readonly servers?: ServersReport;
  /** What could not be removed again; empty: everything was. */
  readonly leftovers: readonly string[];
}

/** Policies of other APIs that may select a server, and not what stands in for it: what they do is not tried. */
export interface NotTried {
  /** `tools/Deployment/weather`. */
  readonly server: string;
  /** Kinds and names, at least one, sorted. */
  readonly policies: readonly string[];
}

/** Whether packets do what is judged of servers. */
export interface ServersReport {
  /** The worst of the ways. */
  readonly agreement: Agreement;
  /** Servers that Pods stood in for, `tools/Deployment/weather`, sorted. */
  readonly names: readonly string[];
  /** How many chosen servers were more than one probe takes. */
  readonly beyond: number;
  readonly ways: readonly TriedWay[];
  readonly beside: readonly NotTried[];
}

type About = Pick<ProbeReport, 'cluster' | 'image' | 'leftovers' | 'servers'>;

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

/** 0: all that was measured is enforced, and as judged. 1: something is not. 2: something cannot be told, which weighs more. */
export function probeStatus({ nodes, servers }: Pick<ProbeReport, 'nodes' | 'servers'>): 0 | 1 | 2 {
  const ways = servers?.ways ?? [];
  const isUnknown = nodes.length === 0 || nodes.some(({ enforcement }) => enforcement === 'unknown');
  if (isUnknown || ways.some(({ agreement }) => agreement === 'unknown')) return 2;
  const isWrong = nodes.some(({ enforcement }) => enforcement === 'not-enforced');
  return isWrong || ways.some(({ agreement }) => agreement === 'differs') ? 1 : 0;
}
