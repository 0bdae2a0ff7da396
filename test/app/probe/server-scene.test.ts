import { describe, expect, test } from 'vitest';
import { portText } from '../../../src/app/probe/attempts.ts';
import { policiesBeside } from '../../../src/app/probe/policies-beside.ts';
import { type Outside, planScene, type ServerScene, type StandIn } from '../../../src/app/probe/server-scene.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Workload } from '../../../src/core/kube/types.ts';
import { createReach } from '../../../src/core/netpol/reach.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import type { World } from '../../../src/core/world/world.ts';
import { createRandom } from '../../support/random.ts';
import { randomWorld } from '../../support/random-world.ts';
import { testPolicy } from '../../support/reviews.ts';
import { parseYaml } from '../../support/yaml.ts';

const PREFIX = 'probe';
const METADATA: Outside = {
  title: 'cloud metadata',
  address: '169.254.169.254',
  port: { number: 80, protocol: 'TCP' },
};

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
            ports: one.ports.map(({ name, number, protocol }) => ({
              ...(name !== '' && { name }),
              ...{ containerPort: number, protocol },
            })),
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
    const compared = scene.ways.flatMap(({ from, to, port: { number: port, protocol } }) => {
      if ('address' in to || 'before' in to) return [];
      const [source, target] = [standsFor.get(from.title), standsFor.get(to.title)];
      if (source === undefined || target === undefined) return [];
      const asked = { port, protocol };
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
kind: Service
metadata: {name: weather, namespace: tools}
spec: {selector: {app: weather}, ports: [{port: 80, targetPort: mcp}, {port: 90, targetPort: 9090, protocol: UDP}, {port: 91, targetPort: 9191}]}
---
apiVersion: v1
kind: Service
metadata: {name: another, namespace: tools}
spec: {selector: {app: another}, ports: [{port: 80}]}
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

  test('tries who gets in on each port, one more of each protocol and its Service, and where it gets out to', () => {
    expect(scene.ways.map(({ from, to, port }) => `${from.title} > ${to.title} ${portText(port)}`)).toEqual([
      'Pod mcp-gateway/envoy-1 > server tools/Pod/weather 8080/TCP',
      'Pod mcp-gateway/envoy-1 > server tools/Pod/weather 9090/UDP',
      'Pod mcp-gateway/envoy-1 > server tools/Pod/weather 8081/TCP',
      'Pod mcp-gateway/envoy-1 > server tools/Pod/weather 8081/UDP',
      'a stranger in tools > server tools/Pod/weather 8080/TCP',
      'a stranger in tools > server tools/Pod/weather 9090/UDP',
      'a stranger in tools > server tools/Pod/weather 8081/TCP',
      'a stranger in tools > server tools/Pod/weather 8081/UDP',
      'a stranger > server tools/Pod/weather 8080/TCP',
      'a stranger > server tools/Pod/weather 9090/UDP',
      'a stranger > server tools/Pod/weather 8081/TCP',
      'a stranger > server tools/Pod/weather 8081/UDP',
      'Pod mcp-gateway/envoy-1 > Service tools/weather 80/TCP',
      'Pod mcp-gateway/envoy-1 > Service tools/weather 90/UDP',
      'a stranger in tools > Service tools/weather 80/TCP',
      'a stranger in tools > Service tools/weather 90/UDP',
      'a stranger > Service tools/weather 80/TCP',
      'a stranger > Service tools/weather 90/UDP',
      'server tools/Pod/weather > Pod mcp-gateway/envoy-1 8080/TCP',
      'server tools/Pod/weather > Pod mcp-gateway/envoy-1 8080/UDP',
      'server tools/Pod/weather > a stranger in tools 8080/TCP',
      'server tools/Pod/weather > a stranger in tools 8080/UDP',
      'server tools/Pod/weather > a stranger 8080/TCP',
      'server tools/Pod/weather > a stranger 8080/UDP',
      'server tools/Pod/weather > cloud metadata 80/TCP',
    ]);
  });
});

describe('Policies of the whole cluster', () => {
  const cluster = (name: string, subject: string): string => `---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: ${name}}
spec: {tier: Admin, priority: 1, subject: ${subject}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
`;
  const WORLD = worldOf(
    parseYaml(`apiVersion: v1
kind: Namespace
metadata: {name: tools, labels: {tenant: blue, cost: x}}
---
apiVersion: v1
kind: Pod
metadata: {name: weather, namespace: tools, labels: {app: weather, zone: inner, role: mcp-server, chokepoint.dev/mcp-server: "true"}}
spec: {containers: [{name: main, image: weather}]}
${cluster('by-zone', '{pods: {namespaceSelector: {matchLabels: {tenant: blue}}, podSelector: {matchLabels: {zone: inner}}}}')}
${cluster('by-name', '{namespaces: {matchLabels: {kubernetes.io/metadata.name: tools}}}')}
${cluster('guardrail', '{pods: {namespaceSelector: {}, podSelector: {matchLabels: {chokepoint.dev/mcp-server: "true"}}}}')}
${cluster('of-others', '{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: nginx}}}}')}`),
  );
  const [server] = podsOf(WORLD);
  const scene = sceneOf(WORLD, server === undefined ? [] : [server]);

  test('select what stands in for a server by the labels that they select it by, but for those of the gate', () => {
    expect(scene.standIns.map(({ title, labels }) => [title, labels])).toEqual([
      ['server tools/Pod/weather', { zone: 'inner' }],
      ['a stranger in tools', {}],
      ['a stranger', {}],
    ]);
    expect(scene.namespaces.map(({ labels }) => labels)).toEqual([{}, { tenant: 'blue' }]);
  });

  test('that select the server alone are told', () => {
    const [standIn] = scene.standIns;
    if (server === undefined || standIn === undefined) throw new Error('no server');
    const staged = stagedWorld(scene, () => []);
    const world = { ...staged, clusterPolicies: WORLD.clusterPolicies };
    const seen = { ...world, namespace: (name: string) => (name === 'tools' ? WORLD : world).namespace(name) };
    const stoodIn = { server, namespace: standIn.namespace, pod: standIn.id };
    expect(policiesBeside(stoodIn, seen)).toEqual([
      'ClusterNetworkPolicy.policy.networking.k8s.io by-name',
      'ClusterNetworkPolicy.policy.networking.k8s.io guardrail',
    ]);
  });

  test('select nothing by labels that make a Pod an MCP server: the gate would judge it', () => {
    const byRole = worldOf(
      parseYaml(`apiVersion: v1
kind: Pod
metadata: {name: weather, namespace: tools, labels: {toolhive: "true"}}
spec: {containers: [{name: main, image: weather}]}
${cluster('by-role', '{pods: {namespaceSelector: {}, podSelector: {matchLabels: {toolhive: "true"}}}}')}`),
    );
    expect(sceneOf(byRole, podsOf(byRole)).standIns[0]?.labels).toEqual({});
  });
});
