import { describe, expect, test } from 'vitest';
import type { ApiAnswer, ApiRequest } from '../../../src/adapters/kubernetes/client/client.ts';
import { compact } from '../../../src/adapters/kubernetes/view/compact.ts';
import { readInstalledConfiguration } from '../../../src/adapters/kubernetes/view/installed-configuration.ts';
import { createInterner } from '../../../src/adapters/kubernetes/view/interning.ts';
import {
  readClusterIPs,
  readEndpointAddresses,
  readNode,
} from '../../../src/adapters/kubernetes/view/network-facts.ts';
import { readNodeNetworks } from '../../../src/adapters/kubernetes/view/node-networks.ts';
import { createLeaseClient, leaseBody } from '../../../src/adapters/kubernetes/writes/lease-client.ts';
import { annotateNamespace, writeMode } from '../../../src/adapters/kubernetes/writes/rollout-request.ts';
import { createRolloutStore, readStoredRollout } from '../../../src/adapters/kubernetes/writes/rollout-store.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { NetworkPolicy, Workload } from '../../../src/core/kube/types.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { createRandom } from '../../support/random.ts';
import { randomCilium } from '../../support/random-cilium.ts';
import { randomTierWorld } from '../../support/random-tiers.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';
import { decoded, workload } from '../../support/workload.ts';

const time = createFakeTime();
const never = new AbortController().signal;
/** A client that answers so, and what it was asked. */
const answering = (...answers: readonly ApiAnswer[]) => {
  const left = [...answers];
  return scriptedClient(() => left.shift() ?? answerOf(undefined, 500));
};
const sent = ({ method, path, query, body, contentType }: ApiRequest): object => ({
  method,
  path: path.join('/'),
  query,
  body,
  contentType,
});

describe('The mode of a namespace is written', () => {
  const raised = { uid: 'u', label: 'audit', to: 'enforce' } as const;

  test('over the label that was seen, by whoever asks', async () => {
    const client = answering(answerOf({}));
    await writeMode(client, 'shop', raised);
    expect(client.requests.map(sent)).toEqual([
      {
        method: 'PATCH',
        path: 'api/v1/namespaces/shop',
        query: { fieldManager: 'chokepoint-cli' },
        contentType: 'application/json-patch+json',
        body: [
          { op: 'test', path: '/metadata/uid', value: 'u' },
          { op: 'test', path: '/metadata/labels/chokepoint.dev~1mode', value: 'audit' },
          { op: 'add', path: '/metadata/labels/chokepoint.dev~1mode', value: 'enforce' },
        ],
      },
    ]);
  });

  test('where there was none, over none', async () => {
    const client = answering(answerOf({}));
    await writeMode(client, 'shop', { ...raised, label: undefined });
    expect(client.requests[0]?.body).toMatchObject([{}, { value: null }, {}]);
  });

  test('and so is an annotation', async () => {
    const client = answering(answerOf({}));
    await annotateNamespace(client, 'shop', 'k', 'v');
    expect(client.requests[0]).toMatchObject({
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { k: 'v' } } },
    });
  });

  test.each<[what: string, answer: ApiAnswer, message: string]>([
    [
      'it has changed meanwhile',
      answerOf({ message: 'test failed' }, 422),
      'its mode has changed meanwhile: look again',
    ],
    ['it is not allowed', answerOf({ message: 'no right' }, 403), 'no right'],
    ['the server says nothing', answerOf(undefined, 500), 'status 500'],
    ['the server says something else', answerOf('x', 404), 'status 404'],
  ])('not where %s', async (_, answer, message) => {
    await expect(writeMode(answering(answer), 'shop', raised)).rejects.toThrow(
      `the Namespace shop is not changed: ${message}`,
    );
  });
});

