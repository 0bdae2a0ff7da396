import type { Random } from './random.ts';
import { type Block, blockInside, randomBlock, writeBlock } from './random-address.ts';
import {
  fieldsOf,
  KEYS,
  metadataOf,
  NAME_LABEL,
  type Plan,
  PORT_NAMES,
  PORTS,
  PROTOCOLS,
  VALUES,
} from './random-plan.ts';
import type { Value } from './random-yaml.ts';

/** Text that no implementation reads as a block. */
const BAD_TEXT = [
  '',
  '10.0.0.0',
  '10.0.0.0/33',
  '::/129',
  '256.0.0.0/8',
  '10.0.0/8',
  'fe80::1%eth0/64',
  ' 10.0.0.0/8',
  'any',
];

/** A policy that the API server would take, but for text of blocks that it may refuse. */
export function policyOf(plan: Plan, index: number): Value {
  const { random } = plan;
  const spec = fieldsOf({
    podSelector: random.chance(0.2) ? random.pick([undefined, null]) : selectorOf(plan, false),
    policyTypes: random.pick<Value | undefined>([
      undefined,
      undefined,
      null,
      [],
      ['Ingress'],
      ['Egress'],
      ['Ingress', 'Egress'],
      ['Egress', 'Egress'],
    ]),
    ingress: rulesOf(plan, 'from'),
    egress: rulesOf(plan, 'to'),
  });
  const metadata = metadataOf(plan, `policy-${index}`, random.pick(plan.namespaces));
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
}

function selectorOf(plan: Plan, ofNamespaces: boolean): Value {
  const { random } = plan;
  if (random.chance(0.25))
    return random.pick<Value>([{}, { matchLabels: {} }, { matchExpressions: null, matchLabels: null }]);
  const byName = ofNamespaces && random.chance(0.5);
  const key = () => (byName ? NAME_LABEL : random.pick(KEYS));
  const value = () => (byName ? random.pick([...plan.namespaces, 'nowhere']) : random.pick(VALUES));
  const expression = (): Value => {
    const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
    const values = operator.endsWith('In')
      ? random.times(1 + random.int(4), value)
      : random.pick([undefined, [], null]);
    return fieldsOf({ key: key(), operator, values });
  };
  return fieldsOf({
    matchLabels: random.chance(0.5)
      ? Object.fromEntries(random.times(1 + random.int(2), () => [key(), value()]))
      : undefined,
    matchExpressions: random.chance(0.6) ? random.times(1 + random.int(2), expression) : undefined,
  });
}

function rulesOf(plan: Plan, peersKey: 'from' | 'to'): Value | undefined {
  const { random } = plan;
  if (random.chance(0.25)) return random.pick([undefined, null, []]);
  return random.times(1 + random.int(2), () =>
    fieldsOf({
      [peersKey]: random.chance(0.2)
        ? random.pick([undefined, null, []])
        : random.times(1 + random.int(3), () => peerOf(plan)),
      ports: random.chance(0.4)
        ? random.pick([undefined, null, []])
        : random.times(1 + random.int(3), () => portOf(random)),
    }),
  );
}

function peerOf(plan: Plan): Value {
  const { random } = plan;
  const kind = random.int(4);
  const absent = () => random.pick([undefined, undefined, undefined, null]);
  return fieldsOf({
    podSelector: kind === 0 || kind === 1 ? selectorOf(plan, false) : absent(),
    namespaceSelector: kind === 1 || kind === 2 ? selectorOf(plan, true) : absent(),
    ipBlock: kind === 3 ? ipBlockOf(plan) : absent(),
  });
}

function ipBlockOf({ random, addresses, blocks }: Plan): Value {
  const block = randomBlock(random, [...addresses, ...blocks, { family: 4, base: 0x0a000000n, length: 8 }]);
  const inner = random.times(random.int(4), () => blockInside(random, block)).filter(item => item !== undefined);
  blocks.push(block, ...inner);
  const text = (item: Block) => (random.chance(0.02) ? random.pick(BAD_TEXT) : writeBlock(random, item));
  const except = inner.length > 0 ? inner.map(text) : random.pick([undefined, undefined, null, []]);
  return fieldsOf({ cidr: text(block), except });
}

function portOf(random: Random): Value {
  const protocol = random.pick([undefined, undefined, null, ...PROTOCOLS]);
  if (random.chance(0.35))
    return fieldsOf({ protocol, port: random.pick(PORT_NAMES), endPort: random.pick([undefined, null]) });
  if (random.chance(0.2)) return fieldsOf({ protocol, port: random.pick([undefined, null]) });
  const port = random.pick(PORTS);
  const endPort = random.chance(0.4) ? Math.min(65535, port + random.pick([0, 1, 100, 65535])) : undefined;
  return fieldsOf({ protocol, port, endPort });
}
