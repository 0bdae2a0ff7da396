import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, expectOk, type Request } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { startTee, type Tee } from '../control-plane/tee.ts';
import { CLUSTER_NETWORK_POLICY, TIER } from './bypasses/other-policies.ts';
import { registerGate } from './gate.ts';
import { collectionOf, type ServedKind, serveKinds } from './served-kinds.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';
import { JUDGED, type Kind, UNJUDGED, WRITTEN_POLICIES, WRITTEN_ROUTES } from './written-kinds.ts';

/** Which requests the shipped webhook configurations send to the gate, and which they do not: on the real API server, with a webhook that allows everything. */

const MODE = 'chokepoint.dev/mode';

let cluster: Connection;
let tee: Tee;
let unregister: () => Promise<void>;
/** Whose requests are counted: the cluster's own controllers make requests of their own. */
const ours = new Set(['test-admin']);

/** Names of the webhooks that a request reached, sorted, without their common end. One that met another write is sent again, and counted once. */
async function reached(send: () => Promise<Answer>): Promise<readonly string[]> {
  tee.forget();
  expectOk(await send());
  const calls = tee.calls.filter(({ review }) => ours.has(review.request.userInfo.username));
  return [...new Set(calls.map(({ path }) => path.slice(1).replace('.chokepoint.dev', '')))].toSorted();
}

beforeAll(async () => {
  cluster = sharedCluster();
  await serveKinds(cluster, [...WRITTEN_ROUTES, ...WRITTEN_POLICIES, CLUSTER_NETWORK_POLICY, TIER]);
  const { authority, host } = cluster.address;
  tee = await startTee(authority, { address: host });
  const caBundle = authority.cert;
  unregister = await registerGate(cluster, (_path, name) => ({ url: tee.url(`/${name}`), caBundle }));
});
afterAll(async () => {
  await unregister?.();
  await tee?.close();
  cluster?.close();
});

interface Writes {
  readonly create: readonly string[];
  readonly dryRun: readonly string[];
  readonly read: readonly string[];
  readonly update: readonly string[];
  readonly subresources: readonly string[];
  readonly delete: readonly string[];
  readonly deleteCollection: readonly string[];
}

/** Everything that is done with an object, and what each reached. */
async function writes(namespace: string, kind: Kind): Promise<Writes> {
  const { request } = cluster;
  const collection = `/${kind.group}/namespaces/${namespace}/${kind.resource}`;
  const object = JSON.parse(JSON.stringify(kind.object).replaceAll('NAMESPACE', namespace));
  const path = `${collection}/one`;
  const relabelled = { metadata: { labels: { touched: 'yes' } } };
  const end = { gracePeriodSeconds: 0, propagationPolicy: 'Background' };
  const dryRun = await reached(() => request('POST', `${collection}?dryRun=All`, object));
  const create = await reached(() => request('POST', collection, object));
  const read = [...(await reached(() => request('GET', path))), ...(await reached(() => request('GET', collection)))];
  const update = await reached(() => request('PATCH', path, relabelled));
  const subresources: string[] = [];
  for (const [name, patch] of Object.entries(kind.unjudged ?? {}))
    subresources.push(...(await reached(() => request('PATCH', `${path}/${name}`, patch))));
  const deleted = await reached(() => request('DELETE', path, end));
  expectOk(await request('POST', collection, object), 'created again');
  const deleteCollection = await reached(() => request('DELETE', `${collection}?labelSelector=touched%21%3Dyes`, end));
  return { create, dryRun, read, update, subresources, delete: deleted, deleteCollection };
}

/** The webhooks that judge in a namespace, and those that prepare. */
interface Reach {
  readonly judges: readonly string[];
  readonly prepares: readonly string[];
}

const NOBODY: Reach = { judges: [], prepares: [] };

/** What the webhooks are to see of a kind. */
function expected({ isDeletionJudged, prepared = [] }: Kind, { judges, prepares }: Reach): Writes {
  const on = (verb: 'create' | 'update'): readonly string[] => [
    ...judges,
    ...(prepared.includes(verb) ? prepares : []),
  ];
  const create = on('create');
  const deletion = isDeletionJudged ? judges : [];
  return {
    create,
    dryRun: create,
    read: [],
    update: on('update'),
    subresources: [],
    delete: deletion,
    deleteCollection: deletion,
  };
}

const PREPARES = ['prepare'];
const MODES: readonly ({ readonly mode: string | undefined } & Reach)[] = [
  { mode: 'enforce', judges: ['enforce'], prepares: PREPARES },
  // A selector cannot say "none of these, or absent" and so leave such a namespace to the one that fails closed alone.
  { mode: 'nonsense', judges: ['enforce', 'observe'], prepares: PREPARES },
  { mode: 'warn', judges: ['observe'], prepares: PREPARES },
  { mode: 'audit', judges: ['observe'], prepares: PREPARES },
  { mode: undefined, judges: ['observe'], prepares: PREPARES },
  { mode: 'off', ...NOBODY },
];

