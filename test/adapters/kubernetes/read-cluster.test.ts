import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../../src/adapters/kubernetes/client/client.ts';
import { type ReadClusterOptions, readCluster } from '../../../src/adapters/kubernetes/view/read-cluster.ts';
import { SYSTEM_TIME } from '../../../src/adapters/system/time.ts';
import type { ClusterReading } from '../../../src/app/report/cluster-reading.ts';
import { refText } from '../../../src/core/explain.ts';
import { namespaceObject, podObject, policyObject, ROUTES } from '../../support/cluster-view.ts';
import type { FakeApiServer } from '../../support/fake-api-server.ts';
import { SERVED, startFakeCluster } from '../../support/fake-cluster.ts';

let server: FakeApiServer;
let client: Client;
const start = async (served = SERVED): Promise<void> => {
  server = await startFakeCluster(served);
  client = createClient(server.connection, SYSTEM_TIME);
};
const stop = async (): Promise<void> => {
  client.close();
  await server.close();
};
beforeEach(() => start());
afterEach(stop);

const read = (options: Partial<ReadClusterOptions> = {}): Promise<ClusterReading> =>
  readCluster({ client, time: SYSTEM_TIME, gateNamespace: 'chokepoint-system', ...options });
const names = ({ objects }: ClusterReading): readonly string[] => objects.map(({ ref }) => refText(ref));

describe('a cluster is read', () => {
  test('with every judged object, and without Pods that are finished', async () => {
    server.put('namespaces', namespaceObject('shop'));
    server.put('networkpolicies', policyObject('shop', 'closed'));
    server.put('pods', podObject('shop', 'server'));
    server.put('pods', podObject('shop', 'done', 'mcp', 'Succeeded'));
    expect(names(await read())).toEqual([
      'Namespace default',
      'Namespace shop',
      'NetworkPolicy shop/closed',
      'Pod shop/server',
      'Service default/kubernetes',
      'EndpointSlice default/kubernetes',
      'Node node-1',
    ]);
  });

  test('without the EndpointSlices that follow selectors', async () => {
    const slice = (name: string, labels: Readonly<Record<string, string>>) =>
      server.put('endpointslices', { metadata: { namespace: 'shop', name, labels }, endpoints: [] });
    const managedBy = 'endpointslice.kubernetes.io/managed-by';
    slice('followed', { [managedBy]: 'endpointslice-controller.k8s.io' });
    slice('mirrored', { [managedBy]: 'endpointslicemirroring-controller.k8s.io' });
    slice('by-hand', {});
    const slices = names(await read()).filter(name => name.startsWith('EndpointSlice shop/'));
    expect(slices).toEqual(['EndpointSlice shop/mirrored', 'EndpointSlice shop/by-hand']);
  });

  test('by get and list alone', async () => {
    await read();
    expect([...new Set(server.log.map(line => line.split(' ')[0]))].sort()).toEqual(['discover', 'list']);
  });

  test('with what it says of its addresses', async () => {
    const { facts, observed } = await read();
    expect(facts).toEqual({
      serviceCidrs: ['10.96.0.0/12'],
      podCidrs: ['10.244.0.0/24'],
      nodeAddresses: ['192.0.2.10'],
      apiServerAddresses: ['192.0.2.1'],
    });
    expect(observed.map(({ class: name, text, holder }) => `${name} ${text} ${holder}`)).toEqual([
      'services 10.96.0.1 Service default/kubernetes',
      'services 10.96.0.0/12 ServiceCIDR kubernetes',
      'pods 10.244.0.0/24 Node node-1',
      'nodes 192.0.2.10 Node node-1',
      'controlPlane 192.0.2.1 EndpointSlice default/kubernetes',
    ]);
  });

  test("with a Pod of the host's network as a holder of its node's address", async () => {
    const pod = podObject('shop', 'agent');
    server.put('pods', { ...pod, spec: { ...Object(pod.spec), hostNetwork: true }, status: { podIP: '192.0.2.10' } });
    server.put('pods', { ...podObject('shop', 'web'), status: { podIPs: [{ ip: '10.244.0.7' }, { ip: 'fd00::7' }] } });
    const { observed } = await read();
    expect(observed.filter(({ holder }) => holder.startsWith('Pod')).map(one => [one.class, one.text])).toEqual([
      ['nodes', '192.0.2.10'],
      ['pods', '10.244.0.7'],
      ['pods', 'fd00::7'],
    ]);
  });

  test('page by page, telling how far it is', async () => {
    for (let index = 0; index < 1_100; index += 1) server.put('pods', podObject('shop', `pod-${index}`));
    const told: number[] = [];
    const reading = await read({ onProgress: (plural, count) => void (plural === 'pods' && told.push(count)) });
    expect(names(reading).filter(name => name.startsWith('Pod'))).toHaveLength(1_100);
    expect(server.log.filter(line => line.endsWith(' pods'))).toEqual(['list pods', 'continue pods', 'continue pods']);
    expect(told.at(-1)).toBe(1_101);
  });

  test('from the start again where its pages go out of date, with each object once', async () => {
    for (let index = 0; index < 1_100; index += 1) server.put('pods', podObject('shop', `pod-${index}`));
    server.order({ status: 410 }, { verb: 'continue', plural: 'pods' });
    const pods = names(await read()).filter(name => name.startsWith('Pod'));
    expect([pods.length, new Set(pods).size]).toEqual([1_100, 1_100]);
  });

  test('again where the API server asks to come later', async () => {
    server.order({ status: 429, retryAfter: 0 }, { plural: 'networkpolicies' });
    server.order({ status: 503, retryAfter: 0 }, { plural: 'nodes' });
    expect((await read()).refusals).toEqual([]);
  });

  test('for one namespace, with what is of the cluster and what may lead into it', async () => {
    for (const namespace of ['shop', 'dev']) {
      server.put('namespaces', namespaceObject(namespace));
      server.put('pods', podObject(namespace, 'server'));
    }
    const alias = { type: 'ExternalName', externalName: 'server.shop.svc' };
    server.put('services', { metadata: { namespace: 'dev', name: 'alias' }, spec: alias });
    server.put('ingressclasses', { metadata: { name: 'public' }, spec: { controller: 'k8s.io/ingress-nginx' } });
    const reading = await read({ namespace: 'shop' });
    expect(names(reading)).toEqual([
      'Namespace default',
      'Namespace shop',
      'Namespace dev',
      'Pod shop/server',
      'Service dev/alias',
      'EndpointSlice default/kubernetes',
      'IngressClass public',
      'Node node-1',
    ]);
    expect(reading.facts.nodeAddresses).toEqual(['192.0.2.10']);
  });
});

