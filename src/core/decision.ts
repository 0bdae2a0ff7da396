import type { SelectorManifest } from './kube/syntax.ts';
import type { ObjectRef } from './kube/types.ts';
import type { Protocol } from './net/ports.ts';

/** Who or what is reached, or reaches the server, in the one example that proves a finding. */
export interface Witness {
  readonly direction: 'ingress' | 'egress';
  /** The other end in words: `203.0.113.7`, `pod {app=evil} in namespace dev`. */
  readonly peer: string;
  /** The other end's address, where the witness is one. */
  readonly address?: string;
  /** Absent where no single port decides (every port, or protocols without ports). */
  readonly port?: number;
  readonly protocol?: Protocol;
}

/** A change that a machine can make to a file or an object. */
export type Edit =
  /** Append these blocks to the `except` list at `path` of the policy, creating it if absent. */
  | {
      readonly kind: 'add-excepts';
      readonly policy: ObjectRef;
      readonly path: string;
      readonly blocks: readonly string[];
    }
  /** Give the peer at `path` of the policy, which has none, this `podSelector`. */
  | {
      readonly kind: 'add-pod-selector';
      readonly policy: ObjectRef;
      readonly path: string;
      readonly podSelector: SelectorManifest;
    };

/** The smallest change that removes a finding. */
export interface Fix {
  readonly summary: string;
  readonly edit?: Edit;
}

/**
 * Traffic that a finding says is open, in texts that are the same for the same traffic: `any`, addresses or ranges of them (`10.0.0.0-10.0.0.255`),
 * or pods by selectors; each of `peers` on all of `ports` (`any`, `TCP 80`, `UDP 1-65535`, `other` for protocols without ports).
 */
export interface OpenTraffic {
  readonly peers: readonly string[];
  readonly ports: readonly string[];
}

/** One broken rule, without the server that breaks it: of servers that are alike, one object stands for all. */
export interface Found {
  readonly rule: string;
  readonly messageId: string;
  readonly level: 'deny' | 'warn';
  /** The object that holds the fault: a NetworkPolicy, a Service, a route, or the subject itself. */
  readonly object: ObjectRef;
  /** Field path inside `object`. */
  readonly path: string;
  /** One sentence, without the policy's name and path. */
  readonly message: string;
  /** What the gaps of the message are filled with, and what else tells this finding from another of its message. Absent: nothing. */
  readonly data?: Readonly<Record<string, string>>;
  /** All of the traffic that is open, of which the witness is one example. Absent: it is not about an amount of traffic. */
  readonly opens?: readonly OpenTraffic[];
  readonly witness?: Witness;
  readonly fix: Fix;
}

/** One broken rule on one subject. */
export interface Finding extends Found {
  readonly subject: ObjectRef;
}

