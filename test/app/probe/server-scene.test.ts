import { describe, expect, test } from 'vitest';
import { type Outside, planScene, type ServerScene, type StandIn } from '../../../src/app/probe/server-scene.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Workload } from '../../../src/core/kube/types.ts';
import { createReach } from '../../../src/core/netpol/reach.ts';
import { buildWorld, isWorkload, type World } from '../../../src/core/world.ts';
import { createRandom } from '../../support/random.ts';
import { randomWorld } from '../../support/random-world.ts';
import { testPolicy } from '../../support/reviews.ts';
import { parseYaml } from '../../support/yaml.ts';

const PREFIX = 'probe';
const METADATA: Outside = { title: 'cloud metadata', address: '169.254.169.254', port: 80 };

/** Objects of a list stand for it. */
const listedIn = (document: unknown): readonly unknown[] => {
  const fields: { readonly kind?: string; readonly items?: readonly unknown[] } = Object(document);
  return fields.kind === 'List' ? (fields.items ?? []) : [document];
};

function worldOf(documents: readonly unknown[]): World {
  const decode = createDecoder();
  return buildWorld(
    documents.flatMap(listedIn).flatMap(document => {
      const one = decode(Object(document));
      return one.kind === 'object' ? one.object : [];
    }),
  );
}

const podsOf = (world: World): readonly Workload[] =>
  world
    .namespaceNames()
    .flatMap(name => [...world.namespace(name).workloads.values()].filter(one => one.kind === 'Pod'));
const nameOf = ({ meta }: Workload): string => `${meta.namespace}/Pod/${meta.name}`;

const sceneOf = (world: World, subjects: readonly Workload[]): ServerScene =>
  planScene(
    subjects.map(subject => ({ name: nameOf(subject), subject })),
    world,
    testPolicy(),
    { prefix: PREFIX, outside: [METADATA] },
  );

/** The scene as the API server would hold it. */
function stagedWorld(
  { namespaces, standIns, policies }: ServerScene,
  addressesOf: (one: StandIn) => readonly string[],
): World {
  return worldOf([
    ...namespaces.map(({ name, labels }) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })),
    ...standIns.map(one => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: one.id, namespace: one.namespace, labels: one.labels },
      spec: {
        containers: [
          {
            name: 'probe',
            ports: one.ports.map(({ name, number }) => ({ ...(name !== '' && { name }), containerPort: number })),
          },
        ],
      },
      status: { podIPs: addressesOf(one).map(ip => ({ ip })) },
    })),
    ...policies.map(({ namespace, name, spec }) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace },
      spec,
    })),
  ]);
}

test.each(Array.from({ length: 300 }, (_, seed) => seed))(
  'what is judged under other names is what is judged: seed %d',
  seed => {
    const world = worldOf(randomWorld(createRandom(seed), 0).documents.flatMap(text => parseYaml(text)));
    const subjects = podsOf(world)
      .filter(isWorkload)
      .filter(({ hostNetwork }) => !hostNetwork)
      .slice(0, 2);
    const scene = sceneOf(world, subjects);
    const standsFor = new Map<string, Workload>(
      podsOf(world).flatMap(pod => [
        [`server ${nameOf(pod)}`, pod] as const,
        [`Pod ${pod.meta.namespace}/${pod.meta.name}`, pod] as const,
      ]),
    );
    const staged = createReach(stagedWorld(scene, ({ title }) => standsFor.get(title)?.podIPs ?? []));
    const real = createReach(world);
    const endOf = (pod: Workload) =>
      ({ kind: 'pod', namespace: pod.meta.namespace, workload: 'Pod', name: pod.meta.name }) as const;
    const standInOf = (one: StandIn) =>
      ({ kind: 'pod', namespace: one.namespace, workload: 'Pod', name: one.id }) as const;
    const compared = scene.ways.flatMap(({ from, to, port }) => {
      if ('address' in to) return [];
      const [source, target] = [standsFor.get(from.title), standsFor.get(to.title)];
      if (source === undefined || target === undefined) return [];
      const asked = { port, protocol: 'TCP' } as const;
      const answers = [
        staged({ from: standInOf(from), to: standInOf(to), ...asked }),
        real({ from: endOf(source), to: endOf(target), ...asked }),
      ];
      return [answers.map(answer => ('allowed' in answer ? answer.allowed : answer))];
    });
    for (const [inScene, inCluster] of compared) expect(inScene).toEqual(inCluster);
  },
);