describe('kinds that are not served', () => {
  test('are passed over and told', async () => {
    const { notServed, refusals } = await read();
    expect(notServed).toContain('gateway.networking.k8s.io/HTTPRoute');
    expect(notServed).toContain('cilium.io/CiliumNetworkPolicy');
    expect(notServed).not.toContain('networking.k8s.io/ServiceCIDR');
    expect(refusals).toEqual([]);
  });

  test('are read where they are', async () => {
    server.install(ROUTES);
    server.put('httproutes', { metadata: { namespace: 'shop', name: 'orders' }, spec: {} });
    const reading = await read();
    expect(reading.notServed).not.toContain('gateway.networking.k8s.io/HTTPRoute');
    expect(names(reading)).toContain('HTTPRoute shop/orders');
  });
});

describe('what the API server does not give', () => {
  test.each([
    ['networkpolicies', 'list', 'networkpolicies.networking.k8s.io', undefined],
    ['pods', 'list', 'pods', undefined],
    ['servicecidrs', 'list', 'servicecidrs.networking.k8s.io', ['services']],
    ['nodes', 'list', 'nodes', ['pods', 'nodes']],
    ['endpointslices', 'list', 'endpointslices.discovery.k8s.io', undefined],
  ])('%s: is a refusal that names the verb and the resource', async (plural, verb, resource, tells) => {
    server.order({ status: 403 }, { plural });
    const { refusals } = await read();
    expect(refusals.map(refusal => [refusal.verb, refusal.resource, refusal.status, refusal.tells])).toEqual([
      [verb, resource, 403, tells],
    ]);
  });

  test('the EndpointSlice of API servers: is a refusal of its own', async () => {
    server.order({ status: 403 }, { plural: 'endpointslices', times: 2 });
    const { refusals } = await read();
    expect(refusals.map(({ verb, tells }) => [verb, tells])).toEqual([
      ['list', undefined],
      ['get', ['controlPlane']],
    ]);
  });

  test("a group of somebody else's API server that is down is a refusal, and the others are read", async () => {
    server.install(ROUTES);
    const reading = readCluster({
      client: {
        ...client,
        request: request =>
          request.path[1] === ROUTES.group
            ? Promise.resolve({ status: 503, retryAfterMs: undefined, body: undefined })
            : client.request(request),
      },
      gateNamespace: 'chokepoint-system',
      time: SYSTEM_TIME,
    });
    const { refusals, objects } = await reading;
    expect(refusals.map(({ resource }) => resource)).toContain('HTTPRoute.gateway.networking.k8s.io');
    expect(objects.length).toBe(4);
  });

  test('an EndpointSlice of API servers that is not there says nothing', async () => {
    server.remove('endpointslices', 'kubernetes', 'default');
    const { facts, refusals } = await read();
    expect([facts.apiServerAddresses, refusals]).toEqual([[], []]);
  });

  test.each([
    ['the user is not known', { status: 401 }, 'no-credentials'],
    ['the connection breaks', 'drop', 'unreachable-cluster'],
    ['the answer is no list', 'garbage', 'unexpected-answer'],
  ] as const)('where %s, nothing is read at all', async (_, fault, code) => {
    server.order(fault, { plural: 'pods', times: 10 });
    await expect(read()).rejects.toMatchObject({ name: 'GateError', code });
  });
});
