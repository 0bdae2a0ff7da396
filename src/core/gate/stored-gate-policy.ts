import { decodeStatus, textIn } from '../kube/own-kinds.ts';
import { type Fields, fieldsAt, own } from '../kube/reading.ts';
import type { ResourceStatus } from '../kube/types.ts';

/** The name of the GatePolicy that counts; every other one does not. */
export const COUNTING_NAME = 'default';

/** A GatePolicy as a cluster holds it, not yet decoded. */
export interface StoredGatePolicy {
  readonly name: string;
  readonly uid: string;
  /** As a file would hold it: what the API server adds is left out. */
  readonly document: Fields;
  readonly status: ResourceStatus;
}

/** The document of an object: metadata holds its name alone, and a status belongs to no document. */
export function documentOf(raw: Fields): Fields {
  const { apiVersion, kind } = raw;
  const spec = own(raw, 'spec');
  const metadata = { name: textIn(fieldsAt(raw, 'metadata'), 'name') };
  return { apiVersion, kind, metadata, ...(spec !== undefined && { spec }) };
}

/** Takes what is needed of an object of kind GatePolicy. */
export function readStoredGatePolicy(raw: Fields): StoredGatePolicy {
  const metadata = fieldsAt(raw, 'metadata');
  return {
    name: textIn(metadata, 'name'),
    uid: textIn(metadata, 'uid'),
    document: documentOf(raw),
    status: decodeStatus(raw),
  };
}
