import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import { compare } from '../../core/order.ts';

/** A node on which is measured. */
export interface ProbedNode {
  readonly name: string;
  /** Nodes of one pool are set up alike; empty: it is in none that is known. */
  readonly pool: string;
}

/** Which nodes are measured: one of each pool (nodes that are in no pool are one each), or all. */
export const NODE_CHOICES = ['pools', 'all'] as const;
export type NodeChoice = (typeof NODE_CHOICES)[number];

/** Nodes that one probe measures at most: each of its Pods connects to Pods on all of them. */
export const MOST_NODES = 20;

/** Labels by which providers name the pool of a node. Sources: the providers' own pages on node labels, and Karpenter's. */
const POOL_LABELS: readonly string[] = [
  'cloud.google.com/gke-nodepool',
  'eks.amazonaws.com/nodegroup',
  'karpenter.sh/nodepool',
  'kubernetes.azure.com/agentpool',
  'agentpool',
  'doks.digitalocean.com/node-pool',
  'lke.linode.com/pool-id',
  'machineconfiguration.openshift.io/pool',
];

/** What is chosen of a cluster's nodes, and what is not, in words. */
export interface ChosenNodes {
  readonly nodes: readonly ProbedNode[];
  /** Names of nodes that take no Pods of Linux at present; sorted. */
  readonly leftOut: readonly string[];
  /** How many more than {@link MOST_NODES} there were. */
  readonly beyond: number;
}

const textsOf = (fields: unknown): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(isFields(fields) ? fields : {}).flatMap(([key, value]): readonly (readonly [string, string])[] =>
      typeof value === 'string' ? [[key, value]] : [],
    ),
  );

/** What a Node (core/v1) says of itself. */
function readNode(node: Fields) {
  const [metadata, spec, status] = ['metadata', 'spec', 'status'].map(key => own(node, key));
  const labels = textsOf(isFields(metadata) ? own(metadata, 'labels') : undefined);
  const conditions = isFields(status) ? own(status, 'conditions') : undefined;
  const isReady =
    Array.isArray(conditions) &&
    conditions.some(one => isFields(one) && own(one, 'type') === 'Ready' && own(one, 'status') === 'True');
  const isCordoned = isFields(spec) && own(spec, 'unschedulable') === true;
  const isLinux = (labels.get('kubernetes.io/os') ?? 'linux') === 'linux' && labels.get('type') !== 'virtual-kubelet';
  const pool = POOL_LABELS.flatMap(label => labels.get(label) ?? []).at(0) ?? '';
  const name = isFields(metadata) ? own(metadata, 'name') : undefined;
  return { name: typeof name === 'string' ? name : '', pool, canRun: isReady && isLinux && !isCordoned };
}

/** Chooses among Nodes as the API server gives them. */
export function chooseNodes(nodes: readonly Fields[], choice: NodeChoice): ChosenNodes {
  const all = nodes.map(readNode).sort((a, b) => compare(a.name, b.name));
  const able = all.filter(({ canRun }) => canRun).map(({ name, pool }) => ({ name, pool }));
  const isFirst = ({ name, pool }: ProbedNode): boolean =>
    pool === '' || able.find(other => other.pool === pool)?.name === name;
  const chosen = choice === 'all' ? able : able.filter(isFirst);
  return {
    nodes: chosen.slice(0, MOST_NODES),
    leftOut: all.filter(({ canRun }) => !canRun).map(({ name }) => name),
    beyond: Math.max(0, chosen.length - MOST_NODES),
  };
}
