import type { DecodedGatePolicy } from '../../core/gate/document/decode-gate-policy.ts';
import { COUNTING_NAME, type StoredGatePolicy } from '../../core/gate/stored-gate-policy.ts';
import type { Fields, Issue } from '../../core/kube/reading.ts';
import type { Problem } from '../../core/manifest.ts';
import { BUILTIN_SOURCE, builtinGatePolicy, type LoadedGatePolicy } from './load.ts';

/** What is named as the source where an object of the cluster is the document. */
const RESOURCE_SOURCE = `GatePolicy ${COUNTING_NAME}`;

/** Decodes a document as the one of a file is decoded. Never rejects. */
export async function decodeDocument(document: Fields): Promise<DecodedGatePolicy> {
  const [{ decodeGatePolicy }, { readAddress }] = await Promise.all([
    import('../../core/gate/document/decode-gate-policy.ts'),
    import('../addresses/read-address.ts'),
  ]);
  return decodeGatePolicy(document, readAddress);
}

const problemOf = ({ severity, code, path, message }: Issue): Problem => {
  return { severity, code, file: RESOURCE_SOURCE, line: 0, column: 0, field: path, message };
};

/** The policy of the GatePolicy that counts, with every problem of it; of the baseline preset where there is none. Never rejects. */
export async function loadStoredGatePolicy(stored: StoredGatePolicy | undefined): Promise<LoadedGatePolicy> {
  if (stored === undefined)
    return { kind: 'loaded', policy: builtinGatePolicy(), source: BUILTIN_SOURCE, problems: [] };
  const { policy, issues } = await decodeDocument(stored.document);
  const problems = issues.map(problemOf);
  return policy === undefined
    ? { kind: 'refused', policy, source: RESOURCE_SOURCE, problems }
    : { kind: 'loaded', policy, source: RESOURCE_SOURCE, problems };
}
