import { type Cause, type Decision, type Finding, type McpJudgement, verdictOf } from './decision.ts';
import { applyExceptions, NOTHING_FOUND } from './exceptions.ts';
import { postureOf } from './gate/effective-mode.ts';
import type { GatePolicy } from './gate/types.ts';
import { isTooLarge, MAX_OBJECT_VALUES } from './kube/size.ts';
import type { Direction, NetworkPolicy, ObjectRef, Workload } from './kube/types.ts';
import { labelCauses, ownPolicyCauses } from './label-causes.ts';
import { createDetector } from './mcp/detect.ts';
import { type DirectionTraffic, type EffectiveTraffic, effectiveTraffic } from './netpol/effective.ts';
import { foreignPoliciesOf, unjudgedText } from './netpol/foreign.ts';
import { granted } from './netpol/granted.ts';
import { guardedOf } from './netpol/guarded.ts';
import { policyFor, toldToOwner } from './operated.ts';
import {
  type Alike,
  createPolicyMemory,
  type FoundInPolicy,
  type Keyed,
  type PolicyMemory,
  stepsOfSelector,
} from './policy-memory.ts';
import { fillMessage, policyRef, type Report, type Rule, type RuleContext, type ServerRule } from './rule.ts';
import { RULES } from './rules/index.ts';
import { MAY_BE_SERVER, sizeCauses } from './size-causes.ts';
import { type NamespaceContent, namespaceLabels, refOf, type World } from './world.ts';

/** Judges servers under one policy. Holds what follows from the policy alone; a pure function of its arguments otherwise. */
export interface Judge {
  readonly policy: GatePolicy;
  detect(subject: Workload, content: NamespaceContent): McpJudgement;
  /** The decision on one workload. One that is no MCP server is allowed, without findings. */
  evaluate(world: World, subject: Workload, memory?: PolicyMemory): Decision;
  /** As {@link evaluate}, of a workload that is taken for an MCP server for the reasons given. `ref`: how it is named, where not by itself. */
  evaluateServer(world: World, subject: Workload, mcp: McpJudgement, ref?: ObjectRef, memory?: PolicyMemory): Decision;
}

const SERVER_RULES: readonly ServerRule[] = RULES.filter(rule => rule.judges === 'server');

/** A report as a finding; `undefined` where the policy switches the rule off. */
export function findingOf(rule: Rule, report: Report, subject: ObjectRef, policy: GatePolicy): Finding | undefined {
  const level = policy.levels.get(rule.id) ?? rule.levels[policy.preset];
  if (level === 'off') return undefined;
  const template = Object.hasOwn(rule.messages, report.messageId) ? (rule.messages[report.messageId] ?? '') : '';
  return {
    rule: rule.id,
    messageId: report.messageId,
    level: report.atMost ?? level,
    subject,
    object: report.object ?? subject,
    path: report.path,
    message: fillMessage(template, report.data ?? {}),
    ...(report.data && { data: report.data }),
    ...(report.opens && { opens: report.opens }),
    ...(report.witness && { witness: report.witness }),
    fix: report.fix,
  };
}

const sortKey = ({ rule, object, path, messageId }: Finding): string =>
  [rule, object.namespace, object.kind, object.name, path, messageId].join('\u0000');

const isSameRef = (a: ObjectRef, b: ObjectRef): boolean =>
  a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;

const keyed = (finding: Finding): Keyed => [sortKey(finding), finding];
const byKey = ([left]: Keyed, [right]: Keyed): number => (left < right ? -1 : left > right ? 1 : 0);