describe.each(MODES)('in a namespace whose mode is $mode', ({ mode, judges, prepares }) => {
  let namespace: string;
  const at = (path: string): string => `/api/v1/namespaces/${namespace}/${path}`;
  beforeAll(async () => {
    namespace = await newNamespace(cluster, 'rules', mode === undefined ? {} : { [MODE]: mode });
  });

  test.each(JUDGED)('$resource that are created or updated are judged', async kind => {
    expect(await writes(namespace, kind)).toEqual(expected(kind, { judges, prepares }));
  });

  test.each(UNJUDGED)('$resource are not looked at', async kind => {
    expect(await writes(namespace, kind)).toEqual(expected(kind, NOBODY));
  });

  describe('of a Pod', () => {
    beforeEach(async () => {
      const name = 'subject';
      await cluster.request('DELETE', at(`pods/${name}`), { gracePeriodSeconds: 0 });
      expectOk(await cluster.request('POST', at('pods'), pod(name, { app: 'subject' })));
    });
    const binding = (labels: object) => ({
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'subject', ...labels },
      target: { kind: 'Node', name: 'nowhere' },
    });
    const status = (more: object) => () =>
      cluster.request('PATCH', at('pods/subject/status'), { ...more, status: { message: 'hello' } });
    const debug = { spec: { ephemeralContainers: [{ name: 'debug', image: 'registry.test/debug:1' }] } };

    test.each<readonly [what: string, send: () => Promise<Answer>, isJudged: boolean]>([
      ['a status with other labels', status({ metadata: { labels: { app: 'other' } } }), true],
      ['a status with the same labels', status({}), false],
      [
        'a binding with labels',
        () => cluster.request('POST', at('pods/subject/binding'), binding({ labels: { a: 'b' } })),
        true,
      ],
      ['a binding without labels', () => cluster.request('POST', at('pods/subject/binding'), binding({})), false],
      [
        'a binding of the older form with labels',
        () => cluster.request('POST', at('bindings'), binding({ labels: { a: 'b' } })),
        true,
      ],
      ['a binding of the older form without labels', () => cluster.request('POST', at('bindings'), binding({})), false],
      [
        'an ephemeral container',
        () =>
          cluster.request('PATCH', at('pods/subject/ephemeralcontainers'), debug, {
            contentType: 'application/strategic-merge-patch+json',
          }),
        true,
      ],
      [
        'an eviction',
        () =>
          cluster.request('POST', at('pods/subject/eviction'), {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name: 'subject' },
          }),
        false,
      ],
    ])('%s', async (_what, send, isJudged) => {
      expect(await reached(send)).toEqual(isJudged ? judges : []);
    });
  });

  test.each([
    ['namespace-controller', false],
    ['generic-garbage-collector', true],
  ] as const)('what the %s deletes is looked at: %s', async (name, isJudged) => {
    const collector = await allPowerful(`system:serviceaccount:kube-system:${name}`);
    const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    expectOk(await cluster.request('POST', policies, policy('collected', CLOSED)));
    expect(await reached(() => collector('DELETE', `${policies}/collected`))).toEqual(isJudged ? judges : []);
  });

  test('a policy that our controller writes is not looked at, but what it deletes is, and what another account of that name writes', async () => {
    const controller = await allPowerful('system:serviceaccount:chokepoint-system:chokepoint-controller');
    const namesake = await allPowerful('system:serviceaccount:default:chokepoint-controller');
    const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    const relabel = { metadata: { labels: { touched: 'yes' } } };
    expect(await reached(() => controller('POST', policies, policy('written', CLOSED)))).toEqual([]);
    expect(await reached(() => controller('PATCH', `${policies}/written`, relabel))).toEqual([]);
    expect(await reached(() => controller('DELETE', `${policies}/written`))).toEqual(judges);
    expect(await reached(() => namesake('POST', policies, policy('another', CLOSED)))).toEqual(
      [...judges, ...prepares].toSorted(),
    );
    expect(await reached(() => cluster.request('DELETE', `${policies}/another`))).toEqual(judges);
  });
});

const named = ({ group, version, kind }: ServedKind): object => ({ apiVersion: `${group}/${version}`, kind });

/** Somebody by this name, with every right. */
async function allPowerful(name: string): Promise<Request> {
  const user = await cluster.user(name, { groups: ['system:masters'] });
  ours.add(name);
  return user.request;
}

