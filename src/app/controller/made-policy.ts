import type { McpJudgement } from '../../core/decision.ts';
import type { WritingPolicy } from '../../core/gate/types.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import type { Labels, NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { correctPolicy, type Directions, inDirections, type NoPolicy } from '../../core/remedy/correct-policy.ts';
import type { Dialect } from '../../core/remedy/dialect.ts';
import { type DialectManifest, dialectNamed } from '../../core/remedy/dialect-policy.ts';
import type { internetRules } from '../../core/remedy/egress-rules.ts';
import { policyName } from '../../core/remedy/policy-name.ts';
import { readWritten } from '../../core/remedy/read-written.ts';
import { isSame } from '../../core/same.ts';
import { objectKey } from '../../core/world/refs.ts';
import type { MadePolicyManifest } from './action.ts';

/** Says who looks after an object (Kubernetes' recommended labels). */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/** Its value, and the field manager by which the controller applies (metadata.managedFields). */
export const MANAGER = 'chokepoint';
/** Kind and name of the server that a policy was made for: `Deployment/fetch`. */
export const SERVER_ANNOTATION = 'chokepoint.dev/server';

/** The controller's marks on what it makes for a server. */
export const marksFor = (server: Workload) => ({
  labels: { [MANAGED_BY_LABEL]: MANAGER },
  annotations: { [SERVER_ANNOTATION]: objectKey(server) },
});

/** A policy as its writers are looked at, of whichever API. */
type Written = Pick<NetworkPolicy, 'meta'> & { readonly specManagers?: readonly string[] };

const isMarked = ({ meta }: Written): boolean =>
  meta.labels.get(MANAGED_BY_LABEL) === MANAGER && meta.annotations.has(SERVER_ANNOTATION);

/** Those who wrote the spec of a policy beside the controller, or in its place. */
const others = ({ specManagers = [] }: Written): readonly string[] => specManagers.filter(name => name !== MANAGER);

/**
 * Whether the controller made this policy and still looks after it: both marks are there, no controller owns it, and nobody else has written its
 * spec. Who applies or edits it has taken it over, whichever marks he left: two who each insist would never end.
 */
export function isMade(policy: Written): boolean {
  const isOwned = policy.meta.owners.some(({ controller }) => controller);
  return isMarked(policy) && !isOwned && others(policy).length === 0;
}

/** Who took a policy over that bears the controller's marks; empty where nobody did. */
export function takenOverBy(policy: Written): readonly string[] {
  return isMarked(policy) ? others(policy) : [];
}

/** The policy that a server should have: as it is written, and as it reads; with what is to stand beside it. */
export interface WantedPolicy {
  readonly manifest: MadePolicyManifest;
  readonly policy: NetworkPolicy;
  readonly beside: DialectManifest | undefined;
}

/** What is wanted of every policy of a namespace, and of this one. */
export interface WantedPolicyContext {
  readonly policy: WritingPolicy;
  readonly decode: Decoder;
  readonly directions: Directions;
  /** Of what stands beside it; `undefined`: nothing. */
  readonly dialect: Dialect | undefined;
  readonly internet: typeof internetRules;
}

/** The correct policy of a server for these directions, under the controller's marks, by its usual name. The reason where there can be none. */
export function wantedPolicy(
  subject: Workload,
  mcp: McpJudgement,
  namespaceLabels: Labels,
  { policy: gatePolicy, decode, directions, dialect, internet }: WantedPolicyContext,
): WantedPolicy | NoPolicy {
  const written = correctPolicy(subject, mcp, namespaceLabels, gatePolicy, dialect, internet);
  if ('reason' in written) return written;
  const part = inDirections(written, directions);
  const { apiVersion, kind, spec } = part.manifest;
  const manifest: MadePolicyManifest = {
    apiVersion,
    kind,
    metadata: {
      name: policyName(subject.meta.name, 'controller'),
      namespace: subject.meta.namespace,
      ...marksFor(subject),
    },
    spec,
  };
  const read = readWritten([manifest], decode);
  if ('reason' in read) return read;
  const { namespace, name } = manifest.metadata;
  const beside = part.beside && dialectNamed(part.beside, namespace, name);
  return { manifest, policy: read.policy, beside };
}

/** The wanted policy by another name. */
export function renamed({ manifest, policy, beside }: WantedPolicy, name: string): WantedPolicy {
  return {
    manifest: { ...manifest, metadata: { ...manifest.metadata, name } },
    policy: { ...policy, meta: { ...policy.meta, name } },
    beside: beside && dialectNamed(beside, manifest.metadata.namespace, name),
  };
}

const meaning = ({ podSelector, ingress, egress, incomplete }: NetworkPolicy): unknown => [
  podSelector,
  ingress,
  egress,
  incomplete,
];

/** Whether a policy says what is wanted. Other labels and annotations of it are not ours to judge. */
export function saysAsWanted(policy: NetworkPolicy, wanted: WantedPolicy): boolean {
  return isSame(meaning(policy), meaning(wanted.policy));
}
