import type { Fields } from '../../core/kube/reading.ts';
import type { ObjectRef } from '../../core/kube/types.ts';

/** Longest line, in bytes of UTF-8 with its line feed, inclusive. What would be longer loses its snapshots, and says so in `truncated`. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** What a line tells of. Readers take types that they do not know as they are. */
type LineType =
  /** A review of `/validate`, and what was answered. */
  | 'decision'
  /** A review of `/record`: nothing was decided. */
  | 'observed'
  /** A change that a controller saw by its watch, and of which no review tells. */
  | 'seen'
  /** The same, where a review should tell of it. */
  | 'unwitnessed'
  /** A namespace in a rollout: its stage was raised, is due, is held, paused or goes on. */
  | 'rollout'
  /** The file that configures the gate is another one. */
  | 'configuration'
  /** No Pod of a server is ready any more, or one is again. */
  | 'readiness'
  /** The writer began with a file that was not as a writer leaves it that ends by itself. */
  | 'started'
  /** Lines before this one could not be written. */
  | 'lost'
  /** The end of the chain so far, signed. */
  | 'head';

/** What stands in every line: its place in its chain. */
export interface ChainedLine {
  /** 1, 2, …: without a gap in one chain. */
  readonly seq: number;
  /** RFC 3339, UTC, with milliseconds: when the line was made. */
  readonly time: string;
  /** Of the chain: the host's name and a part that chance chose when the chain began. Kept over restarts in the same file. */
  readonly writer: string;
  readonly type: LineType | (string & {});
  /** `hash` of the line before in this chain; of the first one 64 zeros. */
  readonly prev: string;
  /** SHA-256, in hex, of the RFC 8785 form of the line without this field. */
  readonly hash: string;
}

/** A line before it has its place. */
export type Unchained<Line extends ChainedLine> = Omit<Line, 'seq' | 'writer' | 'prev' | 'hash'>;

/** What sort of change it is; several may hold. `update` stands where none of the others tells an update. */
export type ChangeKind =
  | 'create'
  | 'update'
  | 'delete'
  | 'scale'
  | 'restart'
  | 'image'
  | 'configuration'
  | 'policy'
  | 'service'
  | 'route'
  | 'mode'
  | 'gate-policy'
  | 'exception';

/** The object of a review. */
export interface LineObject {
  /** `apps/v1`, `v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural, as in paths of the API: `deployments`. Absent where the review does not tell. */
  readonly resource?: string;
  /** `scale`, `status`, … Absent: the object itself. */
  readonly subresource?: string;
  /** Absent: cluster-scoped. */
  readonly namespace?: string;
  /** Empty where the API server makes it up after the review. */
  readonly name: string;
  /** Absent before the object is stored. */
  readonly uid?: string;
}

/** Who asked, as the API server tells it. */
interface LineUser {
  /** Empty: not known, as of a change that was seen. */
  readonly name: string;
  /** Absent where the authenticator gives none. */
  readonly uid?: string;
  readonly groups: readonly string[];
}

/** Something that was found, as the answer said it. */
export interface LineFinding {
  readonly rule: string;
  readonly messageId: string;
  readonly level: 'deny' | 'warn';
  readonly subject: ObjectRef;
  /** `namespace/name` of the NetworkPolicy at fault; absent where it is another object, or none. */
  readonly policy?: string;
  /** Field path in the object at fault; absent where no field is. */
  readonly path?: string;
  readonly message: string;
}

/** A server that a change closes, and the rules that denied it before. */
interface ClosedServer extends ObjectRef {
  readonly rules: readonly string[];
}

/** Traffic that policies let through. An end is `namespace/name` of a workload, `any pod`, `any address`, `pods SELECTOR in …` or a CIDR block. */
export interface ReachEntry {
  readonly from: string;
  readonly to: string;
  /** A number, a range (`1-1024`), the name of a port of the destination, or `any`. */
  readonly port: number | string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'any';
}

/**
 * The change of effective reach, by what NetworkPolicies say, to and from the servers that a change concerns. An entry is gained where some of its traffic was
 * not let through before, and lost where some of it is not any more. A refused change tells what it would have changed: `allowed` says that it did not come
 * about. Of a dry run nothing is told.
 */
export interface ReachChange {
  readonly gained: readonly ReachEntry[];
  readonly lost: readonly ReachEntry[];
  /** All that is let through after the change, where something changed. An entry stays in it that narrower ones made part of `lost`. */
  readonly open?: readonly ReachEntry[];
}

/** What the judge says, whatever the mode makes of it: `deny` with `allowed` is what enforcing would have refused. */
export type LineDecision = 'allow' | 'warn' | 'deny' | 'undetermined';

