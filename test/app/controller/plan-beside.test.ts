import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/app/controller/action.ts';
import { reconcile } from '../../../src/app/controller/reconcile.ts';
import { createJudge, type Judge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { KubeObject, Workload } from '../../../src/core/kube/types.ts';
import { correctPolicy } from '../../../src/core/remedy/correct-policy.ts';
import type { Dialect } from '../../../src/core/remedy/dialect.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { createSimulatedCluster, type SimulatedCluster } from '../../support/simulated-cluster.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';

/** What the controller keeps beside its NetworkPolicies, in each dialect. */

type Fields = Readonly<Record<string, unknown>>;

const NAMESPACE = 'tools';
const GITHUB = { name: 'github', domains: ['api.github.com'], ports: [{ protocol: 'TCP', port: 443 }] };
const NETWORKS = {
  pods: ['10.244.0.0/16'],
  services: ['10.96.0.0/12'],
  nodes: ['192.168.0.0/24'],
  controlPlane: ['172.16.0.2/32'],
};
const GATEWAY = {
  name: 'envoy',
  from: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gw' } },
      podSelector: { matchLabels: { app: 'envoy' } },
    },
  ],
};

function judgeOf(spec: Fields): Judge {
  const base = { mode: 'enforce', clusterDNS: 'kube-dns', gateways: [GATEWAY], protectedNetworks: NETWORKS };
  const { policy, issues } = resolveGatePolicy({ spec: { ...base, ...spec } }, BUILTIN_DATA);
  if (policy === undefined) throw new Error(JSON.stringify(issues));
  return createJudge(policy);
}
const NAMED = judgeOf({ allowedDestinations: [GITHUB] });

const space = (absent = 'create'): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAMESPACE, labels: { 'chokepoint.dev/absent-policy': absent } },
});
const SERVER = workloadManifest({
  called: 'fetch',
  namespace: NAMESPACE,
  labels: { app: 'fetch', 'chokepoint.dev/mcp-server': 'true' },
  ports: ['http:8080'],
});

const cluster = (...manifests: readonly Fields[]): SimulatedCluster =>
  createSimulatedCluster(manifests.map(manifest => decoded({ ...manifest })));

function say(action: Action): string {
  switch (action.kind) {
    case 'apply-policy':
    case 'apply-dialect-policy':
      return `${action.heals === undefined ? 'create' : 'heal'} ${action.manifest.kind} ${action.manifest.metadata.name}`;
    case 'delete-policy':
      return `delete NetworkPolicy ${action.name}`;
    case 'delete-dialect-policy':
      return `delete ${action.object.kind} ${action.object.name}`;
    case 'lift-gate':
      return `lift ${action.pod.name}`;
    case 'event':
      return action.reason;
  }
}

/** Does one round, and says what it was. */
function round(simulated: SimulatedCluster, judge: Judge, dialect?: Dialect): readonly string[] {
  const actions = reconcile(simulated.world(), NAMESPACE, judge, dialect);
  for (const action of actions) expect(simulated.perform(action)).toBe(true);
  return actions.map(say);
}

const KINDS = [
  ['cilium', 'CiliumNetworkPolicy'],
  ['gke', 'FQDNNetworkPolicy'],
  ['aws', 'ApplicationNetworkPolicy'],
] as const;
const MADE = 'create NetworkPolicy chokepoint-fetch';

describe.each(KINDS)('in the dialect %s', (dialect, kind) => {
  it('hosts by name stand beside the policy, are put right, and go with it', () => {
    const simulated = cluster(space(), SERVER);
    expect(round(simulated, NAMED, dialect)).toEqual([MADE, `create ${kind} chokepoint-fetch`]);
    expect(round(simulated, NAMED, dialect)).toEqual([]);
    const more = judgeOf({ allowedDestinations: [GITHUB, { ...GITHUB, name: 'x', domains: ['x.example'] }] });
    expect(round(simulated, more, dialect)).toEqual([`heal ${kind} chokepoint-fetch`]);
    simulated.remove(decoded({ ...SERVER }));
    expect(round(simulated, more, dialect)).toEqual([
      'delete NetworkPolicy chokepoint-fetch',
      `delete ${kind} chokepoint-fetch`,
    ]);
  });

  it('it goes where no host is named any more, and the internet is let out to instead', () => {
    const simulated = cluster(space(), SERVER);
    round(simulated, NAMED, dialect);
    expect(round(simulated, judgeOf({}), dialect)).toEqual([
      'heal NetworkPolicy chokepoint-fetch',
      `delete ${kind} chokepoint-fetch`,
    ]);
    expect(round(simulated, judgeOf({}), dialect)).toEqual([]);
  });

  it('one that somebody else has written is left alone, which is said', () => {
    const simulated = cluster(space(), SERVER);
    round(simulated, NAMED, dialect);
    const [made] = [...simulated.world().namespace(NAMESPACE).foreignPolicies.values()];
    if (made === undefined) throw new Error('nothing was written');
    simulated.put({ ...made, specManagers: ['kubectl-edit'] });
    expect(
      round(simulated, judgeOf({ allowedDestinations: [{ ...GITHUB, domains: ['x.example'] }] }), dialect),
    ).toEqual(['PolicyTakenOver']);
  });

  it('without the right to create, what was made is kept up to date with what stands beside it', () => {
    const simulated = cluster(space(), SERVER);
    round(simulated, judgeOf({}), dialect);
    simulated.put(decoded({ ...space('reject') }));
    expect(round(simulated, NAMED, dialect)).toEqual([
      'heal NetworkPolicy chokepoint-fetch',
      `create ${kind} chokepoint-fetch`,
    ]);
  });
});

