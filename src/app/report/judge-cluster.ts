import { createJudge, type Judge } from '../../core/evaluate.ts';
import { type Dataplane, discoverDataplane, matchingNodes } from '../../core/gate/dataplane.ts';
import { type DiscoveredNetwork, discoverNetworks, usedOf, withDiscovered } from '../../core/gate/discover-networks.ts';
import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import { type GatePolicy, NETWORK_CLASSES } from '../../core/gate/types.ts';
import { CALICO_GROUPS } from '../../core/kube/calico.ts';
import { CALICO_OBJECTS, FOREIGN_POLICY_KINDS } from '../../core/kube/decode-foreign.ts';
import { unlistedFact } from '../../core/kube/decode-gateway-fact.ts';
import { UNREAD_SETTINGS } from '../../core/kube/gateway-settings.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { unlistedPolicies } from '../../core/kube/unlisted-policies.ts';
import type { Problem, Source } from '../../core/manifest.ts';
import { toCidrs } from '../../core/net/addresses.ts';
import { buildWorld, refOf } from '../../core/world.ts';
import { type DecodedInput, type InputObject, type JudgedInput, judgeInput, refKey } from './check.ts';
import type { ReportedNetwork } from './check-report.ts';
import { CLUSTER, type ClusterReading, type ReadObject, type Refusal } from './cluster-reading.ts';
import { probeGaps } from './probe-gaps.ts';
import { rangeGaps } from './range-gaps.ts';

/** A cluster, judged. */
export interface JudgedCluster {
  readonly judged: JudgedInput;
  /** What could not be read, and what the configuration leaves out. */
  readonly problems: readonly Problem[];
  /** The ranges that were judged by. */
  readonly networks: readonly ReportedNetwork[];
}

/** What a scan is asked for. */
export interface ScanRequest {
  readonly policy: GatePolicy;
  /** Name of the configuration, for the report. */
  readonly policySource: string;
  /** The only namespace that was read; `undefined`: all. */
  readonly namespace: string | undefined;
  /** No file configures, so that the GatePolicy of the cluster would. */
  readonly needsGatePolicy: boolean;
}

/** What stands for the file of an object: `shop/NetworkPolicy/orders`, `Namespace/shop`. */
function sourceOf({ ref }: ReadObject): Source {
  const { kind, namespace, name } = ref;
  const file = [namespace, kind, name].filter(part => part !== '').join('/');
  return { file, document: 0, line: 0, pointer: [] };
}

/** What gives other policies their meaning, where there are any. */
const CALICO_KINDS: ReadonlySet<string> = new Set(
  CALICO_GROUPS.flatMap(group => CALICO_OBJECTS.map(kind => `${group}/${kind}`)),
);
const POLICY_KINDS: ReadonlySet<string> = new Set([
  'networking.k8s.io/NetworkPolicy',
  ...FOREIGN_POLICY_KINDS.map(({ group, kind }) => `${group}/${kind}`),
]);

const objectOf = (object: KubeObject): ReadObject => ({
  ref: refOf(object),
  decoded: { kind: 'object', object, issues: [] },
});

/** What stands for what could not be listed, or is not read: what is not known must not seem absent. */
function unlistedIn({ objects, refusals }: Pick<ClusterReading, 'objects' | 'refusals'>): readonly ReadObject[] {
  const hasCalico = objects.some(({ decoded }) => decoded.kind === 'object' && 'calico' in decoded.object);
  const unlisted = refusals.flatMap((refusal): readonly ReadObject[] => {
    const [group = '', kind = ''] = refusal.kind.split('/');
    const isPolicy = POLICY_KINDS.has(refusal.kind) || (hasCalico && CALICO_KINDS.has(refusal.kind));
    const object = isPolicy
      ? unlistedPolicies(group, kind, refusalText(refusal))
      : unlistedFact(group, kind, refusal.resource, refusal.status === 403);
    return object === undefined ? [] : [objectOf(object)];
  });
  return [...unlisted, objectOf(UNREAD_SETTINGS)];
}

/** One input of all that a cluster holds. Where another API's policy shares a kind and a name with one of Kubernetes, the latter is the one that is looked up. */
export function clusterInput(reading: Pick<ClusterReading, 'objects' | 'refusals'>): DecodedInput {
  const read = [...reading.objects, ...unlistedIn(reading)];
  const objects = new Map<string, InputObject>();
  for (const one of read) {
    const key = refKey(one.ref);
    if (one.decoded.kind !== 'object' || objects.has(key)) continue;
    objects.set(key, { object: one.decoded.object, manifest: sourceOf(one), namesNamespace: true });
  }
  return {
    world: buildWorld(read.flatMap(({ decoded }) => (decoded.kind === 'object' ? decoded.object : []))),
    objects,
    duplicates: new Map(),
    issues: read.flatMap(one => one.decoded.issues.map(issue => ({ ...issue, manifest: sourceOf(one) }))),
    passedOver: [],
    gatePolicies: [],
    notRendered: [],
    unjudged: [],
    count: reading.objects.length,
  };
}

