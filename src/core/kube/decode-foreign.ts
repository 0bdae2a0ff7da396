import { CALICO_GROUPS } from './calico.ts';
import { selectedBy } from './calico-selected.ts';
import { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy } from './decode-admin-network-policy.ts';
import { readAntreaPolicy } from './decode-antrea.ts';
import { readApplicationNetworkPolicy } from './decode-application-network-policy.ts';
import { readAwsClusterNetworkPolicy } from './decode-aws-network-policy.ts';
import { decodeCalicoPolicy, isMirrored } from './decode-calico.ts';
import { readCiliumPolicy } from './decode-cilium.ts';
import { readClusterNetworkPolicy } from './decode-cluster-network-policy.ts';
import { readEgressFirewall } from './decode-egress-firewall.ts';
import { readFqdnNetworkPolicy } from './decode-fqdn-network-policy.ts';
import { decodeMeta } from './decode-meta.ts';
import type { CidrReader } from './decode-peers.ts';
import { specManagersOf } from './decode-policy.ts';
import { decodeSelector } from './decode-selector.ts';
import type { ReadTiers, TierObject, TierReader } from './decode-tier-rules.ts';
import { type At, at, type Fields, isFields, own, Reading } from './reading.ts';
import type { Direction, ForeignPolicy, Selector } from './types.ts';

interface Selected {
  readonly podSelector: Selector | undefined;
  readonly namespaceSelector: Selector | undefined;
}

type SelectedReader = (spec: Fields, reading: Reading) => Selected;

type DirectionsReader = (spec: Fields) => readonly Direction[];

interface ForeignKind {
  readonly scope: ForeignPolicy['scope'];
  readonly selected: SelectedReader;
  readonly directions: DirectionsReader;
  /** How what it says is read; absent: it is not judged. */
  readonly tiers?: TierReader;
}

const BOTH: readonly Direction[] = ['ingress', 'egress'];

const SPEC: At = at(undefined, 'spec');
const OBJECT_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
const EVERY_POD: Selected = { podSelector: undefined, namespaceSelector: undefined };

function selectorAt(parent: Fields, key: string, place: At, reading: Reading): Selector | undefined {
  const fields = reading.object(parent, key, place);
  return fields === undefined ? undefined : decodeSelector(fields, at(place, key), reading);
}

/** policy.networking.k8s.io: `subject` is `namespaces`, or `pods` with both selectors. */
const subject: SelectedReader = (spec, reading) => {
  const place = at(SPEC, 'subject');
  const fields = reading.object(spec, 'subject', SPEC);
  if (fields === undefined) return EVERY_POD;
  const pods = reading.object(fields, 'pods', place);
  if (pods === undefined)
    return { podSelector: undefined, namespaceSelector: selectorAt(fields, 'namespaces', place, reading) };
  return {
    podSelector: selectorAt(pods, 'podSelector', at(place, 'pods'), reading),
    namespaceSelector: selectorAt(pods, 'namespaceSelector', at(place, 'pods'), reading),
  };
};

/** cilium.io: `endpointSelector`, unless it names a label source (`k8s:app`) or a namespace: those are not pod labels. */
const endpointSelector: SelectedReader = (spec, reading) => {
  const selector = selectorAt(spec, 'endpointSelector', SPEC, reading);
  const isPlain = selector?.every(({ key }) => !key.includes(':') && !key.startsWith('io.kubernetes.pod.')) ?? false;
  return { podSelector: isPlain ? selector : undefined, namespaceSelector: undefined };
};

/** APIs whose selectors are a language of their own (Calico), or are not read here: every pod in scope may be selected. */
const unknown: SelectedReader = () => EVERY_POD;

const bothWays: DirectionsReader = () => BOTH;

const isEmptyList = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** The directions that the spec has rules for, under any of these keys. */
const ruledDirections: DirectionsReader = spec =>
  BOTH.filter(direction => [direction, `${direction}Deny`].some(key => !isEmptyList(own(spec, key))));

/** The directions that have rules; both where none has, as what that means is not read. */
const byRules: DirectionsReader = spec => {
  const ruled = ruledDirections(spec);
  return ruled.length === 0 ? BOTH : ruled;
};

/** cilium.io: rules, or a default that is switched by itself. */
const byCiliumRules: DirectionsReader = spec => (own(spec, 'enableDefaultDeny') === undefined ? byRules(spec) : BOTH);

/** k8s.ovn.org: `layer2` or `layer3` with their role, in `network` for the whole cluster. Pods of a primary network are on it alone. */
const byPrimaryRole: DirectionsReader = spec => {
  const network = own(spec, 'network');
  const layers = [spec, ...(isFields(network) ? [network] : [])].flatMap(fields => [
    own(fields, 'layer2'),
    own(fields, 'layer3'),
  ]);
  const roles = layers.filter(isFields).map(layer => own(layer, 'role'));
  return roles.length > 0 && roles.every(role => role === 'Secondary') ? [] : BOTH;
};