describe('The configuration of the installed gate', () => {
  const read = (answer: ApiAnswer): Promise<string | undefined> =>
    readInstalledConfiguration(answering(answer), time, 'gate');
  test('is the file of its ConfigMap', async () => {
    const client = answering(answerOf({ data: { 'chokepoint.yaml': 'spec: {}' } }));
    expect(await readInstalledConfiguration(client, time, 'gate')).toBe('spec: {}');
    expect(client.requests.map(sent)).toMatchObject([
      { method: 'GET', path: 'api/v1/namespaces/gate/configmaps/chokepoint' },
    ]);
  });

  test('is none where it is not there', async () => {
    expect(await read(answerOf(undefined, 404))).toBeUndefined();
  });

  test.each<[what: string, answer: ApiAnswer, why: string]>([
    ['may not be read', answerOf({ data: { 'chokepoint.yaml': 'x' } }, 403), 'cannot be read (403)'],
    ['has another file', answerOf({ data: { other: 'x' } }), 'has no chokepoint.yaml'],
    ['has no files', answerOf({}), 'has no chokepoint.yaml'],
    ['is no ConfigMap', answerOf('x'), 'has no chokepoint.yaml'],
    ['has a file that is no text', answerOf({ data: { 'chokepoint.yaml': 7 } }), 'has no chokepoint.yaml'],
  ])('is an error where it %s', async (_, answer, why) => {
    await expect(read(answer)).rejects.toThrow(`the ConfigMap gate/chokepoint ${why}: name your own by --config`);
  });
});

describe('The state of a rollout', () => {
  const stored = (text: unknown, resourceVersion: unknown = '7'): ApiAnswer =>
    answerOf({ metadata: { resourceVersion }, data: { 'rollout.json': text } });

  // biome-ignore format: one line a case
  test.each<[what: string, answer: ApiAnswer, version: string]>([
    ['is read as nothing where it is spoilt', stored('{'), '7'],
    ['is read as nothing where it is no text', stored(7), '7'],
    ['is read as nothing where there is no file', answerOf({ metadata: { resourceVersion: '9' } }), '9'],
    ['is read as nothing of no version', answerOf('x'), ''],
  ])('%s', async (_, answer, version) => {
    expect(await readStoredRollout(answering(answer), time, 'gate')).toEqual({ state: new Map(), version });
  });

  test('is none where it is not there, and an error to whoever must write it', async () => {
    expect(await readStoredRollout(answering(answerOf(undefined, 404)), time, 'gate')).toBeUndefined();
    const store = createRolloutStore(answering(answerOf(undefined, 404)), time, 'gate');
    await expect(store.read(never)).rejects.toThrow(
      'the ConfigMap gate/chokepoint-rollout cannot be read: it is not there: the rollout is not installed',
    );
  });

  test.each<[answer: ApiAnswer, why: string]>([
    [answerOf({ message: 'no right' }, 403), 'no right'],
    [answerOf({}, 500), 'the API server answers 500'],
    [answerOf(undefined, 500), 'the API server answers 500'],
  ])('that cannot be read is an error with its reason', async (answer, why) => {
    await expect(readStoredRollout(answering(answer), time, 'gate')).rejects.toThrow(
      `the ConfigMap gate/chokepoint-rollout cannot be read: ${why}`,
    );
  });

  test('is written over the version that was read', async () => {
    const client = answering(answerOf({ metadata: { resourceVersion: '8' } }));
    expect(await createRolloutStore(client, time, 'gate').write({ state: new Map(), version: '7' }, never)).toBe('8');
    expect(client.requests.map(sent)).toMatchObject([
      {
        method: 'PATCH',
        path: 'api/v1/namespaces/gate/configmaps/chokepoint-rollout',
        contentType: 'application/merge-patch+json',
        body: { metadata: { resourceVersion: '7' } },
      },
    ]);
  });

  test.each<[answer: ApiAnswer, why: RegExp]>([
    [answerOf({ message: 'another version' }, 409), /cannot be written: .*another version/],
    [answerOf(undefined, 404), /cannot be written: it is not there/],
    [answerOf({ message: 'no right' }, 403), /cannot be written: .*no right/],
  ])('that cannot be written is an error with its reason: %j', async (answer, why) => {
    await expect(
      createRolloutStore(answering(answer), time, 'gate').write({ state: new Map(), version: '7' }, never),
    ).rejects.toThrow(why);
  });
});

