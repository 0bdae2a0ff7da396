import type {
  ClusterReading,
  ObservedAddress,
  ReadObject,
  Refusal,
  Tells,
} from '../../../app/report/cluster-reading.ts';
import type { Time } from '../../../app/time.ts';
import { COUNTING_NAME, readStoredGatePolicy, type StoredGatePolicy } from '../../../core/gate/stored-gate-policy.ts';
import type { NetworkClass } from '../../../core/gate/types.ts';
import { createDecoder } from '../../../core/kube/decode.ts';
import { type Fields, fieldsAt, own } from '../../../core/kube/reading.ts';
import type { ObjectRef, Workload } from '../../../core/kube/types.ts';
import { isWorkload } from '../../../core/world/object-kinds.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { createDiscovery, type Discovery } from '../client/discovery.ts';
import {
  CONFIG_MAPS,
  GATE_POLICY,
  INGRESS_CLASSES,
  kindId,
  NAMESPACES,
  NODES,
  SERVICE_CIDR,
  SERVICES,
  WATCHED_KINDS,
  type WatchedKind,
  WRITTEN_ENDPOINT_SLICES,
} from '../client/kinds.ts';
import { collectionPath, objectPath, type Resource, selectionOf } from '../client/paths.ts';
import { compact } from './compact.ts';
import { type FoundKind, findKind } from './find-kind.ts';
import { createInterner } from './interning.ts';
import { listAll } from './list.ts';
import { liveObject } from './live-object.ts';
import { API_SERVERS, ENDPOINT_SLICES, readClusterIPs, readEndpointAddresses, readNode } from './network-facts.ts';
import { objectVersionOf } from './object-store.ts';
import { readEnforcement } from './read-enforcement.ts';
import { CILIUM_CONFIG, readMatchMode } from './read-match-mode.ts';
import { isFinishedPod, readServiceCidr } from './read-object.ts';
import { readSettings } from './read-settings.ts';
import { refusalOf } from './refusal.ts';

export interface ReadClusterOptions {
  readonly client: Client;
  readonly time: Time;
  /** Absent: every namespace. Objects of the cluster, routes, endpoints, ExternalName Services and other APIs' policies are read wherever they are. */
  readonly namespace?: string | undefined;
  /** Where the gate keeps what it knows. */
  readonly gateNamespace: string;
  /** Told of each page: which resource, and how many objects there are in all so far. */
  readonly onProgress?: (plural: string, objects: number) => void;
  /** Told of each object as it was read, perhaps more than once: for what is not judged. */
  readonly onObject?: (raw: Fields) => void;
}

/** What is kept of one kind; thrown away where its list has to begin anew. */
interface Kept {
  readonly objects: ReadObject[];
  readonly observed: ObservedAddress[];
  readonly serviceCidrs: string[];
  readonly podCidrs: string[];
  readonly nodeAddresses: string[];
  readonly gatePolicies: StoredGatePolicy[];
}

const emptyKept = (): Kept => ({
  objects: [],
  observed: [],
  serviceCidrs: [],
  podCidrs: [],
  nodeAddresses: [],
  gatePolicies: [],
});

type Keep = (raw: Fields, kept: Kept) => void;

/** One list that is needed, and what becomes of its objects. */
interface Listing {
  readonly resource: Resource;
  readonly namespace: string;
  readonly tells: Tells;
  readonly keep: Keep;
}

function refOf(raw: Fields, kind: string): ObjectRef {
  const [namespace = '', name = ''] = objectVersionOf(raw)?.key.split('/') ?? [];
  return { kind, namespace, name };
}

const holderOf = ({ kind, namespace, name }: ObjectRef): string =>
  namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

function observe(name: NetworkClass, texts: readonly string[], holder: string, kept: Kept): void {
  for (const text of texts) kept.observed.push({ class: name, text, holder });
}

const keepNode =
  (keep: Keep): Keep =>
  (raw, kept) => {
    keep(raw, kept);
    const holder = holderOf(refOf(raw, 'Node'));
    const { podCidrs, addresses } = readNode(raw);
    kept.podCidrs.push(...podCidrs);
    kept.nodeAddresses.push(...addresses);
    observe('pods', podCidrs, holder, kept);
    observe('nodes', addresses, holder, kept);
  };

const keepServiceCidr: Keep = (raw, kept) => {
  const read = readServiceCidr(raw);
  if (read.kind !== 'value') return;
  kept.serviceCidrs.push(...read.value);
  observe('services', read.value, holderOf(refOf(raw, SERVICE_CIDR)), kept);
};

const keepGatePolicy: Keep = (raw, kept) => void kept.gatePolicies.push(readStoredGatePolicy(raw));

