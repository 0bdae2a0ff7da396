import { type Finding, type Found, toldOf } from './decision.ts';
import { type BearersAtFault, bearersAtFault } from './exceptions.ts';
import { refText } from './explain.ts';
import type { GatePolicy, Level } from './gate/types.ts';
import type { Direction, ForeignPolicy, ObjectRef } from './kube/types.ts';
import type { DirectionTraffic, EffectiveTraffic } from './netpol/effective.ts';
import { toldToOwner, toldToWriter } from './operated.ts';
import {
  type Alike,
  type AnyPolicy,
  type FoundTogether,
  type SortedFound,
  sortFound,
  type TogetherWork,
} from './policy-memory.ts';
import {
  fillMessage,
  type PolicyContext,
  policyRef,
  type Report,
  type RuleContext,
  type RuleInfo,
  type ServerRule,
} from './rule.ts';
import { RULES } from './rules/index.ts';

const SERVER_RULES: readonly ServerRule[] = RULES.filter(rule => rule.judges === 'server');

/** What a rule does under a policy. */
export const levelIn = (policy: GatePolicy, { id, levels }: Pick<RuleInfo, 'id' | 'levels'>): Level =>
  policy.levels.get(id) ?? levels[policy.preset];

/** A report as a finding, before it is told of its subject; `undefined` where the policy switches the rule off. */
export function foundOf(rule: RuleInfo, report: Report, subject: ObjectRef, policy: GatePolicy): Found | undefined {
  const level = levelIn(policy, rule);
  if (level === 'off') return undefined;
  const template = Object.hasOwn(rule.messages, report.messageId) ? (rule.messages[report.messageId] ?? '') : '';
  return {
    rule: rule.id,
    messageId: report.messageId,
    level: report.atMost ?? level,
    object: report.object ?? subject,
    path: report.path,
    message: fillMessage(template, report.data ?? {}),
    ...(report.data && { data: report.data }),
    ...(report.opens && { opens: report.opens }),
    ...(report.witness && { witness: report.witness }),
    fix: report.fix,
  };
}

/** A report as a finding; `undefined` where the policy switches the rule off. */
export function findingOf(rule: RuleInfo, report: Report, subject: ObjectRef, policy: GatePolicy): Finding | undefined {
  const found = foundOf(rule, report, subject, policy);
  return found && toldOf(subject)(found);
}

const sortKey = ({ rule, object, path, messageId }: Found): string =>
  [rule, object.namespace, object.kind, object.name, path, messageId].join('\u0000');

const sortable = (finding: Found): SortedFound => ({ key: sortKey(finding), finding });

/** Findings of one rule in one policy that are listed: the next ones say no more of the policy than these. */
const MAX_FINDINGS = 250;

/** What a policy is judged in beside itself, as text: servers of which this is the same are alike to it. */
const wholeOf = ({ assumedIsOpen, mcp }: RuleContext): string =>
  `${assumedIsOpen[4]} ${assumedIsOpen[6]} ${mcp.ports.map(({ protocol, number }) => `${protocol}/${number}`)}`;

/** Why no NetworkPolicy closes what a policy of another API lets through, or how one does. */
function inspiteOf({ says = [], calico }: ForeignPolicy): string {
  if (calico !== undefined) return ': no NetworkPolicy takes back what a policy of Calico allows';
  if (says.every(({ tier }) => tier === 'Baseline' || tier === 'Antrea baseline'))
    return ', or isolate the server by a NetworkPolicy: the baseline is not asked then';
  return says.some(({ tier }) => tier === 'Admin' || tier === 'Antrea')
    ? ': no NetworkPolicy takes back what the tier of the administrator allows'
    : ': what it allows adds to what NetworkPolicies allow, and none takes it back';
}

/** What a policy of another API lets through: what is to be changed is that policy. */
function inItsTier(finding: Found, policy: ForeignPolicy): Found {
  const otherwise = inspiteOf(policy);
  const summary = `change ${finding.path} of ${refText(finding.object)}${otherwise}`;
  return { ...finding, fix: { summary } };
}

/** What a rule reports of one policy, as far as it is listed. */
function reportsOf(rule: ServerRule, about: PolicyContext): readonly Report[] {
  const reports = rule.checkPolicy?.(about);
  return reports === undefined ? [] : Iterator.from(reports).take(MAX_FINDINGS).toArray();
}