/** k8s.ovn.org ClusterUserDefinedNetwork: the namespaces that it is for. */
const inNamespaces: SelectedReader = (spec, reading) => ({
  podSelector: undefined,
  namespaceSelector: selectorAt(spec, 'namespaceSelector', SPEC, reading),
});

const inCluster = (selected: SelectedReader, directions: DirectionsReader, tiers?: TierReader): ForeignKind => ({
  scope: 'cluster',
  selected,
  directions,
  ...(tiers && { tiers }),
});
const inNamespace = (selected: SelectedReader, directions: DirectionsReader, tiers?: TierReader): ForeignKind => ({
  scope: 'namespace',
  selected,
  directions,
  ...(tiers && { tiers }),
});

/** What gives Calico's policies their meaning. */
export const CALICO_OBJECTS = ['Tier', 'NetworkSet', 'GlobalNetworkSet'] as const;

/** Policy kinds of other APIs by `group/Kind`, whatever the version. */
const POLICY_KINDS: ReadonlyMap<string, ForeignKind> = new Map([
  ['policy.networking.k8s.io/AdminNetworkPolicy', inCluster(subject, byRules, readAdminNetworkPolicy)],
  ['policy.networking.k8s.io/BaselineAdminNetworkPolicy', inCluster(subject, byRules, readBaselineAdminNetworkPolicy)],
  ['policy.networking.k8s.io/ClusterNetworkPolicy', inCluster(subject, byRules, readClusterNetworkPolicy)],
  ['cilium.io/CiliumNetworkPolicy', inNamespace(endpointSelector, byCiliumRules, readCiliumPolicy)],
  ['cilium.io/CiliumClusterwideNetworkPolicy', inCluster(endpointSelector, byCiliumRules, readCiliumPolicy)],
  ['crd.projectcalico.org/NetworkPolicy', inNamespace(unknown, bothWays)],
  ['crd.projectcalico.org/GlobalNetworkPolicy', inCluster(unknown, bothWays)],
  ['projectcalico.org/NetworkPolicy', inNamespace(unknown, bothWays)],
  ['projectcalico.org/GlobalNetworkPolicy', inCluster(unknown, bothWays)],
  ['crd.antrea.io/NetworkPolicy', inNamespace(unknown, byRules, readAntreaPolicy)],
  ['crd.antrea.io/ClusterNetworkPolicy', inCluster(unknown, byRules, readAntreaPolicy)],
  ['networking.k8s.aws/ApplicationNetworkPolicy', inNamespace(unknown, bothWays, readApplicationNetworkPolicy)],
  ['networking.k8s.aws/ClusterNetworkPolicy', inCluster(subject, byRules, readAwsClusterNetworkPolicy)],
  ['networking.gke.io/FQDNNetworkPolicy', inNamespace(unknown, () => ['egress'], readFqdnNetworkPolicy)],
  ['k8s.ovn.org/EgressFirewall', inNamespace(unknown, () => ['egress'], readEgressFirewall)],
]);

/** Kinds that put pods on another network than the one that policies are judged for. In manifests alone: a cluster tells of it by a label of the namespace. */
const NETWORK_KINDS: ReadonlyMap<string, ForeignKind> = new Map([
  ['k8s.ovn.org/UserDefinedNetwork', inNamespace(unknown, byPrimaryRole)],
  ['k8s.ovn.org/ClusterUserDefinedNetwork', inCluster(inNamespaces, byPrimaryRole)],
]);

/** Policies of Calico that are only tried out. */
const STAGED_KINDS: ReadonlyMap<string, ForeignKind> = new Map(
  CALICO_GROUPS.flatMap(group => [
    [`${group}/StagedNetworkPolicy`, inNamespace(unknown, () => [])],
    [`${group}/StagedKubernetesNetworkPolicy`, inNamespace(unknown, () => [])],
    [`${group}/StagedGlobalNetworkPolicy`, inCluster(unknown, () => [])],
  ]),
);

/** All of them: asked of every object. */
const FOREIGN_KINDS: ReadonlyMap<string, ForeignKind> = new Map([...STAGED_KINDS, ...NETWORK_KINDS, ...POLICY_KINDS]);

const kindOf = (group: string, kind: string): ForeignKind | undefined => FOREIGN_KINDS.get(`${group}/${kind}`);

/** A kind of policies of another API. */
interface ForeignPolicyKind {
  readonly group: string;
  readonly kind: string;
  /** Versions in which it is judged; of Calico, whose versions are all alike, none is told. */
  readonly versions: readonly string[];
}