/** Keeps what is judged, in few bytes. A finished Pod is nothing, as to admission. */
function createKeeper(): Keep {
  const decode = createDecoder();
  const interner = createInterner();
  return (raw, kept) => {
    if (isFinishedPod(raw)) return;
    const decoded = decode(raw);
    if (decoded.kind === 'other') return;
    const ref = refOf(raw, String(own(raw, 'kind')));
    if (decoded.kind === 'unreadable') {
      kept.objects.push({ ref, decoded });
      return;
    }
    const live = liveObject(decoded);
    if (live === undefined) return;
    const object = compact(live, raw, interner);
    const { issues } = decoded;
    kept.objects.push({ ref, decoded: { kind: 'object', object, issues } });
    if (object.kind === 'Service') observe('services', readClusterIPs(raw), holderOf(ref), kept);
    // Pods of the host's network bear the addresses of their nodes.
    if ('podIPs' in object) observe(object.hostNetwork ? 'nodes' : 'pods', object.podIPs, holderOf(ref), kept);
  };
}

/** Objects of the cluster, and endpoints: those of any namespace may lead to the servers of one. */
const READ_EVERYWHERE: ReadonlySet<Resource> = new Set([NAMESPACES, INGRESS_CLASSES, WRITTEN_ENDPOINT_SLICES]);

/** Of the Services of other namespaces, those that may be another name of one of this. */
const keepServicesFor =
  (namespace: string, keep: Keep): Keep =>
  (raw, kept) => {
    const isNear = namespace === '' || own(fieldsAt(raw, 'metadata'), 'namespace') === namespace;
    if (isNear || own(fieldsAt(raw, 'spec'), 'type') === 'ExternalName') keep(raw, kept);
  };

function listingOf(watched: WatchedKind, resource: Resource, namespace: string, keep: Keep): Listing {
  const everywhere = { resource, namespace: '', tells: undefined, keep };
  if (resource.kind === SERVICE_CIDR) return { ...everywhere, tells: ['services'], keep: keepServiceCidr };
  if (resource === NODES) return { ...everywhere, tells: ['pods', 'nodes'], keep: keepNode(keep) };
  if (resource.kind === GATE_POLICY) return { ...everywhere, tells: 'configuration', keep: keepGatePolicy };
  if (resource === SERVICES) return { ...everywhere, keep: keepServicesFor(namespace, keep) };
  return watched.kind === 'builtin' && !READ_EVERYWHERE.has(resource) ? { ...everywhere, namespace } : everywhere;
}

/** Addresses of the API servers; nothing where they keep no EndpointSlice of themselves. */
async function readApiServers(client: Client): Promise<readonly string[] | Refusal> {
  const { namespace, name } = API_SERVERS;
  const answer = await client.request({ method: 'GET', path: objectPath(ENDPOINT_SLICES, namespace, name) });
  const { status, body } = answer;
  if (status === 404) return [];
  if (status === 200 && typeof body === 'object' && body !== null) return readEndpointAddresses(body as Fields);
  return refusalOf('get', { resource: ENDPOINT_SLICES, namespace, tells: ['controlPlane'] }, answer);
}

/** Where none of Cilium's kinds is served, nothing is asked. */
async function readBlocks(client: Client, notServed: readonly string[]): Promise<boolean | Refusal> {
  if (notServed.includes('cilium.io/CiliumNetworkPolicy')) return false;
  const mode = await readMatchMode(client);
  if (typeof mode === 'boolean') return mode;
  const { namespace } = CILIUM_CONFIG;
  return refusalOf('get', { resource: CONFIG_MAPS, namespace, tells: 'match-mode' }, mode);
}

const workloadsIn = (objects: readonly ReadObject[]): readonly Workload[] =>
  objects.flatMap(({ decoded }) => (decoded.kind === 'object' && isWorkload(decoded.object) ? decoded.object : []));

type Found = FoundKind & { readonly watched: WatchedKind };

const findAll = (discovery: Discovery, kinds: readonly WatchedKind[]): Promise<readonly Found[]> =>
  Promise.all(kinds.map(async watched => ({ watched, ...(await findKind(discovery, watched)) })));

/** Nodes tell of addresses whatever policies there are. */
const READ_KINDS: readonly WatchedKind[] = [
  ...WATCHED_KINDS.filter(watched => watched.kind !== 'builtin' || watched.resource !== NODES),
  { kind: 'builtin', resource: NODES },
];