/** What the rules find in one policy, worked out once for all servers that are alike; `whole`: {@link wholeOf} the server. */
function lookInto(one: AnyPolicy, whole: string, context: RuleContext, alike: Alike): readonly SortedFound[] {
  const { openings, findings } = alike.workOf(one);
  const { traffic, subject, ref, policy, mcp } = context;
  const known = findings.get(whole);
  if (known !== undefined) return known;
  const direction = (name: Direction): DirectionTraffic => ({ ...traffic[name], openings: openings[name] });
  const alone: EffectiveTraffic = {
    ...{ ingress: direction('ingress'), egress: direction('egress') },
    ...{ policies: 'says' in one ? [] : [one], isTooLarge: false },
  };
  const { namespace } = subject.meta;
  const servedPorts = [...mcp.ports, ...subject.containers.flatMap(({ ports }) => ports)];
  const about = { ...context, traffic: alone, namespace, hostNetwork: subject.hostNetwork, servedPorts };
  const doubtful = new Set(
    [...openings.ingress, ...openings.egress].flatMap(({ atMost, path }) => (atMost === undefined ? [] : [path])),
  );
  const isDoubtful = ({ path }: Report): boolean => doubtful.has(path);
  const found = SERVER_RULES.flatMap(rule =>
    reportsOf(rule, about).flatMap(
      report => foundOf(rule, isDoubtful(report) ? { ...report, atMost: 'warn' } : report, ref, policy) ?? [],
    ),
  );
  // One reference for all of them.
  const object = policyRef(one);
  const told = found.map(finding =>
    sortable('says' in one ? inItsTier({ ...finding, object }, one) : toldToWriter({ ...finding, object }, one)),
  );
  findings.set(whole, told);
  return told;
}

/** What the rules find in all policies that select a server, worked out once for all servers that are alike and that the same policies select. */
function lookIntoAll(context: RuleContext, alike: Alike, together: TogetherWork): FoundTogether {
  const whole = wholeOf(context);
  return alike.foundIn(together, whole, () => together.policies.map(one => lookInto(one, whole, context, alike)));
}

const objectsOf = (findings: Iterable<Found>): ReadonlySet<ObjectRef> =>
  new Set(Iterator.from(findings).map(({ object }) => object));

/** What is asked for the policies at fault, worked out once for each content. */
function policiesAtFault({ found, atFault }: FoundTogether, { content, policy }: RuleContext): BearersAtFault {
  const known = atFault.get(content);
  if (known !== undefined) return known;
  const bearers = bearersAtFault(objectsOf(found.values().map(({ finding }) => finding)), content, policy);
  atFault.set(content, bearers);
  return bearers;
}

/** Where the first key stands that is not before this one. */
function placeOf(key: string, sorted: readonly SortedFound[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A few among many, both sorted: those of many that stand between two of the few are not looked at one by one. */
function merged(few: readonly SortedFound[], many: readonly SortedFound[]): readonly SortedFound[] {
  const places = few.map(({ key }) => placeOf(key, many));
  return [
    ...few.flatMap((one, index) => [...many.slice(places[index - 1] ?? 0, places[index]), one]),
    ...many.slice(places.at(-1) ?? 0),
  ];
}

/** All that is found of a server, sorted, and what the objects at fault ask for. */
export function lookAt(
  context: RuleContext,
  alike: Alike,
  together: TogetherWork,
): { readonly all: readonly Found[]; readonly atFault: BearersAtFault } {
  const { traffic, ref, subject, content, policy } = context;
  if (traffic.isTooLarge) return { all: [], atFault: new Map() };
  const ofServer = SERVER_RULES.flatMap(rule =>
    (rule.check?.(context) ?? []).flatMap(report => foundOf(rule, report, ref, policy) ?? []),
  ).map(finding => toldToOwner(finding, ref, subject, content));
  const ofPolicies = lookIntoAll(context, alike, together);
  const all =
    ofServer.length === 0
      ? ofPolicies.findings
      : merged(sortFound(ofServer.map(sortable)), ofPolicies.found).map(({ finding }) => finding);
  const atFault = bearersAtFault(objectsOf(ofServer), content, policy);
  return { all, atFault: new Map([...atFault, ...policiesAtFault(ofPolicies, context)]) };
}