describe('of a Namespace', () => {
  const NAMESPACES = '/api/v1/namespaces';
  const relabel = { metadata: { labels: { touched: 'yes' } } };
  const annotate = { metadata: { annotations: { touched: 'yes' } } };
  const labelled = (mode: string | undefined): Readonly<Record<string, string>> =>
    mode === undefined ? {} : { [MODE]: mode };
  const BOTH = ['enforce-namespaces', 'observe-namespaces'];

  test.each(['enforce', 'audit', 'off', undefined])('the creation in mode %s is observed', async mode => {
    const name = `made-${mode}-${Math.random().toString(36).slice(2)}`;
    const object = { metadata: { name, labels: labelled(mode) } };
    expect(await reached(() => cluster.request('POST', NAMESPACES, object))).toEqual(['observe-namespaces']);
    expect(await reached(() => cluster.request('DELETE', `${NAMESPACES}/${name}`))).toEqual([]);
  });

  test.each([
    ['enforce', BOTH],
    ['nonsense', BOTH],
    ['warn', ['observe-namespaces']],
    ['audit', ['observe-namespaces']],
    ['off', ['observe-namespaces']],
    [undefined, ['observe-namespaces']],
  ] as const)('other labels in mode %s reach %j, also by its status; other annotations do not', async (mode, names) => {
    const path = `${NAMESPACES}/${await newNamespace(cluster, 'labels', labelled(mode))}`;
    expect(await reached(() => cluster.request('PATCH', path, annotate))).toEqual([]);
    expect(await reached(() => cluster.request('PATCH', `${path}/status`, annotate))).toEqual([]);
    expect(await reached(() => cluster.request('PATCH', path, relabel))).toEqual(names);
    const again = { metadata: { labels: { touched: 'again' } } };
    expect(await reached(() => cluster.request('PATCH', `${path}/status`, again))).toEqual(names);
    const { body } = await cluster.request('GET', path);
    const finalized = {
      ...body,
      metadata: { ...body.metadata, labels: { ...body.metadata.labels, touched: 'third' } },
    };
    expect(await reached(() => cluster.request('PUT', `${path}/finalize`, finalized))).toEqual(names);
  });

  test('that takes the mode away by an update, the webhook that fails closed is asked', async () => {
    const path = `${NAMESPACES}/${await newNamespace(cluster, 'lowered', { [MODE]: 'enforce' })}`;
    const lowered = { metadata: { labels: { [MODE]: null } } };
    expect(await reached(() => cluster.request('PATCH', path, lowered))).toEqual(BOTH);
  });
});

describe.each(['kube-system', 'kube-public', 'kube-node-lease'])('in %s', namespace => {
  test('nothing is looked at, not the namespace either', async () => {
    for (const kind of JUDGED.filter(({ resource }) => resource !== 'pods'))
      expect(await writes(namespace, kind)).toEqual(expected(kind, NOBODY));
    const touched = { metadata: { labels: { touched: 'yes' } } };
    expect(await reached(() => cluster.request('PATCH', `/api/v1/namespaces/${namespace}`, touched))).toEqual([]);
  });
});

describe('of the whole cluster', () => {
  const OF_CLUSTER = ['cluster-policies'];

  test.each([CLUSTER_NETWORK_POLICY, TIER])(
    '$kind that are created, updated or deleted are judged by a webhook of their own',
    async kind => {
      const collection = collectionOf(kind);
      const relabel = { metadata: { labels: { touched: 'yes' } } };
      const { request } = cluster;
      expect(await reached(() => request('POST', collection, { ...named(kind), metadata: { name: 'one' } }))).toEqual(
        OF_CLUSTER,
      );
      expect(await reached(() => request('PATCH', `${collection}/one`, relabel))).toEqual(OF_CLUSTER);
      expect(await reached(() => request('DELETE', `${collection}/one`))).toEqual(OF_CLUSTER);
    },
  );

  test('the tiers that Calico makes by itself are looked at only once they are there', async () => {
    const collection = collectionOf(TIER);
    const { request } = cluster;
    expect(await reached(() => request('POST', collection, { ...named(TIER), metadata: { name: 'default' } }))).toEqual(
      [],
    );
    expect(await reached(() => request('DELETE', `${collection}/default`))).toEqual(OF_CLUSTER);
  });
});

test.each([
  ['nodes', '/api/v1/nodes', { metadata: { name: 'rules-node' } }],
  ['clusterroles', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name: 'rules-role' } }],
  ['priorityclasses', '/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'rules-class' }, value: 1 }],
] as const)('%s are not looked at', async (_resource, path, object) => {
  expect(await reached(() => cluster.request('POST', path, object))).toEqual([]);
  expect(await reached(() => cluster.request('DELETE', `${path}/${object.metadata.name}`))).toEqual([]);
});
