import { judgeChangeInSteps } from '../../core/change.ts';
import type { Decision, McpJudgement } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import type { NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { remembered } from '../../core/lazily.ts';
import type { NoPolicy } from '../../core/remedy/correct-policy.ts';
import { internetRules } from '../../core/remedy/egress-rules.ts';
import { isSame } from '../../core/same.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../../core/world/world.ts';
import { indexNamespace, type NamespaceIndex } from '../namespace-index.ts';
import { KnownAnswers } from './known-answers.ts';
import { rememberSurroundings } from './known-surroundings.ts';
import { renamed, saysAsWanted, type WantedPolicy, type WantedPolicyContext, wantedPolicy } from './made-policy.ts';

/** A policy that is written anew, or differently. */
export interface PolicyChange {
  readonly before?: NetworkPolicy;
  readonly after: NetworkPolicy;
}

/**
 * What is worked out while a namespace is planned, each of it once for as long as nothing changes that it follows from: most of a namespace is in the next
 * plan what it was in the last. A plan says the same with a memory that knows nothing. For one judge.
 */
export interface PlanMemory {
  /** The namespace as this world has it; nothing may be put into it. */
  now(world: World): NamespaceIndex;
  /** The same, to put policies into. */
  planned(world: World): NamespaceIndex;
  /** The decision on a workload. */
  decide(workload: Workload, index: NamespaceIndex): Decision;
  /** Whether a workload is an MCP server. */
  isServer(workload: Workload, index: NamespaceIndex): boolean;
  /** Whether the change brings no denial to a server. */
  opensNothing(change: PolicyChange, index: NamespaceIndex): boolean;
  /** {@link wantedPolicy} of a server in this content. */
  wanted(
    subject: Workload,
    mcp: McpJudgement,
    content: NamespaceContent,
    context: Omit<WantedPolicyContext, 'internet'>,
  ): WantedPolicy | NoPolicy;
  /** A wanted policy by another name. */
  named(wanted: WantedPolicy, name: string): WantedPolicy;
  /** {@link saysAsWanted}. */
  saysAsWanted(policy: NetworkPolicy, wanted: WantedPolicy): boolean;
}

/** What a wanted policy follows from beside its server. */
type From = readonly unknown[];

interface KnownWanted {
  readonly from: From;
  readonly wanted: WantedPolicy | NoPolicy;
}

/** The last answer about each thing, given again where it follows from the same. */
function rememberWanted(): PlanMemory['wanted'] {
  const known = new WeakMap<Workload, KnownWanted>();
  const internet = remembered(internetRules);
  return (subject, mcp, content, context) => {
    const labels = namespaceLabels(content);
    const { policy, directions, dialect } = context;
    const from = [mcp, labels, policy, directions, dialect];
    const before = known.get(subject);
    if (before !== undefined && isSame(before.from, from)) return before.wanted;
    const wanted = wantedPolicy(subject, mcp, labels, { ...context, internet });
    known.set(subject, { from, wanted });
    return wanted;
  };
}

/** By its last other name. */
function rememberNamed(): PlanMemory['named'] {
  const known = new WeakMap<WantedPolicy, WantedPolicy>();
  return (wanted, name) => {
    if (wanted.policy.meta.name === name) return wanted;
    const before = known.get(wanted);
    if (before?.policy.meta.name === name) return before;
    const other = renamed(wanted, name);
    known.set(wanted, other);
    return other;
  };
}

/** Of each policy that is there, what it said last. */
function rememberSaying(): PlanMemory['saysAsWanted'] {
  const known = new WeakMap<NetworkPolicy, WantedPolicy>();
  return (policy, wanted) => {
    if (known.get(policy) === wanted) return true;
    const isSaid = saysAsWanted(policy, wanted);
    if (isSaid) known.set(policy, wanted);
    return isSaid;
  };
}

/** The memory for the next plan of a namespace that holds this, under this judge. */
export type PlanMemoryFor = (content: NamespaceContent, judge: Judge) => PlanMemory;

/** A memory that knows nothing yet. */
export const createPlanMemory: PlanMemoryFor = ({ name: namespace }, judge) => {
  const surroundings = rememberSurroundings();
  const decisions = new KnownAnswers<Workload, Decision>(namespace);
  const openings = new KnownAnswers<NetworkPolicy, boolean>(namespace);
  const index = (world: World): NamespaceIndex => indexNamespace(world, namespace, surroundings);
  return {
    now: remembered(index),
    planned: index,
    decide: (workload, near) =>
      decisions.answer(workload, near.sightFor([workload]), world => judge.evaluate(world, workload)),
    isServer: (workload, near) =>
      judge.detect(workload, near.worldFor([workload]).namespace(namespace)).standing !== 'no',
    opensNothing: (change, near) => {
      const { before, after } = change;
      const concerned = near.selectedBy(before === undefined ? [after] : [before, after]);
      const judgeIn = (world: World): boolean =>
        judgeChangeInSteps(judge, world, change).every(server => server === undefined || server.brought.length === 0);
      return openings.answer(after, near.sightFor(concerned), judgeIn, before);
    },
    wanted: rememberWanted(),
    named: rememberNamed(),
    saysAsWanted: rememberSaying(),
  };
};

/** Workloads of all namespaces together that are remembered: each server takes some 10 KiB. */
const MAX_WORKLOADS = 5_000;

/** Memories of the namespaces that were planned last, as far as they are not too large. */
export function rememberPlans(): PlanMemoryFor {
  const known = new Map<string, { readonly judge: Judge; readonly memory: PlanMemory; readonly size: number }>();
  const forgetOldest = (): void => {
    let size = known.values().reduce((sum, one) => sum + one.size, 0);
    for (const [name, oldest] of known) {
      if (size <= MAX_WORKLOADS) return;
      known.delete(name);
      size -= oldest.size;
    }
  };
  return (content, judge) => {
    const { name, workloads } = content;
    const before = known.get(name);
    const memory = before?.judge === judge ? before.memory : createPlanMemory(content, judge);
    known.delete(name);
    // A namespace without workloads is remembered too, so that it counts.
    known.set(name, { judge, memory, size: 1 + workloads.size });
    forgetOldest();
    return memory;
  };
}