function causesOf(world: World, context: RuleContext, findings: readonly Finding[]): readonly Cause[] {
  const { content, subject, traffic, ref, policy } = context;
  const labels = namespaceLabels(content);
  const foreign = foreignPoliciesOf(world, content, subject).map(candidate => ({
    code: 'foreign-policy' as const,
    object: refOf(candidate),
    message: unjudgedText(candidate),
  }));
  const unreadable = traffic.policies
    .filter(candidate => candidate.incomplete && !isTooLarge(candidate))
    .map(candidate => ({
      code: 'unreadable-policy' as const,
      object: policyRef(candidate),
      message: `NetworkPolicy ${candidate.meta.name} may select its pods and cannot be read as a whole`,
    }));
  const isUnknown = ({ rule, messageId }: Finding): boolean =>
    rule === 'egress-reaches-cluster' && messageId === 'may-reach';
  const unknown = postureOf(labels, policy).mode === 'enforce' ? findings.filter(isUnknown).slice(0, 1) : [];
  const networks = unknown.map(({ message, fix }) => ({
    code: 'unknown-networks' as const,
    object: ref,
    message: `${message}: ${fix.summary}`,
  }));
  const ofLabels = [...labelCauses(context, findings), ...ownPolicyCauses(context)];
  return [...foreign, ...unreadable, ...sizeCauses(context), ...ofLabels, ...networks];
}

/** What follows from the policy alone. */
type JudgeBase = Pick<RuleContext, 'policy' | 'guarded'>;

function contextOf(
  world: World,
  content: NamespaceContent,
  subject: Workload,
  ref: ObjectRef,
  mcp: McpJudgement,
  base: JudgeBase,
  alike: Alike,
): RuleContext {
  const { policy, guarded } = base;
  const server = {
    namespace: subject.meta.namespace,
    namespaceLabels: namespaceLabels(content),
    containerPorts: subject.containers.flatMap(container => container.ports),
  };
  // A port name of a destination is not the server's: what the server calls its own ports must grant nothing.
  const client = { ...server, containerPorts: [] };
  const gateways = granted(policy.gateways.grants, server);
  const clients = granted(policy.allowedClients, server);
  const egress = granted([...policy.allowedDestinations, ...policy.assumedDestinations], client);
  const traffic = effectiveTraffic(subject, content, one => alike.workOf(one).openings);
  return {
    subject,
    ref,
    mcp,
    content,
    world,
    traffic,
    granted: {
      gateways,
      ingress: { pods: [...gateways.pods, ...clients.pods], boxes: [...gateways.boxes, ...clients.boxes] },
      egress,
    },
    guarded,
    assumedIsOpen: alike.assumedIsOpen(traffic.isTooLarge ? [] : traffic.policies, guarded, egress),
    policy,
  };
}

/** Findings of one rule in one policy that are listed: the next ones say no more of the policy than these. */
const MAX_FINDINGS = 1000;

/** What a policy is judged in beside itself, as text: servers of which this is the same are alike to it. */
const wholeOf = ({ assumedIsOpen, mcp }: RuleContext): string => JSON.stringify([assumedIsOpen, mcp.ports]);

/** What the rules find in one policy, worked out once for all servers that are alike; `key`: {@link wholeOf} the server. */
function lookInto(one: NetworkPolicy, key: string, context: RuleContext, alike: Alike): FoundInPolicy {
  const { openings, findings } = alike.workOf(one);
  const { traffic, subject, ref, policy, mcp } = context;
  const known = findings.get(key);
  if (known !== undefined) return known;
  const direction = (name: Direction): DirectionTraffic => ({ ...traffic[name], openings: openings[name] });
  const alone: EffectiveTraffic = {
    ...{ ingress: direction('ingress'), egress: direction('egress') },
    ...{ policies: [one], isTooLarge: false },
  };
  const { namespace } = subject.meta;
  const servedPorts = [...mcp.ports, ...subject.containers.flatMap(({ ports }) => ports)];
  const about = { ...context, traffic: alone, namespace, hostNetwork: subject.hostNetwork, servedPorts };
  const found = SERVER_RULES.flatMap(rule =>
    Iterator.from(rule.checkPolicy?.(about) ?? [])
      .take(MAX_FINDINGS)
      .toArray()
      .flatMap(report => findingOf(rule, report, ref, policy) ?? []),
  ).map(keyed);
  const work: FoundInPolicy = { found, last: undefined };
  findings.set(key, work);
  alike.noteFindings(found.length);
  return work;
}

