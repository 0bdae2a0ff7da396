import { readFileSync } from 'node:fs';
import { decodeReview } from '../../src/adapters/http/review.ts';
import { type Admission, createAdmission } from '../../src/app/admission/admit.ts';
import type { AdmissionPorts, ReviewRecord } from '../../src/app/admission/ports.ts';
import type { AdmissionResponse, Review } from '../../src/app/admission/review.ts';
import type { WorldReading } from '../../src/app/world-reading.ts';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import type { World } from '../../src/core/world/world.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from './gate-spec.ts';

// biome-ignore lint/suspicious/noExplicitAny: a body as JSON gives it, which tests take apart and put together
export type Body = any;

const FOLDER = new URL('../fixtures/reviews/', import.meta.url);

/** The text of a recorded review, by its name without `.json`. */
export const reviewText = (name: string): string => readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');

/** A recorded review, afresh, with parts of its request replaced. */
export function reviewBody(name: string, request: Fields = {}): Body {
  const body = JSON.parse(reviewText(name));
  return { ...body, request: { ...body.request, ...request } };
}

/** The recorded review as the server decodes it. */
export function review(name: string, request: Fields = {}): Review {
  const decoded = decodeReview(reviewBody(name, request));
  if (decoded.kind === 'bad') throw new Error(decoded.message);
  return decoded.review;
}

export function decodeAll(manifests: readonly Fields[]): readonly KubeObject[] {
  const decode = createDecoder();
  return manifests.map(manifest => {
    const decoded = decode(manifest);
    if (decoded.kind !== 'object') throw new Error(`unreadable: ${JSON.stringify(manifest)}`);
    return decoded.object;
  });
}

/** A world of raw manifests. */
export const worldOf = (...manifests: readonly Fields[]): World => buildWorld(decodeAll(manifests));

/** The Namespace of the recorded reviews. */
export const namespace = (labels: Readonly<Record<string, string>> = {}, metadata: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'prod', labels, ...metadata },
});

/** The server of the recorded reviews. */
export const deployment = (): Fields => reviewBody('deployment-create').request.object;
/** The policy that closes it. */
export const closingPolicy = (): Fields => reviewBody('networkpolicy-create').request.object;
/** A policy that opens it. */
export const openingPolicy = (): Fields => reviewBody('networkpolicy-create-reopening').request.object;

const SPEC = {
  mode: 'enforce',
  absentPolicy: 'reject',
  gateways: GATEWAYS,
  protectedNetworks: PROTECTED_NETWORKS,
};

/** The policy that a document with these fields makes. */
export function policyOf(spec: Fields): GatePolicy {
  const { policy, issues } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  if (policy === undefined) throw new Error(JSON.stringify(issues));
  return policy;
}

/** A policy of a cluster whose gateway and ranges are known: the recorded policy closes the recorded server. */
export const testPolicy = (overrides: Partial<GatePolicy> = {}): GatePolicy => ({ ...policyOf(SPEC), ...overrides });

export interface TestGate extends Admission {
  readonly records: ReviewRecord[];
  readonly bugs: unknown[];
}

/** Admission over a fixed world, with its records at hand. */
export function gate(
  policy: GatePolicy,
  world: World | WorldReading,
  confirmPolicies?: AdmissionPorts['confirmPolicies'],
  more: Partial<AdmissionPorts> = {},
): TestGate {
  const records: ReviewRecord[] = [];
  const bugs: unknown[] = [];
  const admission = createAdmission({
    world: () => ('kind' in world ? world : { kind: 'ready', world }),
    policy: () => policy,
    nowMs: () => 0,
    telemetry: {
      review: record => records.push(record),
      bug: (_uid, error) => bugs.push(error),
      badRequest: () => undefined,
      refusedConnection: () => undefined,
    },
    ...(confirmPolicies && { confirmPolicies }),
    ...more,
  });
  return { ...admission, records, bugs };
}

/** Allowed or the code of the refusal, `+` where there are warnings, and the notes of the audit log: one short text for tables. */
export function verdictText({ allowed, code, warnings, auditAnnotations }: AdmissionResponse): string {
  const verdict = auditAnnotations.get('verdict');
  return `${allowed ? 'allowed' : code}${warnings.length > 0 ? ' +warnings' : ''}${verdict ? ` (${verdict})` : ''}`;
}