describe('A Lease', () => {
  const SPEC = { holderIdentity: 'a', leaseDurationSeconds: 15, acquireTime: 'x', renewTime: 'y', leaseTransitions: 1 };
  test('is written without the times that it has not', () => {
    expect(leaseBody('n', 'l', { ...SPEC, acquireTime: '', renewTime: '' }, '7')).toMatchObject({
      metadata: { resourceVersion: '7' },
      spec: { acquireTime: null, renewTime: null },
    });
    const written = leaseBody('n', 'l', SPEC);
    expect([written.metadata, written.spec]).toEqual([{ name: 'l', namespace: 'n' }, SPEC]);
    expect(leaseBody('n', 'l', { ...SPEC, acquireTime: '' }).spec).toMatchObject({ acquireTime: null, renewTime: 'y' });
  });

  test.each<[what: string, answer: ApiAnswer, spec: object]>([
    ['with what it says', answerOf({ metadata: { resourceVersion: '7' }, spec: SPEC }), SPEC],
    [
      'with nothing where it says nothing',
      answerOf({ metadata: { resourceVersion: '7' } }),
      { holderIdentity: '', leaseDurationSeconds: 0, acquireTime: '', renewTime: '', leaseTransitions: 0 },
    ],
    [
      'with nothing where it says null',
      answerOf({
        metadata: { resourceVersion: '7' },
        spec: { ...SPEC, holderIdentity: null, renewTime: null, leaseTransitions: null },
      }),
      { ...SPEC, holderIdentity: '', renewTime: '', leaseTransitions: 0 },
    ],
  ])('is read %s', async (_, answer, spec) => {
    expect(await createLeaseClient(answering(answer), 'n', 'l').read(1000)).toEqual({ spec, resourceVersion: '7' });
  });

  test.each<[answer: ApiAnswer]>([
    [answerOf({})],
    [answerOf('x')],
    [answerOf(null)],
    [answerOf({ metadata: { resourceVersion: 7 } })],
  ])('is none where the answer is %j', async answer => {
    await expect(createLeaseClient(answering(answer), 'n', 'l').read(1000)).rejects.toThrow('the answer is no Lease');
  });
});

describe('Of the network is read', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, raw: Fields, podCidrs: readonly string[], addresses: readonly string[]]>([
    ['a Node', { spec: { podCIDRs: ['10.0.0.0/24', 'fd00::/64'] }, status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }, { type: 'ExternalIP', address: '198.51.100.1' }, { type: 'InternalIP', address: 'fd01::1' }] } }, ['10.0.0.0/24', 'fd00::/64'], ['192.0.2.1', 'fd01::1']],
    ['a Node that says nothing', {}, [], []],
    ['a Node whose fields are something else', { spec: { podCIDRs: ['10.0.0.0/24', 7] }, status: { addresses: ['x', null, { type: 'InternalIP', address: 7 }, { type: 'InternalIP' }] } }, ['10.0.0.0/24'], []],
    ['a Node whose lists are none', { spec: { podCIDRs: 'x' }, status: 'y' }, [], []],
  ])('%s', (_, raw, podCidrs, addresses) => {
    expect(readNode(raw)).toEqual({ podCidrs, addresses });
  });

  test('the addresses of endpoints and of Services', () => {
    expect(
      readEndpointAddresses({ endpoints: [{ addresses: ['a', 7] }, {}, null, { addresses: ['b', 'c'] }] }),
    ).toEqual(['a', 'b', 'c']);
    expect(readEndpointAddresses({})).toEqual([]);
    expect(readClusterIPs({ spec: { clusterIPs: ['10.96.0.1', 'None', 7] } })).toEqual(['10.96.0.1']);
    expect(readClusterIPs({ spec: {} })).toEqual([]);
  });

  test('all Nodes and API servers, sorted', async () => {
    const node = (cidr: string, address: string): Fields => ({
      spec: { podCIDRs: [cidr] },
      status: { addresses: [{ type: 'InternalIP', address }] },
    });
    const nodes = answerOf({
      metadata: { resourceVersion: '1' },
      items: [node('10.1.0.0/24', '192.0.2.2'), node('10.0.0.0/24', '192.0.2.1')],
    });
    const told = { podCidrs: ['10.0.0.0/24', '10.1.0.0/24'], nodeAddresses: ['192.0.2.1', '192.0.2.2'] };
    expect(
      await readNodeNetworks(
        answering(nodes, answerOf({ endpoints: [{ addresses: ['172.16.0.3', '172.16.0.2'] }] })),
        never,
      ),
    ).toEqual({ ...told, apiServerAddresses: ['172.16.0.2', '172.16.0.3'] });
    expect(await readNodeNetworks(answering(nodes, answerOf(undefined, 404)), never)).toEqual({
      ...told,
      apiServerAddresses: [],
    });
    expect(await readNodeNetworks(answering(nodes, answerOf(undefined)), never)).toEqual({
      ...told,
      apiServerAddresses: [],
    });
    await expect(readNodeNetworks(answering(nodes, answerOf(undefined, 403)), never)).rejects.toThrow(
      'the EndpointSlice of the API servers cannot be read: 403',
    );
    await expect(readNodeNetworks(answering(answerOf(undefined, 403)), never)).rejects.toThrow(
      'nodes cannot be listed: 403',
    );
  });
});