describe('A scene', () => {
  const WORLD = worldOf(
    parseYaml(`
apiVersion: v1
kind: Namespace
metadata: {name: tools, labels: {team: tools, istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: weather, namespace: tools, labels: {app: weather, tier: back, chokepoint.dev/mcp-server: "true"}}
spec: {containers: [{name: main, image: weather, ports: [{name: mcp, containerPort: 8080}, {containerPort: 9090, protocol: UDP}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: envoy-1, namespace: mcp-gateway, labels: {app.kubernetes.io/name: envoy, version: v3}}
spec: {containers: [{name: main, image: envoy}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: weather, namespace: tools}
spec:
  podSelector: {matchLabels: {app: weather}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}]
    ports: [{port: mcp}, {port: 8000, endPort: 8010}]
  egress:
  - to: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [elsewhere]}]}}, {ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
`),
  );
  const [server] = podsOf(WORLD).filter(({ meta }) => meta.name === 'weather');
  const scene = sceneOf(WORLD, server === undefined ? [] : [server]);

  test('bears nothing of the names that the cluster goes by', () => {
    const { standIns, namespaces, policies } = scene;
    const told = JSON.stringify([standIns.map(({ labels, ports }) => [labels, ports]), namespaces, policies]);
    expect(told).not.toMatch(/weather|envoy|tools|mcp|istio|chokepoint|"app"|tier/);
  });

  test('has labels that policies ask for, and no others', () => {
    expect(scene.standIns.map(({ title, labels }) => [title, labels])).toEqual([
      ['Pod mcp-gateway/envoy-1', { k1: 'v1' }],
      ['server tools/Pod/weather', { k2: 'v2' }],
      ['a stranger in tools', {}],
      ['a stranger', {}],
    ]);
  });

  test('names policies, ports and namespaces anew, and keeps blocks and numbers', () => {
    const named = (name: string) => ({ key: 'kubernetes.io/metadata.name', operator: 'In', values: [name] });
    expect(scene.policies).toEqual([
      {
        namespace: 'probe-2',
        name: 'policy-1',
        spec: {
          podSelector: { matchExpressions: [{ key: 'k2', operator: 'In', values: ['v2'] }] },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [
            {
              from: [
                {
                  podSelector: { matchExpressions: [{ key: 'k1', operator: 'In', values: ['v1'] }] },
                  namespaceSelector: { matchExpressions: [named('probe-1')] },
                },
              ],
              ports: [
                { protocol: 'TCP', port: 'p1' },
                { protocol: 'TCP', port: 8000, endPort: 8010 },
              ],
            },
          ],
          egress: [
            {
              to: [
                {
                  podSelector: { matchExpressions: [] },
                  namespaceSelector: { matchExpressions: [named('probe-none-1')] },
                },
                { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } },
              ],
            },
          ],
        },
      },
    ]);
  });

  test('tries who gets in on each port and one more, and where it gets out to', () => {
    expect(scene.ways.map(({ from, to, port }) => `${from.title} > ${to.title}:${port}`)).toEqual([
      'Pod mcp-gateway/envoy-1 > server tools/Pod/weather:8080',
      'Pod mcp-gateway/envoy-1 > server tools/Pod/weather:8081',
      'a stranger in tools > server tools/Pod/weather:8080',
      'a stranger in tools > server tools/Pod/weather:8081',
      'a stranger > server tools/Pod/weather:8080',
      'a stranger > server tools/Pod/weather:8081',
      'server tools/Pod/weather > Pod mcp-gateway/envoy-1:8080',
      'server tools/Pod/weather > a stranger in tools:8080',
      'server tools/Pod/weather > a stranger:8080',
      'server tools/Pod/weather > cloud metadata:80',
    ]);
  });
});
