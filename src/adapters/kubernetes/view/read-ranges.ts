import {
  type Block,
  type NotSeen,
  type Range,
  type RangeClass,
  readBlock,
  readSingle,
  type SeenRanges,
  sortRanges,
} from '../../../app/cidrs/ranges.ts';
import type { Time } from '../../../app/time.ts';
import { NETWORK_CLASSES, type NetworkClass } from '../../../core/gate/types.ts';
import { type Fields, fieldsAt, isFields, own, valueAt } from '../../../core/kube/reading.ts';
import type { Problem } from '../../../core/manifest.ts';
import { firstAddress, hasAddress, unionAddresses } from '../../../core/net/addresses.ts';
import type { AddressReader } from '../../../core/net/ip.ts';
import { GateError } from '../../../errors.ts';
import { type ApiAnswer, type Client, requestPatiently } from '../client/client.ts';
import { collectionPath, objectPath, pathOf, type Resource } from '../client/paths.ts';
import { listAll } from './list.ts';
import { HOLDERS, type RangeTeller, TELLERS } from './range-tellers.ts';

/** Each request as `kubectl get --raw` makes it, and the right that it needs. */
export function rangeRequests(): readonly { readonly path: string; readonly right: string }[] {
  return [...TELLERS, ...HOLDERS].map(({ resource: of, object }) => ({
    path: pathOf(object === undefined ? collectionPath(of) : objectPath(of, object.namespace, object.name)),
    right: rightOf(of, object),
  }));
}

function rightOf({ plural, group }: Resource, object: RangeTeller['object']): string {
  const named = group === '' ? plural : `${plural}.${group}`;
  if (object === undefined) return `list ${named}`;
  return `get ${named}/${object.name}${object.namespace === '' ? '' : ` in ${object.namespace}`}`;
}

/** Of the objects of one kind. */
type Refused = { readonly teller: RangeTeller; readonly answer: ApiAnswer };

/** Provider of a cloud by the scheme of `spec.providerID` of a Node. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['gce', 'gcp'],
  ['aws', 'aws'],
  ['azure', 'azure'],
]);

function providerOf(raw: Fields): string | undefined {
  const id = valueAt(raw, 'spec.providerID');
  return typeof id === 'string' ? PROVIDERS.get(id.slice(0, id.indexOf(':'))) : undefined;
}

function nameOf(raw: Fields, kind: string): string {
  const metadata = fieldsAt(raw, 'metadata');
  const path = [own(metadata, 'namespace'), own(metadata, 'name')].filter(part => typeof part === 'string');
  return `${kind} ${path.join('/')}`;
}

/** Reads all objects of a kind, or the one; what is not there is none. */
async function readObjects(client: Client, teller: RangeTeller): Promise<readonly Fields[] | Refused> {
  const { resource: of, object } = teller;
  if (object !== undefined) {
    const answer = await client.request({ method: 'GET', path: objectPath(of, object.namespace, object.name) });
    if (answer.status === 404) return [];
    return answer.status === 200 && isFields(answer.body) ? [answer.body] : { teller, answer };
  }
  let items: Fields[] = [];
  const begin = () => {
    items = [];
    return (raw: Fields): void => void items.push(raw);
  };
  const listed = await listAll(client, of, { begin });
  if (listed.kind === 'listed') return items;
  return listed.answer.status === 404 ? [] : { teller, answer: listed.answer };
}

const LABELS: Readonly<Record<RangeClass, string>> = {
  pods: 'pods',
  services: 'services',
  nodes: 'nodes',
  controlPlane: 'control plane',
  extra: 'other',
};

const blockOf = (text: string, readAddress: AddressReader): Block | string =>
  text.includes('/')
    ? readBlock(text, readAddress)
    : (readSingle(text, readAddress) ?? `"${text}" is no address and no CIDR block`);

/** Addresses in use that are listed one by one where no range is told. */
const MAX_OBSERVED = 100;

/** What comes together while a cluster is read. */
interface Gathered {
  readonly ranges: Range[];
  readonly problems: Problem[];
  readonly refused: Refused[];
  readonly whole: Set<NetworkClass>;
  provider: string | undefined;
}

