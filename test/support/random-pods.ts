import type { Random } from './random.ts';
import { writeAddress } from './random-address.ts';
import { fieldsOf, labelsOf, metadataOf, type Plan, PORT_NAMES, PORTS } from './random-plan.ts';
import type { Value } from './random-yaml.ts';

const POD_NAMES = ['web', 'api', 'mcp-server', 'constructor', 'x.y', '000', 'null'];

/** A pod, and its name as `namespace/name`. */
export function podOf(plan: Plan, index: number): { readonly name: string; readonly manifest: Value } {
  const { random, namespaces } = plan;
  const namespace = random.pick(namespaces);
  const name = `${random.pick(POD_NAMES)}-${index}`;
  const hostNetwork = random.chance(0.08);
  const ips = random.chance(0.05) ? [] : addressesOf(plan, index, hostNetwork);
  const spec = fieldsOf({
    hostNetwork: hostNetwork ? true : random.pick([undefined, undefined, false, null]),
    initContainers: random.chance(0.15) ? [containerOf(random, 'init')] : undefined,
    containers: random.times(1 + random.int(2), item => containerOf(random, `main-${item}`)),
  });
  const both = random.int(3);
  const status = fieldsOf({
    phase: random.pick(['Running', undefined]),
    podIP: both === 0 && ips.length < 2 ? undefined : ips[0],
    podIPs: both === 1 && ips.length < 2 ? undefined : ips.map(ip => ({ ip })),
  });
  const labels = random.pick([labelsOf(plan), labelsOf(plan), labelsOf(plan), undefined, null]);
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: metadataOf(plan, name, namespace, labels), spec, status };
  return { name: `${namespace}/${name}`, manifest };
}

/** One address per family, now and then of one family less; pods on node networks share their node's. */
function addressesOf({ random, addresses, families }: Plan, index: number, hostNetwork: boolean): string[] {
  const host = hostNetwork
    ? 0xc0a80000n + BigInt(index % 2)
    : 0x0af40000n + BigInt(random.int(4) * 256 + index * 7 + 3);
  const own = families.length > 1 ? families.filter(() => random.chance(0.85)) : families;
  return own.map(family => {
    const base = family === 4 ? host : (0xfd00001002440000n << 64n) | host;
    addresses.push({ family, base, length: family === 4 ? 32 : 128 });
    return writeAddress(random, family, base);
  });
}

/** A container never uses a name twice, as the API demands; another container may. */
function containerOf(random: Random, name: string): Value {
  const names = random.shuffle(PORT_NAMES);
  const ports = random.times(random.int(4), index =>
    fieldsOf({
      containerPort: random.pick(PORTS),
      name: random.chance(0.75) ? names[index] : undefined,
      protocol: random.pick([undefined, undefined, null, 'TCP', 'UDP', 'SCTP']),
    }),
  );
  return fieldsOf({
    name,
    image: 'registry.example/app:1',
    ports: ports.length > 0 ? ports : random.pick([undefined, null, []]),
  });
}
