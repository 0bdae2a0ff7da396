import type { Fields } from '../../core/kube/reading.ts';

export const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Texts of an object's metadata that are not read, see {@link isUnreadText}. Absent: it is no such text here. */
export type UnreadTexts = Readonly<Partial<Record<'creationTimestamp' | 'uid', string>>>;

/** How a review differs from an earlier one whose body is the same but for texts that are not read. */
export interface SameBody {
  /** Stands for all of these bodies. */
  readonly body: object;
  /** As they are here: ASCII without quotes and backslashes. */
  readonly object: UnreadTexts;
  readonly oldObject: UnreadTexts;
}

/** admission.k8s.io/v1 AdmissionRequest: the parts that are judged. Strings that are absent are empty. */
export interface Review {
  readonly uid: string;
  readonly operation: Operation;
  /** Of the object, in the version that the webhook registered for. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** Plural of the object's kind as paths of the API have it: `deployments`. Absent where the request does not tell. */
  readonly resource?: string;
  readonly subResource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** Empty for a CREATE with generateName in the mutating phase, and for each object of a deletecollection. */
  readonly name: string;
  /** `uid` is absent where the authenticator gives none. */
  readonly user: { readonly username: string; readonly uid?: string; readonly groups: readonly string[] };
  readonly dryRun: boolean;
  /** `undefined` for DELETE. */
  readonly object: Fields | undefined;
  /** Set for UPDATE and DELETE. */
  readonly oldObject: Fields | undefined;
  /** Of the body that it came in; absent: not known. */
  readonly bytes?: number;
  /** The same number for reviews that say the same and came in bodies of one layout, and another one for nearly all others. Absent: only its text tells. */
  readonly sketch?: number;
  /** What was kept of an earlier review that says the same but for what is not read, see {@link isUnreadText}. Absent: nothing. */
  readonly kept?: object;
  /** Absent: no earlier body is known to be the same. */
  readonly sameBody?: SameBody;
  /** Keeps something for later reviews that say the same. Absent: they are not known again where they come from. */
  readonly keep?: (what: object) => void;
}

/** One operation of RFC 6902; `path` is a JSON pointer (RFC 6901). */
export interface JsonPatchOperation {
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * Keys of the audit annotations. The API server puts `<webhook name>/` before them and drops what is no qualified name then: letters, digits,
 * `-`, `_` and `.`, 63 at most.
 */
export type AuditKey =
  | 'mode'
  | 'verdict'
  | 'servers'
  | 'findings'
  | 'exceptions'
  | 'opted-out'
  | 'not-judged'
  | 'unreadable'
  | 'error';

/** admission.k8s.io/v1 AdmissionResponse: the answer to one review. Made by `allow` and `refuse`, which hold its texts within limits. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  /** HTTP-like status of a refusal: 403 by judgement, 400 unreadable object, 500 our error, 503 try again. 200 where allowed. */
  readonly code: 200 | 400 | 403 | 500 | 503;
  /** Empty where allowed. */
  readonly message: string;
  readonly warnings: readonly string[];
  readonly auditAnnotations: ReadonlyMap<AuditKey, string>;
  /** Empty: nothing to change. */
  readonly patch: readonly JsonPatchOperation[];
}
