import type { JudgedWay } from './callers.ts';
import type { Decision, Fix, Found, McpJudgement, OpenTraffic, Witness } from './decision.ts';
import type { GatePolicy, Level, Mode, Preset } from './gate/types.ts';
import type { ForeignPolicy, NetworkPolicy, ObjectRef, Workload } from './kube/types.ts';
import type { Family } from './net/ip.ts';
import type { PortNumber } from './net/ports.ts';
import type { EffectiveTraffic } from './netpol/effective.ts';
import type { GrantedToServer } from './netpol/granted.ts';
import type { Guarded } from './netpol/guarded.ts';
import type { Publication } from './publication.ts';
import { refOf } from './world/refs.ts';
import type { Change, NamespaceContent, World } from './world/world.ts';

/** What every rule looks at: one server, its namespace, and its effective traffic, worked out once for all rules. */
export interface RuleContext {
  readonly subject: Workload;
  readonly ref: ObjectRef;
  readonly mcp: McpJudgement;
  readonly content: NamespaceContent;
  readonly world: World;
  readonly traffic: EffectiveTraffic;
  readonly granted: GrantedToServer;
  readonly guarded: Guarded;
  /** What it is published by; worked out when it is first asked for. */
  readonly publication: () => Publication;
  /** The ways by which routes lead to it, with what is asked of callers there; worked out when it is first asked for. */
  readonly ways: () => readonly JudgedWay[];
  /** By family: all openings together leave the whole space open in which ranges that are not known are assumed to lie. */
  readonly assumedIsOpen: Readonly<Record<Family, boolean>>;
  readonly policy: GatePolicy;
}

/**
 * What a rule looks at that says the same of a policy whichever others stand beside it, and of all servers of a namespace that declare and serve
 * the same ports: `traffic` is that of one policy. It is asked once for all of them.
 */
export type PolicyContext = Omit<
  RuleContext,
  'subject' | 'ref' | 'mcp' | 'content' | 'world' | 'publication' | 'ways'
> & {
  readonly namespace: string;
  readonly hostNetwork: boolean;
  /** Where the server serves, the surest first: MCP ports, then those that its containers declare. A witness names one of these where it is open. */
  readonly servedPorts: readonly PortNumber[];
};

/** A finding as a rule reports it. */
export interface Report<MessageId extends string = string> {
  readonly messageId: MessageId;
  /** Defaults to the server itself. */
  readonly object?: ObjectRef;
  readonly path: string;
  /** Fills the message's gaps, and tells the finding from another of its message: no line, no index of a list. */
  readonly data?: Readonly<Record<string, string>>;
  /** All traffic that the finding is about, where it is about traffic that a policy lets through. */
  readonly opens?: readonly OpenTraffic[];
  readonly witness?: Witness;
  readonly fix: Fix;
  /** `warn` where the fault depends on a fact that was not given; absent: the rule's level. Never raises a level. */
  readonly atMost?: 'warn';
}

/** A change as rules about changes see it: one server before and after. */
export interface ChangeContext {
  readonly change: Change;
  /** The object that is changed. */
  readonly changed: ObjectRef;
  /** `undefined`: the server was not there before. */
  readonly before: Decision<Found> | undefined;
  readonly after: Decision<Found>;
  /** Denials that the change brings. */
  readonly brought: readonly Found[];
  /** It is not the change itself that opens the server, but the garbage collector, which deletes the policy with its new owner. */
  readonly isCollected: boolean;
}

/** What every rule tells about itself, for the docs page, `explain` and the reports. */
export interface RuleInfo<MessageId extends string = string> {
  /** Stable, never reused; also the name of its file, its fixture folder and its page. */
  readonly id: string;
  /** First ruleset that has it. */
  readonly since: 'v1';
  readonly title: string;
  readonly why: string;
  /** What it deliberately does not see. */
  readonly limits: string;
  readonly sources: readonly string[];
  /** By preset. What a preset says of rules is made of these. */
  readonly levels: Readonly<Record<Preset, Level>>;
  /** Where it is broken, metadata of a cloud may be within reach: no annotation sets it aside, whatever the GatePolicy allows. Absent: no. */
  readonly guardsMetadata?: true;
  /**
   * How bad it is among what is found, 0 to 10: from 9 on critical, from 7 high, from 4 medium. Credentials and what no policy governs come first.
   * Source: GitHub's `security-severity` of SARIF rules, which follows CVSS's ratings.
   */
  readonly severity: number;
  /** By message id: one sentence with gaps written `{name}`. */
  readonly messages: Readonly<Record<MessageId, string>>;
}

/** A rule about servers as they stand. Pure: it never throws and never changes what it is given. */
export interface ServerRule<MessageId extends string = string> extends RuleInfo<MessageId> {
  readonly judges: 'server';
  /** What it says of the server as a whole. */
  check?(context: RuleContext): readonly Report<MessageId>[];
  /** What it says of each policy that may select the server. Taken one by one, as far as there is an end to what is told. */
  checkPolicy?(context: PolicyContext): Iterable<Report<MessageId>>;
}

/** A rule about a change to one server's protection: it needs what was before. */
export interface ChangeRule<MessageId extends string = string> extends RuleInfo<MessageId> {
  readonly judges: 'change';
  check(context: ChangeContext): readonly Report<MessageId>[];
}

/** A rule about the change of a namespace's mode. */
export interface ModeRule<MessageId extends string = string> extends RuleInfo<MessageId> {
  readonly judges: 'mode';
  check(context: ModeContext): readonly Report<MessageId>[];
}

/** The mode of one namespace before and after a change to its labels. */
export interface ModeContext {
  readonly namespace: string;
  readonly before: Mode;
  readonly after: Mode;
  /** Whether the requester may lower a mode; `unknown` where the configuration names nobody who may. */
  readonly mayLower: boolean | 'unknown';
}

/** An entry of the ruleset. */
export type Rule = ServerRule | ChangeRule | ModeRule;

/** Keeps the message ids of a rule's table and of its reports the same, by type. */
export function defineRule<MessageId extends string>(
  rule: Omit<ServerRule<MessageId>, 'judges'>,
): ServerRule<MessageId> {
  return { ...rule, judges: 'server' };
}

/** As {@link defineRule}, for rules about changes. */
export function defineChangeRule<MessageId extends string>(
  rule: Omit<ChangeRule<MessageId>, 'judges'>,
): ChangeRule<MessageId> {
  return { ...rule, judges: 'change' };
}

/** As {@link defineRule}, for rules about modes. */
export function defineModeRule<MessageId extends string>(
  rule: Omit<ModeRule<MessageId>, 'judges'>,
): ModeRule<MessageId> {
  return { ...rule, judges: 'mode' };
}

/** The object at fault, where it is a policy. */
export function policyRef(policy: NetworkPolicy | ForeignPolicy): ObjectRef {
  if ('says' in policy) return refOf(policy);
  return { kind: policy.kind, namespace: policy.meta.namespace, name: policy.meta.name || policy.meta.generateName };
}

/** Fills `{name}` gaps; a gap without data stays as it is, which a test would show. */
export function fillMessage(template: string, data: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-zA-Z]+)\}/g, (gap, name: string) =>
    Object.hasOwn(data, name) ? (data[name] ?? gap) : gap,
  );
}