describe('An object in few bytes', () => {
  const LAST = 'kubectl.kubernetes.io/last-applied-configuration';
  const policy = (name: string, spec: Fields): Fields => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'shop', annotations: { [LAST]: 'long', note: 'x' } },
    spec,
  });
  const SPEC = {
    podSelector: { matchLabels: { app: 'a' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: {} }] }],
    egress: [{}],
  };

  test('is the same object, but for the copy that kubectl keeps in it', () => {
    const raw = policy('p', SPEC);
    const object = decoded(raw);
    const annotations = new Map([['note', 'x']]);
    expect(compact(object, raw, createInterner())).toEqual({ ...object, meta: { ...object.meta, annotations } });
    const subject = workload({
      called: 'a',
      namespace: 'shop',
      labels: { app: 'a' },
      podAnnotations: { [LAST]: 'long' },
      env: ['A'],
      ports: ['80'],
    });
    expect(compact(subject, {}, createInterner())).toEqual({ ...subject, podAnnotations: new Map() });
    const service = decoded({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'shop' },
      spec: {},
    });
    expect(compact(service, {}, createInterner())).toEqual(service);
  });

  test.each(['Cilium', 'tiers'])('is what it was, whatever other policies it shares with: %s', api => {
    const interner = createInterner();
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = createRandom(seed);
      const { objects } = api === 'Cilium' ? randomCilium(random, 0) : randomTierWorld(random, 0);
      for (const raw of objects as readonly Fields[]) {
        const result = createDecoder()(raw);
        if (result.kind === 'object') expect(compact(result.object, raw, interner)).toEqual(result.object);
      }
    }
  });

  test('shares with others what both have', () => {
    const interner = createInterner();
    const [first, second] = ['p', 'q'].map(name => {
      const raw = policy(name, SPEC);
      return compact(decoded(raw), raw, interner) as NetworkPolicy;
    });
    expect(first?.podSelector).toBe(second?.podSelector);
    expect(
      first?.ingress.isolates && second?.ingress.isolates && first.ingress.rules[0] === second.ingress.rules[0],
    ).toBe(true);
    expect(first?.meta.annotations).toBe(second?.meta.annotations);
    const [a, b] = ['a', 'b'].map(
      called =>
        compact(workload({ called, namespace: 'shop', labels: { app: 'x' }, ports: ['80'] }), {}, interner) as Workload,
    );
    expect([a?.containers === b?.containers, a?.podLabels === b?.podLabels, a?.meta.owners === b?.meta.owners]).toEqual(
      [true, true, true],
    );
  });

  test('shares nothing with one that says something else at the same place', () => {
    const interner = createInterner();
    const made = (spec: Fields): NetworkPolicy =>
      compact(decoded(policy('p', spec)), policy('p', spec), interner) as NetworkPolicy;
    const one = made(SPEC);
    const other = made({
      ...SPEC,
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'b' } } }] }],
      podSelector: {},
    });
    expect(other).toEqual({
      ...(decoded(
        policy('p', {
          ...SPEC,
          ingress: [{ from: [{ podSelector: { matchLabels: { app: 'b' } } }] }],
          podSelector: {},
        }),
      ) as NetworkPolicy),
      meta: other.meta,
    });
    expect(one.podSelector).not.toEqual(other.podSelector);
  });

  test('is left as it is where its rules are not isolated', () => {
    const raw = policy('p', { podSelector: {}, policyTypes: ['Ingress'] });
    const made = compact(decoded(raw), raw, createInterner()) as NetworkPolicy;
    expect([made.ingress.isolates, made.egress.isolates]).toEqual([true, false]);
  });
});