/** A review: of `/validate` (`decision`), or of `/record` (`observed`); or a change that a controller saw (`seen`, `unwitnessed`). */
export interface ReviewLine extends ChainedLine {
  readonly type: 'decision' | 'observed' | 'seen' | 'unwitnessed';
  /** Of the review; empty of a change that was seen. */
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly object: LineObject;
  readonly user: LineUser;
  readonly decision: LineDecision;
  /** What the API server was told. It may still have refused the request for another reason. */
  readonly allowed: boolean;
  /** Of the namespace; `unknown` where it did not matter, or could not be told. */
  readonly mode: 'off' | 'audit' | 'warn' | 'enforce' | 'unknown';
  /** Who is to be told of it: the annotation `chokepoint.dev/notify` of its namespace, as it is. Absent: there is none, or it concerns no server. */
  readonly notify?: string;
  /** Nothing was stored: never a change. */
  readonly dryRun: boolean;
  readonly change: readonly ChangeKind[];
  /** MCP servers that the change concerns. */
  readonly servers: readonly ObjectRef[];
  readonly findings: readonly LineFinding[];
  /** Why it cannot be told of servers that the request answers for whether they are closed: a sentence each. Absent: it can. */
  readonly causes?: readonly string[];
  /** Servers that were denied before the change, and are not after it. A refused change tells what it would have closed. Absent: none. */
  readonly closes?: readonly ClosedServer[];
  readonly reach: ReachChange;
  /** Why it was not judged; absent where it was. Of a change that was seen, what is known of it: see `Witnessed`. */
  readonly note?: string;
  /** SHA-256, in hex, of the RFC 8785 form of `snapshot`; absent with it. */
  readonly digest?: string;
  /** The object with its secrets redacted, as it is after the change, or was before a deletion; absent where no server is concerned. */
  readonly snapshot?: Fields;
  /** The redacted object before the change, where it is another one. */
  readonly previous?: Fields;
  /** What was left out, and why. Absent: nothing. */
  readonly truncated?: readonly string[];
}

/** What else a line may tell: of the chain itself. */
export interface StartedLine extends ChainedLine {
  readonly type: 'started';
  /** Of this program. */
  readonly version: string;
  /** Bytes of an unfinished last line that were cut off. Absent: none. */
  readonly torn?: number;
  /** Why this chain begins after another one in the same file. Absent: nothing stood before it. */
  readonly after?: string;
}

/** What came about in a rollout, as the controller told it. */
export interface RolloutLine extends ChainedLine {
  readonly type: 'rollout';
  /** The Namespace. */
  readonly object: LineObject;
  /** As the Event about it has it: `StageRaised`, `RolloutHeld`, … */
  readonly reason: string;
  /** The stage that it is about. */
  readonly mode: string;
  /** Who set it: `controller`, `person`. Absent: it is about no change of the stage. */
  readonly by?: string;
  readonly note: string;
}

/** The file that configures the gate was found to be another one. Who wrote it is not known. */
export interface ConfigurationLine extends ChainedLine {
  readonly type: 'configuration';
  /** The file, as it is named. */
  readonly source: string;
  /** SHA-256, in hex, of its bytes, before and now; absent where it was not there. */
  readonly before?: string;
  readonly after?: string;
  /** The gate goes by it now; false: it cannot be used, and the last good one holds. */
  readonly inForce: boolean;
  /** Why it cannot be used; absent where it is in force. */
  readonly note?: string;
}

/** Whether some Pod of a server is ready, by its status. */
export interface ReadinessLine extends ChainedLine {
  readonly type: 'readiness';
  readonly object: LineObject;
  readonly servers: readonly ObjectRef[];
  readonly ready: boolean;
  /** RFC 3339: when it came about. */
  readonly since: string;
  /** As of a review. */
  readonly notify?: string;
}

export interface LostLine extends ChainedLine {
  readonly type: 'lost';
  /** How many lines could not be written since the line before. */
  readonly lines: number;
  readonly reason: string;
}

/** The signature covers the RFC 8785 form of `{prev, seq, time, type, writer}` of this line. */
export interface HeadLine extends ChainedLine {
  readonly type: 'head';
  /** SHA-256, in hex, of the public key's SubjectPublicKeyInfo. */
  readonly key: string;
  /** Ed25519 (RFC 8032), base64. */
  readonly signature: string;
}

export type RecordLine =
  | ReviewLine
  | RolloutLine
  | ConfigurationLine
  | ReadinessLine
  | StartedLine
  | LostLine
  | HeadLine;
