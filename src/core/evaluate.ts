import { type Cause, type Decision, type Found, type McpJudgement, toldDecision, verdictOf } from './decision.ts';
import { applyExceptions, NOTHING_FOUND } from './exceptions.ts';
import { refText } from './explain.ts';
import { lookAt } from './findings.ts';
import { postureOf } from './gate/effective-mode.ts';
import type { GatePolicy } from './gate/types.ts';
import { judgedWays } from './gateway/judged-ways.ts';
import { isTooLarge, MAX_OBJECT_VALUES } from './kube/size.ts';
import type { TierPolicy } from './kube/tiers.ts';
import type { ContainerPort, ObjectRef, Workload } from './kube/types.ts';
import { labelCauses, ownPolicyCauses } from './label-causes.ts';
import { lazily, remembered } from './lazily.ts';
import { createDetector } from './mcp/detect.ts';
import { createNameReader, type NameReader } from './mcp/name-signs.ts';
import type { Reading } from './netpol/earlier-tiers.ts';
import {
  type EffectiveTraffic,
  effectiveTraffic,
  type PolicyOpenings,
  type Selecting,
  selecting,
} from './netpol/effective.ts';
import { judgedPoliciesOf, unjudgedPoliciesOf, unjudgedText } from './netpol/foreign.ts';
import { type GrantedToServer, granted, grantedElsewhere, withAnyOnDns } from './netpol/granted.ts';
import { guardedOf } from './netpol/guarded.ts';
import { serverTiers, type TierFacts, tiedIn, tierFacts } from './netpol/server-tiers.ts';
import type { Doubt } from './netpol/tier-doubts.ts';
import { isOfCilium } from './netpol/tiers/tiers-of.ts';
import { policyFor } from './operated.ts';
import {
  type Alike,
  type AnyPolicy,
  createPolicyMemory,
  type PolicyMemory,
  type PolicyWorks,
  policiesOf,
  stepsOfSelector,
  type TogetherWork,
} from './policy-memory.ts';
import { type PublicationContext, publicationOf } from './publication.ts';
import { policyRef, type RuleContext } from './rule.ts';
import { MAY_BE_SERVER, sizeCauses } from './size-causes.ts';
import type { JudgedTraffic } from './worked-out.ts';
import { refOf } from './world/refs.ts';
import { type NamespaceContent, namespaceLabels, type World } from './world/world.ts';

/** Judges servers under one policy. Holds what follows from the policy alone; a pure function of its arguments otherwise. */
export interface Judge {
  readonly policy: GatePolicy;
  /** A memory for one change, which knows what the judge has worked out of policies before. `passing`: objects that are not seen again, see {@link createPolicyMemory}. `traffic`: takes that of the servers that are judged. */
  memory(passing?: Iterable<object>, traffic?: JudgedTraffic): PolicyMemory;
  detect(subject: Workload, content: NamespaceContent): McpJudgement;
  /** What a workload's own name says of it, see {@link NameReader}. */
  readonly signsOfName: NameReader;
  /** Whether the workload is an MCP server, or too large to tell. What is none is remembered for as long as its namespace stays as it is. */
  mayBeServer(subject: Workload, content: NamespaceContent): boolean;
  /** What goes in and out of the pods of a workload, whether it is a server or not: what is not known is taken to open. `memory`: of the change that is looked at. */
  traffic(world: World, subject: Workload, memory?: PolicyMemory): EffectiveTraffic;
  /** The decision on one workload. One that is no MCP server is allowed, without findings. */
  evaluate(world: World, subject: Workload): Decision;
  /** As {@link evaluate}, before the findings are told of the workload: those that servers have in common, by what the memory holds, are one object. */
  judge(world: World, subject: Workload, memory: PolicyMemory): Decision<Found>;
  /** As {@link evaluate}, of a workload that is taken for an MCP server for the reasons given. `ref`: how it is named, where not by itself. */
  evaluateServer(world: World, subject: Workload, mcp: McpJudgement, ref?: ObjectRef): Decision;
  /** What a server is judged by: its effective traffic, and what is granted to it. For those who show it. */
  contextOf(world: World, subject: Workload, mcp: McpJudgement, ref?: ObjectRef): RuleContext;
}