/** The same, said of this server. */
function findingsOfPolicy(one: NetworkPolicy, key: string, context: RuleContext, alike: Alike): readonly Keyed[] {
  const work = lookInto(one, key, context, alike);
  const { ref: subject } = context;
  if (work.last === undefined || !isSameRef(work.last.subject, subject)) {
    work.last = { subject, found: work.found.map(([key, finding]) => [key, { ...finding, subject }]) };
  }
  return work.last.found;
}

function findingsOf(context: RuleContext, alike: Alike): readonly Finding[] {
  const { traffic, ref: subject, policy } = context;
  if (traffic.isTooLarge) return [];
  const ofServer = SERVER_RULES.flatMap(rule =>
    (rule.check?.(context) ?? []).flatMap(report => findingOf(rule, report, subject, policy) ?? []),
  ).map(keyed);
  const key = wholeOf(context);
  const ofPolicies = traffic.policies.flatMap(one => findingsOfPolicy(one, key, context, alike));
  return [...ofServer, ...ofPolicies].sort(byKey).map(([, finding]) => finding);
}

/** The steps of judging a server beside what is found. */
const STEPS_OF_SERVER = 50;

/** The steps of looking at what stands beside a server. */
function stepsBeside({ clusterPolicies }: World, content: NamespaceContent): number {
  const { policies, services, routes, foreignPolicies } = content;
  const others = clusterPolicies.length + services.size + routes.size + foreignPolicies.size;
  return [...policies.values()].reduce((sum, { podSelector }) => sum + stepsOfSelector(podSelector), others);
}

/** A judge for one policy. Expired exceptions must have been taken out of it: nothing in here knows the date. */
export function createJudge(policy: GatePolicy): Judge {
  const detect = createDetector(policy.detection);
  const base: JudgeBase = { policy, guarded: guardedOf(policy.protectedNetworks) };

  const evaluateServer: Judge['evaluateServer'] = (
    world,
    subject,
    mcp,
    ref = refOf(subject),
    memory = createPolicyMemory(),
  ) => {
    const content = world.namespace(subject.meta.namespace);
    const containerPorts = subject.containers.flatMap(container => container.ports);
    const alike = memory.alike(subject, content, containerPorts);
    const own: JudgeBase = { ...base, policy: policyFor(subject, policy) };
    const context = contextOf(world, content, subject, ref, mcp, own, alike);
    const all = findingsOf(context, alike).map(finding => toldToOwner(finding, subject, content));
    memory.spend(STEPS_OF_SERVER + context.traffic.policies.length + all.length);
    const sorted = applyExceptions(all, context);
    const causes = causesOf(world, context, sorted.findings);
    return { subject: context.ref, mcp, verdict: verdictOf(sorted.findings, causes), causes, ...sorted };
  };

  return {
    policy,
    detect,
    evaluateServer,
    evaluate: (world, subject, memory) => {
      const content = world.namespace(subject.meta.namespace);
      memory?.spend(stepsBeside(world, content) + Math.min(subject.meta.size, MAX_OBJECT_VALUES));
      const mcp = isTooLarge(subject) ? MAY_BE_SERVER : detect(subject, content);
      if (mcp.standing !== 'no') return evaluateServer(world, subject, mcp, refOf(subject), memory);
      return { subject: refOf(subject), mcp, verdict: 'allow', causes: [], ...NOTHING_FOUND };
    },
  };
}

/** The one judgement: what the effective traffic of a workload's pods is worth under a policy. */
export function evaluate(world: World, subject: Workload, policy: GatePolicy): Decision {
  return createJudge(policy).evaluate(world, subject);
}
