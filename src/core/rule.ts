import type { Evidence, Finding, Fix, McpJudgement, Witness } from './decision.ts';
import type { GatePolicy, Level } from './gate/types.ts';
import type { ObjectRef, Workload } from './kube/types.ts';
import type { EffectiveTraffic } from './netpol/effective.ts';
import type { NamespaceContent } from './world.ts';

/** What every rule looks at: one server, its namespace, and its effective traffic, worked out once for all rules. */
export interface RuleContext {
  readonly subject: Workload;
  readonly ref: ObjectRef;
  readonly mcp: McpJudgement;
  readonly content: NamespaceContent;
  readonly traffic: EffectiveTraffic;
  readonly policy: GatePolicy;
}

/** A finding as a rule reports it. */
export interface Report<MessageId extends string = string> {
  readonly messageId: MessageId;
  /** Defaults to the server itself. */
  readonly object?: ObjectRef;
  readonly path: string;
  /** Fills the message's gaps. */
  readonly data?: Readonly<Record<string, string>>;
  readonly witness?: Witness;
  readonly fix: Fix;
  /** `warn` where the fault depends on a fact that was not given; absent: the rule's level. Never raises a level. */
  readonly atMost?: 'warn';
}

/** A rule: an entry of the ruleset. Pure; it never throws and never changes what it is given. */
export interface Rule<MessageId extends string = string> {
  /** Stable, never reused; also the name of its file, its fixture folder and its page. */
  readonly id: string;
  /** First ruleset that has it. */
  readonly since: 'v1';
  readonly title: string;
  /** Why it matters, for the docs page and `explain`. */
  readonly why: string;
  /** What it deliberately does not see. */
  readonly limits: string;
  readonly sources: readonly string[];
  readonly levels: Readonly<Record<'baseline' | 'restricted', Level>>;
  /** By message id: one sentence with gaps written `{name}`. */
  readonly messages: Readonly<Record<MessageId, string>>;
  check(context: RuleContext): readonly Report<MessageId>[];
}

/** Keeps the message ids of a rule's table and of its reports the same, by type. */
export function defineRule<MessageId extends string>(rule: Rule<MessageId>): Rule<MessageId> {
  return rule;
}

/** Fills `{name}` gaps; a gap without data stays as it is, which a test would show. */
export function fillMessage(template: string, data: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-zA-Z]+)\}/g, (gap, name: string) =>
    Object.hasOwn(data, name) ? (data[name] ?? gap) : gap,
  );
}

export type { Evidence, Finding };