const problem = (severity: Problem['severity'], code: string, field: string, message: string): Problem => ({
  severity,
  code,
  file: CLUSTER,
  line: 0,
  column: 0,
  field,
  message,
});

function isNeeded({ tells }: Refusal, { policy, needsGatePolicy }: ScanRequest): boolean {
  if (tells === 'configuration') return needsGatePolicy;
  if (tells === 'match-mode') return false;
  return tells?.some(name => policy.protectedNetworks.classes[name] === undefined) ?? true;
}

/** What the API server does not give, in a sentence that names the right. */
export function refusalText({ verb, resource, namespace, status, message }: Refusal): string {
  const where = namespace === '' ? '' : ` in namespace ${namespace}`;
  const said = message === '' ? `status ${status}` : message;
  return status === 403
    ? `may not ${verb} ${resource}${where}: the user needs the verb ${verb} on it (${said})`
    : `cannot ${verb} ${resource}${where}: ${said}`;
}

/** What the API server does not give. A warning alone where it would tell of nothing but what the configuration gives. */
function refusalProblem(refusal: Refusal, request: ScanRequest): Problem {
  const code = refusal.status === 403 ? 'forbidden' : 'not-readable';
  return problem(isNeeded(refusal, request) ? 'error' : 'warning', code, '', refusalText(refusal));
}

/** The configured and the discovered ranges of each class; of a class of which nothing is known, nothing. */
function reportNetworks(
  { protectedNetworks }: GatePolicy,
  discovered: readonly DiscoveredNetwork[],
  policySource: string,
): readonly ReportedNetwork[] {
  const used = usedOf(protectedNetworks, discovered);
  return NETWORK_CLASSES.flatMap((name): readonly ReportedNetwork[] => {
    const configured = protectedNetworks.classes[name];
    if (configured !== undefined)
      return [{ class: name, ranges: toCidrs(configured), from: policySource, isWhole: true }];
    return used
      .filter(network => network.class === name)
      .map(({ addresses, from, isWhole }) => ({ class: name, ranges: toCidrs(addresses), from, isWhole }));
  });
}

const UNJUDGED = { decisions: [], lookClose: [], elsewhere: new Map(), credits: new Map() };

/** Without the policies nothing can be judged: each server would seem to have none. */
const hasPolicies = ({ refusals }: ClusterReading): boolean =>
  refusals.every(({ resource }) => resource !== 'networkpolicies.networking.k8s.io');

function missingNamespace(input: DecodedInput, { refusals }: ClusterReading, namespace: string | undefined): boolean {
  const isListed = refusals.every(({ resource }) => resource !== 'namespaces');
  return namespace !== undefined && isListed && input.world.namespace(namespace).namespace === undefined;
}

/** What enforces the policies of a cluster, as far as it shows that. Where Cilium's match mode may not be read, the wider reading holds. */
export function dataplaneOf(
  { blocksHoldNodes }: Pick<ClusterReading, 'blocksHoldNodes'>,
  { world }: Pick<DecodedInput, 'world'>,
): Dataplane | undefined {
  const found = discoverDataplane(world, BUILTIN_DATA.dataplanes);
  return found?.name === 'cilium' && blocksHoldNodes !== false ? matchingNodes(found) : found;
}

/** What a cluster is judged by. */
export interface ClusterJudgement extends Pick<JudgedCluster, 'problems' | 'networks'> {
  /** `undefined`: what cannot be read keeps everything from being judged. */
  readonly judge: Judge | undefined;
}

/**
 * The judge of admission for what a cluster holds. What the cluster tells of its addresses stands in for classes that the configuration does not give,
 * and is held against those that it gives.
 */
export function judgeFor(reading: ClusterReading, input: DecodedInput, request: ScanRequest): ClusterJudgement {
  const { policy, policySource, namespace } = request;
  const discovered = discoverNetworks(reading.facts);
  const networks = withDiscovered(policy.protectedNetworks, discovered);
  const dataplane = policy.dataplane ?? dataplaneOf(reading, input);
  const judgedBy = { ...policy, protectedNetworks: networks, dataplane, enforcement: reading.enforcement };
  return {
    judge: hasPolicies(reading) ? createJudge(judgedBy) : undefined,
    problems: [
      ...reading.refusals.map(refusal => refusalProblem(refusal, request)),
      ...(missingNamespace(input, reading, namespace)
        ? [problem('error', 'no-such-namespace', '', `there is no namespace ${namespace}`)]
        : []),
      ...rangeGaps(policy.protectedNetworks, reading.observed),
      ...probeGaps(reading.enforcement, policy.day),
    ],
    networks: reportNetworks(policy, discovered, policySource),
  };
}

/** Judges every MCP server of a cluster. */
export function judgeCluster(reading: ClusterReading, request: ScanRequest): JudgedCluster {
  const input = clusterInput(reading);
  const { judge, problems, networks } = judgeFor(reading, input, request);
  return { judged: judge === undefined ? { ...input, ...UNJUDGED } : judgeInput(input, judge), problems, networks };
}