it.each<readonly [string, Fields, Dialect | undefined, readonly string[]]>([
  ['no dialect is served', { allowedDestinations: [GITHUB] }, undefined, [MADE]],
  ['no host is named', {}, 'cilium', [MADE]],
  [
    'hosts are named for another namespace',
    { allowedDestinations: [{ ...GITHUB, servesNamespaces: { matchLabels: { a: 'b' } } }] },
    'aws',
    [MADE],
  ],
  [
    'all nodes may come in, which Cilium calls by what they are',
    { allowedClients: [{ name: 'n', reason: 'r', from: [{ ipBlock: { cidr: '192.168.0.0/16' } }] }] },
    'cilium',
    [MADE, 'create CiliumNetworkPolicy chokepoint-fetch'],
  ],
  [
    'one node may come in',
    { allowedClients: [{ name: 'n', reason: 'r', from: [{ ipBlock: { cidr: '192.168.0.7/32' } }] }] },
    'cilium',
    [MADE],
  ],
  ['nobody says who answers for DNS', { clusterDNS: null, allowedDestinations: [GITHUB] }, 'cilium', [MADE]],
])('where %s', (_what, spec, dialect, expected) => {
  expect(round(cluster(space(), SERVER), judgeOf(spec), dialect)).toEqual(expected);
});

/** Blocks that lie in classes of protected networks, wholly or in part, and outside. */
const block = fc.constantFrom(
  ...['192.168.0.0/16', '192.168.0.0/24', '192.168.0.7/32', '172.16.0.2/32', '172.16.0.0/24', '10.96.0.10/32'],
  ...['198.51.100.0/24', '10.244.3.0/24'],
);
const ports = fc.constantFrom(
  undefined,
  [{ protocol: 'TCP', port: 443 }],
  [{ protocol: 'UDP', port: 53 }],
  [{ protocol: 'TCP', port: 8000, endPort: 9000 }],
  [{ protocol: 'TCP', port: 'web' }],
);
const withPorts = (entry: Fields, given: unknown): Fields => ({
  ...entry,
  ...(given !== undefined && { ports: given }),
});
const destination = fc.oneof(
  fc
    .tuple(fc.subarray(['api.github.com', '*.example.com', 'a.example'], { minLength: 1 }), ports)
    .map(([domains, given]) => withPorts({ domains }, given)),
  fc.tuple(block, ports).map(([cidr, given]) => withPorts({ to: [{ ipBlock: { cidr } }] }, given)),
);
const client = fc
  .tuple(block, ports)
  .map(([cidr, given]) => withPorts({ reason: 'r', from: [{ ipBlock: { cidr } }] }, given));
const named = (entries: readonly Fields[]): readonly Fields[] =>
  entries.map((entry, index) => ({ ...entry, name: `grant-${index}` }));

const PROFILES = [
  ['cilium', 'cilium'],
  ['cilium', 'gke'],
  ['aws', 'aws'],
] as const satisfies readonly (readonly [string, Dialect])[];

/** Those of the whole cluster people apply themselves: on what may enforce them. */
const ALL_PROFILES = [
  ...PROFILES,
  ...(['antrea', 'calico', 'kube-router', 'ovn'] as const).map(dataplane => [dataplane, 'upstream'] as const),
] as const satisfies readonly (readonly [string, Dialect])[];

/** What is written for the server, as it is decoded. */
function writtenFor(judge: Judge, server: Workload, dialect: Dialect): readonly KubeObject[] {
  const mcp = { standing: 'declared', evidence: [], ports: [], setAside: [] } as const;
  const labels = new Map([['kubernetes.io/metadata.name', NAMESPACE]]);
  const { gateways } = judge.policy;
  if (gateways.kind !== 'configured') throw new Error('no gateway is configured');
  const written = correctPolicy(server, mcp, labels, { ...judge.policy, gateways }, dialect);
  if ('reason' in written) throw new Error(written.reason);
  return [written.manifest, written.beside].flatMap(manifest => (manifest ? decoded({ ...manifest }) : []));
}

describe('What is written', () => {
  it('closes the server on the dataplane that it is written for, whatever is granted', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PROFILES),
        fc.array(destination, { maxLength: 4 }),
        fc.array(client, { maxLength: 3 }),
        ([dataplane, dialect], destinations, clients) => {
          const judge = judgeOf({
            dataplane,
            allowedDestinations: named(destinations),
            allowedClients: named(clients),
          });
          const simulated = cluster(space(), SERVER);
          round(simulated, judge, dialect);
          const { verdict, findings } = judge.evaluate(simulated.world(), decoded({ ...SERVER }) as Workload);
          expect([verdict, findings.filter(({ level }) => level === 'deny')]).toEqual(['allow', []]);
          expect(round(simulated, judge, dialect)).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('closes it in every dialect, that of the whole cluster too', () => {
    let beside = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL_PROFILES),
        fc.array(destination, { maxLength: 4 }),
        fc.array(client, { maxLength: 3 }),
        ([dataplane, dialect], destinations, clients) => {
          const judge = judgeOf({
            dataplane,
            allowedDestinations: named(destinations),
            allowedClients: named(clients),
          });
          const server = decoded({ ...SERVER }) as Workload;
          const written = writtenFor(judge, server, dialect);
          if (dialect === 'upstream') beside += written.length - 1;
          const world = buildWorld([decoded({ ...space() }), server, ...written]);
          const { verdict, findings } = judge.evaluate(world, server);
          expect([verdict, findings.filter(({ level }) => level === 'deny')]).toEqual(['allow', []]);
        },
      ),
      { numRuns: 600 },
    );
    expect(beside).toBeGreaterThan(50);
  });
});
