import type { OpenTraffic } from '../../core/decision.ts';
import { type At, at, type Fields, type Issue, isFields, Reading } from '../../core/kube/reading.ts';
import type { Inventory, ServerName } from './inventory.ts';

/** A way in or out, as far as it is compared. */
export interface SavedPeer extends OpenTraffic {
  readonly who: string;
}

/** What of a server is compared with that of another day. */
export interface SavedServer extends ServerName {
  /** What stands in one field each, by its name; what the version that saved it did not know is absent. */
  readonly facts: ReadonlyMap<string, string>;
  readonly ingress: readonly SavedPeer[];
  readonly egress: readonly SavedPeer[];
}

export type DecodedInventory =
  | { readonly kind: 'inventory'; readonly servers: readonly SavedServer[] }
  | { readonly kind: 'refused'; readonly issue: Issue };

const KIND: Inventory['kind'] = 'Inventory';
const API_VERSION: Inventory['apiVersion'] = 'chokepoint.dev/v1alpha1';

/** Fields whose text is compared as it is. */
const FACTS = ['registration', 'transport', 'mode', 'verdict'] as const;

function needed(fields: Fields, key: string, up: At | undefined, reading: Reading): string {
  const text = reading.string(fields, key, up);
  if (text === undefined) reading.error('required', at(up, key), 'is required');
  return text ?? '';
}

function peersOf(server: Fields, key: 'ingress' | 'egress', up: At, reading: Reading): readonly SavedPeer[] {
  const traffic = reading.object(server, key, up);
  if (traffic === undefined) return reading.error('required', at(up, key), 'is required') ?? [];
  return reading.objects(traffic, 'open', at(up, key)).map(([peer, place]) => ({
    who: needed(peer, 'who', place, reading),
    peers: reading.strings(peer, 'peers', place),
    ports: reading.strings(peer, 'ports', place),
  }));
}

/** `yes by SecurityPolicy shop/orders spec.jwt`; none of an inventory that was saved before there was the field. */
function authenticationOf(server: Fields, up: At, reading: Reading): readonly (readonly [string, string])[] {
  const authentication = reading.object(server, 'authentication', up);
  if (authentication === undefined) return [];
  const place = at(up, 'authentication');
  const state = needed(authentication, 'state', place, reading);
  const by = reading.strings(authentication, 'by', place).join(', ');
  return [['authentication', by === '' ? state : `${state} by ${by}`]];
}

function factsOf(server: Fields, up: At, reading: Reading): ReadonlyMap<string, string> {
  const owner = reading.object(server, 'owner', up) ?? {};
  const images = reading
    .objects(server, 'images', up)
    .map(([image, place]) =>
      [needed(image, 'image', place, reading), ...reading.strings(image, 'digests', place)].join(' '),
    );
  return new Map([
    ...FACTS.map(name => [name, needed(server, name, up, reading)] as const),
    ['owner', reading.string(owner, 'team', at(up, 'owner')) ?? ''],
    ['images', images.join(', ')],
    ['ports', reading.strings(server, 'ports', up).join(', ')],
    ['routes', reading.strings(server, 'routes', up).join(', ')],
    ['services', reading.strings(server, 'services', up).join(', ')],
    ...authenticationOf(server, up, reading),
  ]);
}

function decodeServer(server: Fields, up: At, reading: Reading): SavedServer {
  return {
    context: reading.string(server, 'context', up) ?? '',
    namespace: needed(server, 'namespace', up, reading),
    kind: needed(server, 'kind', up, reading),
    name: needed(server, 'name', up, reading),
    facts: factsOf(server, up, reading),
    ingress: peersOf(server, 'ingress', up, reading),
    egress: peersOf(server, 'egress', up, reading),
  };
}

function decodeWith(value: unknown, reading: Reading): readonly SavedServer[] {
  const inventory: Fields = isFields(value) ? value : {};
  for (const [key, expected] of [
    ['apiVersion', API_VERSION],
    ['kind', KIND],
  ] as const) {
    if (needed(inventory, key, undefined, reading) !== expected)
      reading.error(
        'foreign-inventory',
        at(undefined, key),
        `must be ${expected}, as inventory --output json writes it`,
      );
  }
  if (reading.failed) return [];
  return reading
    .objects(inventory, 'servers', undefined)
    .map(([server, place]) => decodeServer(server, place, reading));
}

/** A saved inventory from plain data; the first issue where it is none, or not whole. */
export function decodeInventory(value: unknown): DecodedInventory {
  const reading = new Reading();
  const servers = decodeWith(value, reading);
  const [issue] = reading.issues;
  return issue === undefined ? { kind: 'inventory', servers } : { kind: 'refused', issue };
}