function take(raw: Fields, teller: RangeTeller, readAddress: AddressReader, gathered: Gathered): void {
  const holder = nameOf(raw, teller.resource.kind);
  for (const { class: name, text, field } of teller.read(raw)) {
    const block = blockOf(text, readAddress);
    if (typeof block === 'string')
      gathered.problems.push({
        severity: 'error',
        code: 'invalid-cidr',
        file: holder,
        line: 0,
        column: 0,
        field,
        message: block,
      });
    else {
      gathered.ranges.push({ ...block, class: name, from: `${field} of ${holder}`, label: LABELS[name] });
      if (teller.whole.includes(name)) gathered.whole.add(name);
    }
  }
}

async function readAll(client: Client, tellers: readonly RangeTeller[], readAddress: AddressReader) {
  const gathered: Gathered = { ranges: [], problems: [], refused: [], whole: new Set(), provider: undefined };
  for (const teller of tellers) {
    const objects = await readObjects(client, teller);
    if ('teller' in objects) gathered.refused.push(objects);
    else
      for (const raw of objects) {
        take(raw, teller, readAddress, gathered);
        gathered.provider ??= providerOf(raw);
      }
  }
  return gathered;
}

/** Those of the addresses in use that lie in no range. */
function outside(observed: readonly Range[], ranges: readonly Range[]): readonly Range[] {
  const known = unionAddresses(ranges.map(({ addresses }) => addresses));
  return sortRanges(
    observed.filter(({ addresses }) => {
      const first = firstAddress(addresses);
      return first !== undefined && !hasAddress(known, first);
    }),
  );
}

const ONLY_NOW: Readonly<Record<NetworkClass, string>> = {
  pods: 'the cluster tells the blocks of the Nodes that are there now: further ones get others',
  services: 'the cluster tells no range of its Services',
  nodes: 'the cluster tells the addresses of the Nodes that are there now: write the block of their subnet beside them',
  controlPlane: 'the cluster tells its API servers, not what stands before them, as a load balancer',
};

function refusalText({ teller, answer }: Refused): string {
  const message = isFields(answer.body) ? own(answer.body, 'message') : undefined;
  const right = rightOf(teller.resource, teller.object);
  return `the API server refuses to ${right} (${answer.status})${typeof message === 'string' ? `: ${message}` : ''}`;
}

function notSeenOf({ ranges, refused, whole }: Gathered, gaps: readonly Range[]): readonly NotSeen[] {
  const incomplete = NETWORK_CLASSES.filter(name => !whole.has(name));
  return NETWORK_CLASSES.flatMap(name => {
    const open = incomplete.includes(name);
    const asked = open ? refused.filter(({ teller }) => teller.tells.includes(name)).map(refusalText) : [];
    const out = gaps.filter(range => range.class === name);
    const [first] = out;
    const inUse =
      first === undefined
        ? []
        : [`addresses in use: ${out.length} that no range holds, as ${first.cidr} (${first.from}): add their range`];
    const partly = ranges.some(range => range.class === name) ? ONLY_NOW[name] : 'nothing in the cluster tells of any';
    return [...(open ? [partly] : []), ...asked, ...inUse].map((reason): NotSeen => ({ class: name, reason }));
  });
}

export interface ReadRangesOptions {
  readonly client: Client;
  readonly time: Time;
  /** Host and port of the API server. */
  readonly host: string;
  readonly readAddress: AddressReader;
}

/**
 * Reads what a cluster tells of its own ranges, by get and list alone. Rejects with a GateError where there is no answer, or nobody knows the
 * user; what the user may not read is told as not seen.
 */
export async function readRanges({ client: direct, time, host, readAddress }: ReadRangesOptions): Promise<SeenRanges> {
  const client: Client = { ...direct, request: request => requestPatiently(direct, time, request) };
  const gathered = await readAll(client, TELLERS, readAddress);
  const unknown = gathered.refused.find(({ answer }) => answer.status === 401);
  if (unknown !== undefined)
    throw new GateError('no-credentials', 'the API server does not accept the credentials (401)');
  const observed = await readAll(client, HOLDERS, readAddress);
  const gaps = outside(observed.ranges, gathered.ranges);
  const listed = NETWORK_CLASSES.flatMap(name => gaps.filter(range => range.class === name).slice(0, MAX_OBSERVED));
  const all = { ...gathered, refused: [...gathered.refused, ...observed.refused] };
  return {
    source: 'cluster',
    subject: `the cluster at ${host}`,
    mark: `cluster ${host}`,
    provider: gathered.provider,
    ranges: sortRanges([...gathered.ranges, ...listed]),
    notSeen: notSeenOf(all, gaps),
    covered: [],
    problems: gathered.problems,
  };
}
