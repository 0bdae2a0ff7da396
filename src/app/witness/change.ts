import type { Fields } from '../../core/kube/reading.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import type { Change } from '../../core/world/world.ts';
import { DELETED_MARK, type ObjectState, scaleMark } from './state.ts';

/** A version of an object that was stored. */
export interface StoredObject<Value = KubeObject> {
  readonly uid: string;
  readonly resourceVersion: string;
  /** `undefined`: it is there, but is nothing to us, as a Pod that has ended. */
  readonly value: Value | undefined;
  /** `undefined`: nobody follows what becomes of it. */
  readonly state: ObjectState | undefined;
}

/** What a watch told of an object: it appeared (no `before`), is another version now, or is gone (no `after`). */
export interface StoredChange<Value = KubeObject> {
  readonly before: StoredObject<Value> | undefined;
  readonly after: StoredObject<Value> | undefined;
  /** The object as it is now, or as it was told when it went; `undefined` where only a list that lacks it told. */
  readonly raw: Fields | undefined;
}

/** A change that counts, whoever made it. */
export interface SeenChange {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly uid: string;
  readonly apiVersion: string;
  /** Each is to be explained by a record of this object. */
  readonly marks: readonly string[];
  /** Of the version that was stored; empty of a deletion. */
  readonly resourceVersion: string;
  readonly change: Change;
  readonly raw: Fields | undefined;
  /** `spec.replicas` before the change; absent where they stayed. */
  readonly replicasBefore?: number;
}

function updated(before: ObjectState, after: ObjectState): Pick<SeenChange, 'marks' | 'replicasBefore'> {
  const marks = before.mark === after.mark ? [] : [after.mark];
  const { replicas } = after;
  if (replicas === undefined || before.replicas === undefined || replicas === before.replicas) return { marks };
  return { marks: [...marks, scaleMark(replicas)], replicasBefore: before.replicas };
}

/** What of a change counts; `undefined`: nothing, as of a status. */
export function seenChange({ before, after, raw }: StoredChange): SeenChange | undefined {
  const stored = after ?? before;
  if (stored?.state === undefined || (before?.value === undefined && after?.value === undefined)) return undefined;
  const change = { ...(before?.value && { before: before.value }), ...(after?.value && { after: after.value }) };
  const { uid, state } = stored;
  const { apiVersion } = state;
  const common = { uid, apiVersion, resourceVersion: after?.resourceVersion ?? '', change, raw };
  if (after === undefined) return { ...common, operation: 'DELETE', marks: [DELETED_MARK] };
  if (before?.state === undefined) return { ...common, operation: 'CREATE', marks: [state.mark] };
  // A Pod that has ended is there still, and serves nobody.
  if (after.value === undefined) return undefined;
  const { marks, ...scaled } = updated(before.state, state);
  return marks.length === 0 ? undefined : { ...common, operation: 'UPDATE', marks, ...scaled };
}