function causesOf(world: World, context: RuleContext, findings: readonly Found[]): readonly Cause[] {
  const { content, subject, traffic, ref, policy } = context;
  const labels = namespaceLabels(content);
  const foreign = unjudgedPoliciesOf(world, content, subject).map(candidate => ({
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
  const isUnknown = ({ rule, messageId }: Found): boolean =>
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

const denies = (findings: readonly Found[]): readonly Found[] => findings.filter(({ level }) => level === 'deny');

/** Policies of equal priority that decide differently, each once. */
function tieCauses(tied: readonly TierPolicy[]): readonly Cause[] {
  const sources = new Map(tied.map(({ source }) => [refText(source), source]));
  return Array.from(sources, ([name, object]) => {
    const message = `${name} has the priority of another policy that decides otherwise: which of them counts, nobody knows`;
    return { code: 'equal-priority' as const, object, message };
  });
}

/** What leads to the server, each part worked out once. */
function publicationOnce(context: PublicationContext): Pick<RuleContext, 'publication' | 'ways'> {
  const publication = lazily(() => publicationOf(context));
  return { publication, ways: lazily(() => judgedWays(context, publication())) };
}

/** Policies of other APIs of which it is not known whom they select, or whom one of their rules means. */
function doubtCauses(doubts: readonly Doubt[]): readonly Cause[] {
  const causes = doubts.map(({ source, path, why }): Cause => {
    return { code: 'foreign-policy', object: source, message: `${refText(source)} ${path}: ${why}` };
  });
  return [...new Map(causes.map(cause => [cause.message, cause])).values()];
}

/** Why it hangs on what is not known of policies of other APIs whether the server is closed. */
function readingCauses({ traffic: { tiers } }: RuleContext): readonly Cause[] {
  if (tiers === undefined) return [];
  return [...tieCauses(tiedIn(tiers)), ...doubtCauses([...tiers.ingress.doubts, ...tiers.egress.doubts])];
}

const placeOf = ({ rule, object, path }: Found): string => JSON.stringify([rule, object, path]);

/** What is found where everything that is not known closes, and as warnings what is found besides where it opens. */
function surelyFound(open: readonly Found[], closed: readonly Found[]): readonly Found[] {
  const places = new Set(closed.map(placeOf));
  const others = open.filter(found => !places.has(placeOf(found)));
  return [...closed, ...others.map(found => ({ ...found, level: 'warn' as const }))];
}

/** What follows from the policy alone. */
interface JudgeBase extends Pick<RuleContext, 'policy' | 'guarded'> {
  /** Of the world that is judged. Only policies of other APIs need them. */
  readonly facts: () => TierFacts;
}

/** Whether Cilium enforces the policies of a server, as policies beside it show. */
const isOnCilium = ({ clusterPolicies }: World, { foreignPolicies }: NamespaceContent): boolean =>
  clusterPolicies.some(isOfCilium) || foreignPolicies.values().some(isOfCilium);

/** What the configuration grants to servers of a namespace that declare these ports. */
function grantedTo(
  content: NamespaceContent,
  containerPorts: readonly ContainerPort[],
  policy: GatePolicy,
  onCilium: boolean,
): GrantedToServer {
  const server = { namespace: content.name, namespaceLabels: namespaceLabels(content), containerPorts };
  const gateways = granted(policy.gateways.grants, server);
  const clients = granted(policy.allowedClients, server);
  // A port name of a destination is not the server's: what the server calls its own ports must grant nothing.
  const client = { ...server, containerPorts: [] };
  const destinations = [...policy.allowedDestinations, ...policy.assumedDestinations];
  return {
    gateways,
    elsewhere: policy.gateways.kind === 'configured' ? grantedElsewhere(policy.gateways.grants, server) : [],
    ingress: { pods: [...gateways.pods, ...clients.pods], boxes: [...gateways.boxes, ...clients.boxes] },
    egress: granted(onCilium ? destinations.map(withAnyOnDns) : destinations, client),
  };
}

function contextOf(
  world: World,
  content: NamespaceContent,
  subject: Workload,
  ref: ObjectRef,
  mcp: McpJudgement,
  base: JudgeBase,
  memory: PolicyMemory,
  reading: Reading,
  selected: Selecting,
): { readonly context: RuleContext; readonly alike: Alike; readonly together: TogetherWork } {
  const { policy, guarded, facts } = base;
  const containerPorts = subject.containers.flatMap(container => container.ports);
  const judged = subject.hostNetwork ? [] : judgedPoliciesOf(world, content, subject);
  const tiers = serverTiers(judged, { workload: subject, content, policies: selected.policies }, facts, reading);
  const onCilium = isOnCilium(world, content);
  const alike = memory.alike(subject, content, containerPorts, onCilium, tiers);
  const grants = alike.granted(() => grantedTo(content, containerPorts, policy, onCilium));
  let together = alike.together([]);
  const openingsOf = (policies: readonly AnyPolicy[]): PolicyOpenings => {
    together = alike.together(policies);
    return together.openings;
  };
  const traffic = effectiveTraffic(subject, selected, openingsOf, tiers);
  if (reading === 'open') memory.judged?.keep(world, subject, traffic);
  const context = {
    subject,
    ref,
    mcp,
    content,
    world,
    traffic,
    granted: grants,
    guarded,
    ...publicationOnce({ subject, content, world, guarded }),
    assumedIsOpen: alike.assumedIsOpen(together, guarded, grants.egress),
    policy,
  };
  return { context, alike, together };
}

/** The steps of judging a server beside what is found. */
const STEPS_OF_SERVER = 50;

/** The steps of looking at what stands beside a server. They are those of going through all of it, whatever is looked up: so they are the same each time. */
function createStepsBeside(): (world: World, content: NamespaceContent) => number {
  const stepsOf = remembered((policies: NamespaceContent['policies']): number =>
    policies.values().reduce((sum, { podSelector }) => sum + stepsOfSelector(podSelector), 0),
  );
  return (
    { clusterPolicies, wideFacts },
    { policies, services, routes, foreignPolicies, exceptions, gatewayFacts },
  ) => {
    const beside = [services, routes, foreignPolicies, exceptions, gatewayFacts];
    const others = clusterPolicies.length + wideFacts.length + beside.reduce((sum, { size }) => sum + size, 0);
    return others + stepsOf(policies);
  };
}

/** Worlds whose facts are remembered: the one before a change and the one after it. */
const MAX_WORLDS = 2;

/** Remembers the facts of the last few worlds. They hold their world: by a WeakMap every world of a change would stay until all garbage is looked for. */
function rememberFacts(factsOf: (world: World) => TierFacts): (world: World) => TierFacts {
  let recent: readonly (readonly [World, TierFacts])[] = [];
  return world => {
    const [, known] = recent.find(([one]) => one === world) ?? [];
    if (known !== undefined) return known;
    const facts = factsOf(world);
    recent = [[world, facts], ...recent.slice(0, MAX_WORLDS - 1)];
    return facts;
  };
}

/** Fewer policies than these are gone through again sooner than it is remembered which of them select a workload. */
const MANY_POLICIES = 20;

/** Looks once which of many policies may select the pods of a workload, for as long as the policies of its namespace stay as they are. */
function createSelecting(): typeof selecting {
  const selectingAmong = remembered((_policies: NamespaceContent['policies']) => new WeakMap<Workload, Selecting>());
  return (workload, content) => {
    if (content.policies.size < MANY_POLICIES) return selecting(workload, content);
    const known = selectingAmong(content.policies);
    const selected = known.get(workload) ?? selecting(workload, content);
    known.set(workload, selected);
    return selected;
  };
}

/** Tells findings of their server, those of one list once for as long as they are told of the same one. */
function createTelling(): (decision: Decision<Found>) => Decision {
  const known = new WeakMap<readonly Found[], Decision>();
  return decision => {
    const before = known.get(decision.findings);
    const isSameServer = before !== undefined && refText(before.subject) === refText(decision.subject);
    const told = isSameServer
      ? { ...toldDecision({ ...decision, findings: [] }), findings: before.findings }
      : toldDecision(decision);
    known.set(decision.findings, told);
    return told;
  };
}

/** A judge for one policy. Expired exceptions must have been taken out of it: nothing in here knows the date. */
export function createJudge(policy: GatePolicy): Judge {
  const detect = createDetector(policy.detection);
  const nameReader = lazily(() => createNameReader(policy.detection));
  const works: PolicyWorks = new Map();
  const stepsBeside = createStepsBeside();
  const selectingOf = createSelecting();
  const told = createTelling();
  const memory: Judge['memory'] = (passing = [], ofServers = undefined) =>
    createPolicyMemory(works, new Set(passing), ofServers);
  const guarded = guardedOf(policy.protectedNetworks, policy.dataplane);
  const guardedOnCilium = guardedOf(policy.protectedNetworks, policy.cilium);
  const factsOf = rememberFacts(world => tierFacts(world, policy));
  const baseOf = (world: World, content: NamespaceContent, subject: Workload): JudgeBase => {
    const facts = (): TierFacts => factsOf(world);
    if (policy.dataplane !== undefined || !isOnCilium(world, content))
      return { policy: policyFor(subject, policy), guarded, facts };
    return { policy: { ...policyFor(subject, policy), dataplane: policy.cilium }, guarded: guardedOnCilium, facts };
  };

  const traffic: Judge['traffic'] = (world, subject, ofChange = memory()) => {
    const content = world.namespace(subject.meta.namespace);
    const selected = selectingOf(subject, content);
    const foreign = subject.hostNetwork ? [] : judgedPoliciesOf(world, content, subject);
    const place = { workload: subject, content, policies: selected.policies };
    const tiers = serverTiers(foreign, place, () => factsOf(world), 'open');
    const ports = subject.containers.flatMap(container => container.ports);
    const alike = ofChange.alike(subject, content, ports, isOnCilium(world, content), tiers);
    return effectiveTraffic(subject, selected, all => alike.together(all).openings, tiers);
  };

  const mayBeServer: Judge['mayBeServer'] = (subject, content) =>
    isTooLarge(subject) || detect(subject, content).standing !== 'no';

  const judgeServer = (
    world: World,
    subject: Workload,
    mcp: McpJudgement,
    ref: ObjectRef,
    memory: PolicyMemory,
  ): Decision<Found> => {
    const content = world.namespace(subject.meta.namespace);
    const own = baseOf(world, content, subject);
    const selected = selectingOf(subject, content);
    const look = (reading: Reading) => {
      const { context, alike, together } = contextOf(world, content, subject, ref, mcp, own, memory, reading, selected);
      const { all, atFault } = lookAt(context, alike, together);
      memory.spend(STEPS_OF_SERVER + policiesOf(context.traffic).length + all.length);
      return { context, sorted: applyExceptions(all, atFault, context) };
    };
    const { context, sorted } = look('open');
    const causes = causesOf(world, context, sorted.findings);
    const doubtful = denies(sorted.findings).length === 0 ? [] : readingCauses(context);
    if (doubtful.length === 0)
      return { subject: ref, mcp, verdict: verdictOf(sorted.findings, causes), causes, ...sorted };
    const closed = look('closed').sorted.findings;
    const isProven = denies(closed).length > 0;
    const findings = isProven ? surelyFound(sorted.findings, closed) : sorted.findings;
    const all = isProven ? causes : [...causes, ...doubtful];
    return { subject: ref, mcp, verdict: verdictOf(findings, all), causes: all, ...sorted, findings };
  };

  const judge: Judge['judge'] = (world, subject, memory) => {
    const content = world.namespace(subject.meta.namespace);
    memory.spend(stepsBeside(world, content) + Math.min(subject.meta.size, MAX_OBJECT_VALUES));
    const mcp = isTooLarge(subject) ? MAY_BE_SERVER : detect(subject, content);
    if (mcp.standing !== 'no') return judgeServer(world, subject, mcp, refOf(subject), memory);
    return { subject: refOf(subject), mcp, verdict: 'allow', causes: [], ...NOTHING_FOUND };
  };

  return {
    policy,
    memory,
    detect,
    signsOfName: name => nameReader()(name),
    mayBeServer,
    traffic,
    judge,
    evaluate: (world, subject) => told(judge(world, subject, memory())),
    evaluateServer: (world, subject, mcp, ref = refOf(subject)) =>
      toldDecision(judgeServer(world, subject, mcp, ref, memory())),
    contextOf: (world, subject, mcp, ref = refOf(subject)) => {
      const content = world.namespace(subject.meta.namespace);
      const own = baseOf(world, content, subject);
      return contextOf(world, content, subject, ref, mcp, own, memory(), 'open', selectingOf(subject, content)).context;
    },
  };
}

/** The one judgement: what the effective traffic of a workload's pods is worth under a policy. */
export function evaluate(world: World, subject: Workload, policy: GatePolicy): Decision {
  return createJudge(policy).evaluate(world, subject);
}
