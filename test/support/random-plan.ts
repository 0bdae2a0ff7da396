import type { Protocol } from './oracle.ts';
import type { Random } from './random.ts';
import type { Block } from './random-address.ts';
import type { Value } from './random-yaml.ts';

/** Label keys: some are names of what every JavaScript object has. */
export const KEYS = [
  'app',
  'env',
  '1',
  'constructor',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'length',
  'example.com/constructor',
];
/** Label values: some look like what YAML 1.1 reads as no string. */
export const VALUES = ['', 'mcp', 'web', 'Web', 'true', 'no', 'null', '1', '1e3', '0777'];
export const PORT_NAMES = ['http', 'https', 'mcp', '1e3', 'constructor', 'tostring'];
export const PORTS = [1, 53, 80, 443, 1023, 8080, 8081, 32768, 65535];
export const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];
export const NAME_LABEL = 'kubernetes.io/metadata.name';

/** What the parts of one world share. */
export interface Plan {
  readonly random: Random;
  readonly namespaces: readonly string[];
  /** Addresses in use; blocks are drawn around them. */
  readonly addresses: Block[];
  /** Blocks and excepts that the policies hold, for probes at their edges. */
  readonly blocks: Block[];
  /** Families that pods of this world have. */
  readonly families: readonly (4 | 6)[];
}

/** The entries that are given; `undefined` leaves a key out. */
export function fieldsOf(entries: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const given: Record<string, Value> = {};
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) given[key] = value;
  return given;
}

export function labelsOf({ random }: Plan): Record<string, Value> {
  return Object.fromEntries(KEYS.filter(() => random.chance(0.35)).map(key => [key, random.pick(VALUES)]));
}

/** The default namespace may be left out. */
export function metadataOf({ random }: Plan, name: string, namespace: string, labels?: Value): Value {
  const omit = namespace === 'default' && random.chance(0.6);
  return fieldsOf({ name, namespace: omit ? random.pick([undefined, null, '']) : namespace, labels });
}
