import type { Endpoint, Query } from './oracle.ts';
import type { Random } from './random.ts';
import { anyAddress, edges, writeAddress } from './random-address.ts';
import { labelsOf, NAME_LABEL, type Plan, PORTS, PROTOCOLS } from './random-plan.ts';
import { podOf } from './random-pods.ts';
import { policyOf } from './random-policies.ts';
import { type Value, writeYaml } from './random-yaml.ts';

/** A cluster in YAML as people write it, and questions about it. */
export interface RandomWorld {
  /** One YAML document each; joined by `---` lines they are a file. */
  readonly documents: readonly string[];
  readonly queries: readonly Query[];
}

const NAMESPACES = [
  'default',
  'gateway',
  'team-a',
  'constructor',
  'tostring',
  '1234',
  '0777',
  'null',
  'y',
  'kube-system',
];

/** Makes a world and `probes` queries about it from the random source. */
export function randomWorld(random: Random, probes: number): RandomWorld {
  const plan: Plan = {
    random,
    namespaces: random.shuffle(NAMESPACES).slice(0, 2 + random.int(4)),
    addresses: [],
    blocks: [],
    families: random.pick([[4], [4], [6], [4, 6]] as const),
  };
  const pods = random.times(3 + random.int(8), index => podOf(plan, index));
  const policies = random.times(random.chance(0.05) ? 0 : 1 + random.int(9), index => policyOf(plan, index));
  const namespaces = plan.namespaces.filter(() => random.chance(0.85)).map(name => namespaceOf(plan, name));
  const objects = random.shuffle<Value>([...namespaces, ...pods.map(({ manifest }) => manifest), ...policies]);
  const names = pods.map(({ name }) => name);
  return { documents: documentsOf(random, objects), queries: random.times(probes, () => queryOf(plan, names)) };
}

/** Some objects stand alone, some in a List. */
function documentsOf(random: Random, objects: readonly Value[]): string[] {
  const listed = random.chance(0.3) ? objects.slice(0, random.int(objects.length)) : [];
  const list = { apiVersion: 'v1', kind: 'List', items: listed };
  const alone = objects.slice(listed.length);
  return (listed.length > 0 ? [list, ...alone] : alone).map(object => writeYaml(random, object));
}

function namespaceOf(plan: Plan, name: string): Value {
  const { random, namespaces } = plan;
  const forged = random.chance(0.3) ? { [NAME_LABEL]: random.pick([name, random.pick(namespaces)]) } : {};
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labelsOf(plan), ...forged } } };
}

function queryOf(plan: Plan, pods: readonly string[]): Query {
  const { random } = plan;
  const port = Math.min(
    65535,
    Math.max(1, random.pick(PORTS) + (random.chance(0.3) ? random.pick([-1, 1, 100, 101]) : 0)),
  );
  const address = (): Endpoint => ({ ip: probeAddress(plan) });
  const pod = (): Endpoint => ({ pod: random.pick(pods) });
  const [from, to] = random.pick([
    [pod, pod],
    [pod, pod],
    [pod, pod],
    [pod, pod],
    [pod, address],
    [pod, address],
    [address, pod],
    [address, pod],
    [address, address],
  ] as const);
  return { from: from(), to: to(), port, protocol: random.chance(0.5) ? 'TCP' : random.pick(PROTOCOLS) };
}

/** An address at the edge of a block of some policy, of a pod, or any. */
function probeAddress({ random, addresses, blocks }: Plan): string {
  const known = [...blocks, ...addresses];
  if (known.length === 0 || random.chance(0.05)) {
    const family = random.pick([4, 6] as const);
    return writeAddress(random, family, anyAddress(random, family));
  }
  const block = random.pick(random.chance(0.8) ? known : [...addresses, ...known.slice(0, 1)]);
  const value = random.pick(edges(block));
  return block.family === 4 && random.chance(0.03)
    ? `::ffff:${writeAddress(random, 4, value)}`
    : writeAddress(random, block.family, value);
}