/** The policy kinds of other APIs that are known here, whatever version a cluster serves them in. */
export const FOREIGN_POLICY_KINDS: readonly ForeignPolicyKind[] = [...POLICY_KINDS].map(([key, { tiers }]) => ({
  group: key.slice(0, key.indexOf('/')),
  kind: key.slice(key.indexOf('/') + 1),
  versions: tiers?.versions ?? [],
}));

/** The group and kind are those of another policy API, or of another network. */
export function isForeignPolicy(group: string, kind: string): boolean {
  return kindOf(group, kind) !== undefined;
}

/** A policy of Calico; `undefined`: Calico shows by it a policy of another kind, which is judged as what it is. */
function decodeCalico(
  kind: 'NetworkPolicy' | 'GlobalNetworkPolicy',
  apiVersion: string,
  fields: Fields,
  reading: Reading,
  readCidr: CidrReader,
): ForeignPolicy | undefined {
  const calico = decodeCalicoPolicy(kind, apiVersion, fields, reading, readCidr);
  if (isMirrored(calico.meta.name)) return undefined;
  return {
    ...{ kind, apiVersion, meta: calico.meta, calico, says: undefined, incomplete: calico.incomplete },
    ...selectedBy(calico.subject),
    scope: kind === 'NetworkPolicy' ? 'namespace' : 'cluster',
    directions: BOTH.filter(direction => calico[direction] !== undefined),
  };
}

/** How the version of an object is read; `undefined`: nothing of what it says is judged. */
const readerFor = ({ tiers }: ForeignKind, apiVersion: string): TierReader | undefined =>
  tiers?.versions.includes(apiVersion.slice(apiVersion.indexOf('/') + 1)) ? tiers : undefined;

/** Who an object may select, where nothing of what it says is read. Cilium's may have further `specs`, each with a selector of its own: every pod in scope may be selected. */
function unread(foreign: ForeignKind, fields: Fields, reading: Reading): Selected & Pick<ForeignPolicy, 'directions'> {
  const spec = reading.object(fields, 'spec', undefined);
  const isOne = spec !== undefined && reading.list(fields, 'specs', undefined).length === 0;
  if (!isOne) return { ...EVERY_POD, directions: BOTH };
  return { ...foreign.selected(spec, reading), directions: foreign.directions(spec) };
}

/** `undefined` after an issue. */
function specOf(fields: Fields, reading: Reading): Fields | undefined {
  reading.knownFields(fields, OBJECT_FIELDS, undefined);
  if ((own(fields, 'spec') ?? undefined) === undefined) return reading.error('required', SPEC, 'is required');
  return reading.object(fields, 'spec', undefined);
}

/** What a kind that is judged says; `undefined`: it cannot be read as a whole. */
function readTiers(tiers: TierReader, fields: Fields, object: TierObject): ReadTiers | undefined {
  const spec = tiers.isWhole ? fields : specOf(fields, object.reading);
  const read = spec && tiers.read(spec, object);
  return object.reading.failed ? undefined : read;
}

/**
 * A policy of another API: who it may select and, of the kinds that are judged, what it says. Where one of those cannot be read as a whole it says nothing,
 * and selects whom it may select. `undefined`: it is none itself.
 */
export function decodeForeignPolicy(
  group: string,
  kind: string,
  apiVersion: string,
  fields: Fields,
  reading: Reading,
  readCidr: CidrReader,
): ForeignPolicy | undefined {
  if (CALICO_GROUPS.includes(group) && (kind === 'NetworkPolicy' || kind === 'GlobalNetworkPolicy'))
    return decodeCalico(kind, apiVersion, fields, reading, readCidr);
  if (STAGED_KINDS.has(`${group}/${kind}`))
    reading.warn('no-effect', at(undefined, 'kind'), `${kind} is only tried out: it lets through and refuses nothing`);
  const foreign = kindOf(group, kind) ?? inCluster(unknown, bothWays);
  const meta = decodeMeta(fields, reading, foreign.scope === 'cluster' ? 'cluster' : 'namespaced');
  const { scope } = foreign;
  const tiers = readerFor(foreign, apiVersion);
  const source = { kind: `${kind}.${group}`, namespace: meta.namespace, name: meta.name || meta.generateName };
  const managers = specManagersOf(fields);
  const object = { kind, apiVersion, meta, scope, ...(managers.length > 0 && { specManagers: managers }) };
  const read = tiers && readTiers(tiers, fields, { source, reading, readCidr });
  if (read !== undefined) return { ...object, ...read, incomplete: false };
  // What was noted once is not noted again.
  const again = tiers === undefined ? reading : new Reading();
  const selected = unread(foreign, fields, again);
  // What cannot be read of a selector leaves open whom it selects.
  const whom = again.failed ? EVERY_POD : {};
  return { ...object, ...selected, ...whom, says: undefined, incomplete: tiers !== undefined };
}
