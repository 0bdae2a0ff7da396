import { createJudge, type Judge } from '../../core/evaluate.ts';
import { type DiscoveredNetwork, discoverNetworks, usedOf, withDiscovered } from '../../core/gate/discover-networks.ts';
import { type GatePolicy, NETWORK_CLASSES } from '../../core/gate/types.ts';
import { ALL_GRANTS } from '../../core/kube/reference-grant.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import type { Problem, Source } from '../../core/manifest.ts';
import { toCidrs } from '../../core/net/addresses.ts';
import { createWorldBuilder } from '../../core/world/build.ts';
import { refOf } from '../../core/world/refs.ts';
import { dataplaneOf, withDataplane } from '../cluster-dataplane.ts';
import { atOnce, type Steps } from '../steps.ts';
import { type DecodedInput, type InputObject, type JudgedInput, judgingOf, refKey } from './check.ts';
import type { ReportedNetwork } from './check-report.ts';
import { CLUSTER, type ClusterReading, type ReadObject, type Refusal } from './cluster-reading.ts';
import { probeGaps } from './probe-gaps.ts';
import { rangeGaps } from './range-gaps.ts';
import { refusalText, unlistedObject } from './unlisted.ts';

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

const objectOf = (object: KubeObject): ReadObject => ({
  ref: refOf(object),
  decoded: { kind: 'object', object, issues: [] },
});

/** What a cluster's objects are judged by. */
type JudgedReading = Pick<ClusterReading, 'objects' | 'refusals' | 'settings'>;

/** What controllers are told, and what stands for what could not be listed: what is not known must not seem absent. */
function besides({ objects, refusals, settings }: JudgedReading): readonly ReadObject[] {
  const hasCalico = objects.some(({ decoded }) => decoded.kind === 'object' && 'calico' in decoded.object);
  const unlisted = refusals.flatMap(refusal => unlistedObject(refusal, hasCalico) ?? []);
  return [...unlisted, ...settings, ALL_GRANTS].map(objectOf);
}

/** {@link clusterInput} in steps, for each object one. */
function* readingInput(reading: JudgedReading): Steps<DecodedInput> {
  const read = [...reading.objects, ...besides(reading)];
  const objects = new Map<string, InputObject>();
  const { add, build } = createWorldBuilder();
  for (const one of read) {
    if (one.decoded.kind !== 'object') continue;
    const [key, { object }] = [refKey(one.ref), one.decoded];
    add(object);
    if (!objects.has(key)) objects.set(key, { object, manifest: sourceOf(one), namesNamespace: true });
    yield;
  }
  return {
    world: build(),
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

/** One input of all that a cluster holds. Where another API's policy shares a kind and a name with one of Kubernetes, the latter is the one that is looked up. */
export const clusterInput = (reading: JudgedReading): DecodedInput => atOnce(readingInput(reading));

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
  const { blocksHoldNodes, enforcement } = reading;
  const onDataplane = withDataplane(policy, dataplaneOf(input.world, blocksHoldNodes), blocksHoldNodes);
  const judgedBy = { ...onDataplane, protectedNetworks: networks, enforcement };
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

/** {@link judgeCluster} in steps. */
export function* judgingOfCluster(reading: ClusterReading, request: ScanRequest): Steps<JudgedCluster> {
  const input = yield* readingInput(reading);
  const { judge, problems, networks } = judgeFor(reading, input, request);
  const judged = judge === undefined ? { ...input, ...UNJUDGED } : yield* judgingOf(input, judge);
  return { judged, problems, networks };
}

/** Judges every MCP server of a cluster. */
export const judgeCluster = (reading: ClusterReading, request: ScanRequest): JudgedCluster =>
  atOnce(judgingOfCluster(reading, request));