/** What is to be listed, in the order of the kinds, and what need not or cannot be. */
async function findListings(client: Client, { time, namespace = '' }: ReadClusterOptions) {
  const discovery = createDiscovery(client, time, new AbortController().signal);
  const keep = createKeeper();
  const listings: Listing[] = [];
  const notServed: string[] = [];
  const refusals: Refusal[] = [];
  for (const found of await findAll(discovery, READ_KINDS)) {
    if (found.kind === 'refused') refusals.push(found.refusal);
    else if (found.kind === 'absent') notServed.push(kindId(found.watched));
    else listings.push(listingOf(found.watched, found.resource, namespace, keep));
  }
  return { listings, notServed: notServed.sort(), refusals };
}

/** What a user may read, found out before it is watched: the kinds, and what a {@link ClusterReading} has of the others. Kinds that are not served are among them, since they may be installed. */
export interface ReadableKinds extends Pick<ClusterReading, 'refusals' | 'notServed' | 'blocksHoldNodes'> {
  readonly kinds: readonly WatchedKind[];
}

/**
 * Finds out what the user may list, by asking for one object of each kind that is watched. Rejects with a GateError where there is no answer, or
 * nobody knows the user.
 */
export async function findReadableKinds(impatient: Client, time: Time): Promise<ReadableKinds> {
  const client: Client = { ...impatient, request: request => requestPatiently(impatient, time, request) };
  const discovery = createDiscovery(client, time, new AbortController().signal);
  const found = await findAll(discovery, WATCHED_KINDS);
  const refusals = await Promise.all(
    found.map(async (one): Promise<Refusal | undefined> => {
      if (one.kind === 'refused') return one.refusal;
      if (one.kind === 'absent') return undefined;
      const listing = listingOf(one.watched, one.resource, '', () => undefined);
      const query = { limit: '1', ...selectionOf(one.resource) };
      const path = collectionPath(one.resource);
      const answer = await client.request({ method: 'GET', path, query });
      return answer.status === 200 ? undefined : refusalOf('list', listing, answer);
    }),
  );
  const notServed = found.flatMap(one => (one.kind === 'absent' ? [kindId(one.watched)] : [])).sort();
  const blocks = await readBlocks(client, notServed);
  const isKnown = typeof blocks === 'boolean';
  return {
    kinds: WATCHED_KINDS.filter((_, index) => refusals[index] === undefined),
    refusals: [...refusals.filter(refusal => refusal !== undefined), ...(isKnown ? [] : [blocks])],
    notServed,
    blocksHoldNodes: isKnown ? blocks : undefined,
  };
}

/**
 * Reads all that is judged, and what the cluster says of its addresses, once: by get and list alone, page by page, keeping nothing raw.
 * Rejects with a GateError where there is no answer, or nobody knows the user; what the user may not read is told as a refusal.
 */
export async function readCluster(options: ReadClusterOptions): Promise<ClusterReading> {
  const { time, onProgress, onObject } = options;
  const client: Client = {
    ...options.client,
    request: request => requestPatiently(options.client, time, request),
  };
  const { listings, notServed, refusals } = await findListings(client, options);
  const all: Kept[] = [];
  let count = 0;
  for (const { resource, namespace, tells, keep } of listings) {
    let kept = emptyKept();
    const begin = () => {
      kept = emptyKept();
      return (raw: Fields) => {
        keep(raw, kept);
        onObject?.(raw);
        onProgress?.(resource.plural, count + kept.objects.length);
      };
    };
    const result = await listAll(client, resource, { namespace, begin });
    if (result.kind === 'refused') refusals.push(refusalOf('list', { resource, namespace, tells }, result.answer));
    else all.push(kept);
    count += kept.objects.length;
  }
  const apiServers = await readApiServers(client);
  if ('status' in apiServers) refusals.push(apiServers);
  const apiServerAddresses = 'status' in apiServers ? [] : apiServers;
  const blocks = await readBlocks(client, notServed);
  if (typeof blocks !== 'boolean') refusals.push(blocks);
  const objects = all.flatMap(one => one.objects);
  return {
    objects,
    settings: await readSettings(client, workloadsIn(objects)),
    facts: {
      serviceCidrs: all.flatMap(({ serviceCidrs }) => serviceCidrs),
      podCidrs: all.flatMap(({ podCidrs }) => podCidrs),
      nodeAddresses: all.flatMap(({ nodeAddresses }) => nodeAddresses),
      apiServerAddresses,
    },
    observed: [
      ...all.flatMap(({ observed }) => observed),
      ...apiServerAddresses.map(
        (text): ObservedAddress => ({ class: 'controlPlane', text, holder: 'EndpointSlice default/kubernetes' }),
      ),
    ],
    notServed,
    refusals,
    blocksHoldNodes: typeof blocks === 'boolean' ? blocks : undefined,
    enforcement: await readEnforcement(client, options.gateNamespace),
    gatePolicy: all.flatMap(({ gatePolicies }) => gatePolicies).find(({ name }) => name === COUNTING_NAME),
  };
}