/** Why a finding is set aside. */
export interface AppliedException {
  /**
   * `policy`: the GatePolicy lists it. `annotation`: an object of the server's namespace asks for it, and the GatePolicy allows that. `resource`:
   * so does a GateException there.
   */
  readonly by: 'policy' | 'annotation' | 'resource';
  /** The object that the GatePolicy names, or that bears the annotation, or the GateException. */
  readonly object: ObjectRef;
  readonly reason: string;
  /** Last day on which it holds, inclusive, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
}

/** A finding that does not count. */
export type Excepted<One extends Found> = One & { readonly exception: AppliedException };
export type ExceptedFinding = Excepted<Finding>;

/** An annotation, or an entry of one, or a rule of a GateException, that asks for a finding to be set aside and does not count. */
export interface RefusedException {
  /** The object that bears the annotation, or the GateException. */
  readonly object: ObjectRef;
  /** The entry as it is written; of a long one, the beginning. */
  readonly text: string;
  /** Why not: a clause without a full stop. */
  readonly why: string;
}

/** Why a server cannot be judged. */
export interface Cause {
  readonly code:
    | 'foreign-policy'
    /** Policies of equal priority decide differently, and one of them closes the server. */
    | 'equal-priority'
    | 'unreadable-policy'
    | 'too-large'
    | 'unknown-networks'
    /** The policy `object` may or may not select the pods. */
    | 'unknown-labels'
    /** Whoever makes the pods writes a policy of their own for them. */
    | 'unknown-policy';
  readonly object: ObjectRef;
  readonly message: string;
}

/** How sure it is that a workload is an MCP server, in falling order. `no`: it is none. */
export type McpStanding = 'declared' | 'detected' | 'suspected' | 'no';

/**
 * One reason to believe that a workload is an MCP server, or (`against`) that it is none.
 * `hint`: too common to count without a weak one of another kind.
 */
export interface Evidence {
  readonly signal: string;
  readonly strength: 'declared' | 'strong' | 'weak' | 'hint' | 'against';
  /** Where `path` is, if not in the workload itself: a Service, its namespace, its owner, a NetworkPolicy. */
  readonly object?: ObjectRef;
  readonly path: string;
  readonly says: string;
}

/** Evidence that does not count, because of another sign. */
export interface SetAside extends Evidence {
  /** The sign that sets it aside, of the strength `against`. */
  readonly by: Evidence;
}

/** Judgement of whether a workload is an MCP server. */
export interface McpJudgement {
  readonly standing: McpStanding;
  readonly evidence: readonly Evidence[];
  /** Evidence that would count but for a sign against it. Hints are left out. */
  readonly setAside: readonly SetAside[];
  /** Where it serves: ports that pods declare for MCP. Empty: not known, or stdio only. */
  readonly ports: readonly { readonly protocol: Protocol; readonly number: number }[];
}

export type Verdict = 'allow' | 'deny' | 'undetermined';

/** What is said of one server; with {@link Found}, before its findings are told of it. */
export interface Decision<One extends Found = Finding> {
  readonly subject: ObjectRef;
  readonly mcp: McpJudgement;
  readonly verdict: Verdict;
  /** Sorted by rule, object, path. */
  readonly findings: readonly One[];
  readonly causes: readonly Cause[];
  /** Findings that an exception sets aside: not part of the verdict, reported. */
  readonly excepted: readonly Excepted<One>[];
  /** What annotations of the server and of the objects at fault, and GateExceptions for them, ask for in vain. Empty where nothing was found. */
  readonly refusedExceptions: readonly RefusedException[];
}

const refId = ({ kind, namespace, name }: ObjectRef): string => JSON.stringify([kind, namespace, name]);

/** Two findings on one server are the same fault if rule and the object at fault agree: an edit that moves a fault around brings none. */
export const faultKey = ({ rule, object }: Found): string =>
  JSON.stringify([rule, object.kind, object.namespace, object.name]);

/** A finding, told of a server. */
export const toldOf =
  (subject: ObjectRef) =>
  <One extends Found>(found: One): One & Finding => ({ ...found, subject });

/** A decision whose findings are told of its server. */
export function toldDecision(decision: Decision<Found>): Decision {
  const told = toldOf(decision.subject);
  return { ...decision, findings: decision.findings.map(told), excepted: decision.excepted.map(told) };
}

/** Rules whose finding says that a policy is missing: another policy, once readable, could remove it. */
const ABSENCE_RULES: ReadonlySet<string> = new Set(['ingress-not-isolated', 'egress-not-isolated']);

/** The fault is that no policy closes a direction: what `absentPolicy` is about. */
export function isAbsence(finding: Found): boolean {
  return ABSENCE_RULES.has(finding.rule);
}

/** Causes that stand for a policy which could be the missing one. */
const MAY_MEND: ReadonlySet<Cause['code']> = new Set([
  ...(['unreadable-policy', 'too-large', 'unknown-labels', 'unknown-policy'] as const),
]);

/**
 * A proven opening is a deny even where something else cannot be judged, since policies only ever add traffic.
 * The exceptions: policies of other APIs can take traffic away; a policy that cannot be judged could be the missing one; and one that may not
 * select the pods proves nothing.
 */
export function verdictOf(findings: readonly Found[], causes: readonly Cause[]): Verdict {
  const denies = findings.filter(finding => finding.level === 'deny');
  if (causes.some(({ code }) => code === 'foreign-policy' || code === 'equal-priority')) return 'undetermined';
  const mayBeMended = causes.some(({ code }) => MAY_MEND.has(code));
  const doubted = new Set(causes.flatMap(({ code, object }) => (code === 'unknown-labels' ? refId(object) : [])));
  const isProven = (finding: Found): boolean =>
    !(mayBeMended && isAbsence(finding)) && !doubted.has(refId(finding.object));
  if (denies.some(isProven)) return 'deny';
  return causes.length > 0 ? 'undetermined' : 'allow';
}
