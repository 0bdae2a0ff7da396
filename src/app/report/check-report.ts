import type { AppliedException, Cause, Decision, Evidence, Finding, SetAside, Verdict } from '../../core/decision.ts';
import type { Mode, NetworkClass } from '../../core/gate/types.ts';
import type { Direction, ObjectRef } from '../../core/kube/types.ts';
import type { Problem } from '../../core/manifest.ts';

/** A file and a line of the input; empty and 0 where the object stands in no file. */
interface Place {
  readonly file: string;
  /** 1-based; 0 when unknown. */
  readonly line: number;
}

/** What a comparison tells. */
interface Compared {
  /** It was there, no less heavy and no less wide, in what is compared with. Absent: nothing is. */
  readonly known?: boolean;
}

/** What the controller of a cluster remembers. Times are RFC 3339, in whole seconds; absent: not known. */
interface Dated {
  /** When it was seen for the first time. */
  readonly firstSeen?: string;
  /** From when on it has been there without a break. */
  readonly openSince?: string;
  /** Days since then, by dates in UTC: 0 from today on. */
  readonly openDays?: number;
}

/** Something that was found of a server, and is not any more. */
export interface MendedFinding {
  /** Id of the rule, or code of the cause. */
  readonly rule: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** The same of a server. */
interface DatedServer {
  /** When it was seen for the first time. */
  readonly firstSeen?: string;
  /** From when on it has been there, and judged, without a break. */
  readonly judgedSince?: string;
  /** Days since then, as of {@link Dated.openDays}. */
  readonly judgedDays?: number;
  /** What is gone in the last 90 days, the last 20, latest first. Absent: not known, or nothing. */
  readonly mended?: readonly MendedFinding[];
}

/** What the controller of a cluster remembers of a namespace with servers. */
export interface RememberedNamespace {
  readonly namespace: string;
  /** The last eight that it was seen in, oldest first, each with when that began. */
  readonly modes: readonly { readonly mode: Mode; readonly since: string }[];
  /** Servers that are gone in the last 90 days, 100 at most, latest first. */
  readonly gone: readonly {
    readonly kind: string;
    readonly name: string;
    readonly firstSeen: string;
    readonly lastSeen: string;
  }[];
}

/** A field of an object of the input. */
export interface FieldPlace extends Place {
  /** 1-based, in UTF-16 units; absent: not known. */
  readonly column?: number;
}

/** One broken rule on one server. */
export interface ReportedFinding extends Finding, FieldPlace, Compared, Dated {
  /** `namespace/name` of the NetworkPolicy at fault; `null` where the fault is in another object. */
  readonly policy: string | null;
}

/** A finding that an exception sets aside. */
export interface ReportedExceptedFinding extends ReportedFinding {
  readonly exception: AppliedException;
}

/** Why a server cannot be judged. */
export interface ReportedCause extends Cause, FieldPlace, Compared, Dated {}

/** One MCP server. */
export interface ReportedServer extends Place, DatedServer {
  readonly namespace: string;
  /** Kind of the workload; `NetworkPolicy` for a server that the input holds as its policy alone. */
  readonly kind: string;
  readonly name: string;
  /** What made it and a person knows it by, as ownerReferences say, which anyone can write; absent where it is known by itself. */
  readonly owner?: ObjectRef;
  readonly mcp: Exclude<Decision['mcp']['standing'], 'no'>;
  readonly evidence: readonly Evidence[];
  readonly verdict: Verdict;
  /** Denials before warnings; each in the order of rule, object and path. */
  readonly findings: readonly ReportedFinding[];
  /** Not empty where the verdict is `undetermined`. */
  readonly causes: readonly ReportedCause[];
  /** Findings that an exception sets aside. */
  readonly excepted: readonly ReportedExceptedFinding[];
  /** Of an allowed server, the policies of other APIs but for which it would be denied; absent: NetworkPolicies alone close it. */
  readonly closedBy?: readonly ObjectRef[];
  /** The builds that it comes out of alike, as `FOLDER (kustomize build)`, sorted. Absent: it stands in the input itself. */
  readonly builds?: readonly string[];
}

/** A workload that is judged as no server although something speaks for one. */
export interface ReportedNonServer extends Place {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** What speaks for a server and does not suffice, or is outweighed by the label that opts out, which stands first; signs against stand last. */
  readonly evidence: readonly Evidence[];
  /** What spoke for a server but for a sign against it: the sign is in `by`, with its object and path. */
  readonly setAside: readonly SetAside[];
}

/** Workloads that look close to a server. */
export interface LookClose {
  /** All of them, at least one. */
  readonly count: number;
  /** The first 100, sorted by namespace, kind and name: those of which something was set aside first. */
  readonly workloads: readonly ReportedNonServer[];
}

/** Objects of a kind that is not judged. */
export interface PassedOver {
  readonly apiVersion: string;
  readonly kind: string;
  readonly count: number;
}

/** Ranges of one class of protected networks. */
export interface ReportedNetwork {
  readonly class: NetworkClass;
  /** CIDR blocks, ascending; empty: there are none. */
  readonly ranges: readonly string[];
  /** The configuration, or what of the cluster told them. */
  readonly from: string;
  /** `false`: these are some of its addresses, and there may be more. */
  readonly isWhole: boolean;
}

/** Manifests that were left out on purpose. */
export interface ReportedLeftOut {
  /** By `--exclude`. */
  readonly option: number;
  /** By a `.chokepointignore` of the input. */
  readonly ignoreFile: number;
}

/** The cluster that was judged. */
export interface ReportedCluster {
  /** URL of its API server. */
  readonly server: string;
  /** The only namespace that was judged; `null`: all. */
  readonly namespace: string | null;
  /** What was judged by, in the order pods, services, nodes, controlPlane; classes of which nothing is known are left out. */
  readonly networks: readonly ReportedNetwork[];
  /** `group/Kind` of judged kinds that the cluster does not serve, sorted. */
  readonly notServed: readonly string[];
  /** Sorted by namespace. `null`: no controller keeps it, or it may not be read. Absent: it was not asked for. */
  readonly remembered?: readonly RememberedNamespace[] | null;
  /** What of files was laid over it. Absent: nothing, the cluster was judged as it is. */
  readonly overlay?: ReportedOverlay;
}

/** Objects of files that were judged as if they were applied to a cluster. What the files no longer hold is not known: no deletion is judged. */
export interface ReportedOverlay {
  /** Not in the cluster. */
  readonly created: number;
  /** In the cluster, under the same kind, namespace and name. */
  readonly replaced: number;
}

/** A server on which two configurations do not agree. */
export interface FlippedVerdict {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** By the other configuration; `null`: it takes it for no server. */
  readonly before: Verdict | null;
  /** By that of this report; `null`: it takes it for no server. */
  readonly after: Verdict | null;
}

/** A way into or out of a server. */
export interface ReachChange {
  readonly server: ObjectRef;
  readonly direction: Direction;
  /** The other end in words: pods by their labels, addresses. */
  readonly who: string;
  /** `TCP 8080, UDP 53`; `every port`. */
  readonly ports: string;
  /** The object and the path in it that let it through; empty: no policy closes the direction. */
  readonly by: string;
}

/** What reaches what that did not, and what does no more. Each sorted by server. */
export interface ReachChanges {
  readonly opened: readonly ReachChange[];
  readonly closed: readonly ReachChange[];
}

/** How the findings, and the causes for which servers cannot be judged, compare with those of another report. */
interface Comparison {
  /** The file of the other report, or of the other configuration; the folder or the revision of other files. */
  readonly report: string;
  /** Were there. */
  readonly known: number;
  /** Were not there, or were less heavy or less wide. */
  readonly new: number;
  /** Were there, and are no more. */
  readonly gone: number;
  /** Sorted by namespace, kind and name. Absent: compared with a report. */
  readonly flipped?: readonly FlippedVerdict[];
  /** Absent: compared with a report or a configuration, which tell of no traffic. */
  readonly reach?: ReachChanges;
}

/** What `check` and `scan` print: the same in every output format. All of it is visible text, see `visibleText`. */
export interface CheckReport {
  readonly apiVersion: 'chokepoint.dev/v1alpha1';
  readonly kind: 'CheckReport';
  /** Absent where files were judged. Where a cluster was, `file` is `namespace/Kind/name` of an object, or `cluster`, and `line` is 0; with files over it, `file` is one of them, or empty. */
  readonly cluster?: ReportedCluster;
  /** Files that tell clients of servers, which were judged in place of objects of Kubernetes; `namespace` of a server is the folder that its file is of. Absent: objects were. */
  readonly clientFiles?: number;
  readonly summary: {
    readonly files: number;
    /** Objects of any kind that could be read. */
    readonly objects: number;
    readonly servers: number;
    /** Servers that are denied. */
    readonly deny: number;
    /** Servers that are allowed, with at least one warning. */
    readonly warn: number;
    readonly undetermined: number;
    /** Absent: nothing is compared with. */
    readonly against?: Comparison;
  };
  /** Files without any Kubernetes object, other tools' or Helm values: they are in no other count. Absent: none. */
  readonly foreignFiles?: number;
  /** Absent: none was left out. */
  readonly leftOut?: ReportedLeftOut;
  /** The configuration that judged: a file, or the name of the built-in preset. */
  readonly policySource: string;
  /** Sorted by namespace, kind and name. A server that comes out of several builds differently is there several times, the worst last. */
  readonly servers: readonly ReportedServer[];
  /** Workloads that are no servers for the judge, and may be ones for who knows them. Absent: none. */
  readonly lookClose?: LookClose;
  /** Sorted by file, line and column. */
  readonly problems: readonly Problem[];
  /** Sorted by apiVersion and kind. */
  readonly passedOver: readonly PassedOver[];
}
