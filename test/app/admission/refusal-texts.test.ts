import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { expectGolden } from '../../support/golden.ts';
import { closingPolicy, gate, namespace, openingPolicy, review, testPolicy, worldOf } from '../../support/reviews.ts';

/** What kubectl prints of an answer, word for word: the first line here, the whole of some in test/golden/admission. */

const MINUTE = 60_000;
const GATE = { name: 'chokepoint.dev/network-policy' };
const HASH = { 'pod-template-hash': '7fdbf59569' };

interface Parts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Fields;
  readonly metadata?: Fields;
}

const server = (name: string): Readonly<Record<string, string>> => ({ app: name, 'chokepoint.dev/mcp-server': 'true' });
const podSpec = {
  containers: [{ name: 'main', image: 'registry.test/a:1', ports: [{ name: 'mcp', containerPort: 8080 }] }],
};
const meta = (name: string, more: Fields = {}): Fields => ({ name, namespace: 'prod', ...more });
const ownedBy = (kind: string, name: string): Fields => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-of-${name}`, controller: true }],
});

function deployment(name: string, { labels = server(name), spec = {} }: Parts = {}): Fields {
  const template = { metadata: { labels }, spec: { ...podSpec, ...spec } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(name), spec: { template } };
}

function pod(name: string, { labels = server(name), spec = {}, metadata = {} }: Parts = {}): Fields {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(name, { labels, ...metadata }),
    spec: { ...podSpec, ...spec },
  };
}

/** A Deployment, its ReplicaSet and a Pod of it that runs. */
function running(name: string): readonly Fields[] {
  const [labels, set] = [{ ...server(name), ...HASH }, `${name}-7fdbf59569`];
  const replicaSet = { ...deployment(set, { labels }), kind: 'ReplicaSet' };
  return [
    deployment(name),
    { ...replicaSet, metadata: meta(set, ownedBy('Deployment', name)) },
    pod(`${set}-sfk2c`, { labels, spec: { nodeName: 'node-1' }, metadata: ownedBy('ReplicaSet', set) }),
  ];
}

/** The recorded policies, for the servers of these names. */
const forServers = (policy: Fields, name: string, ...servers: readonly string[]): Fields => ({
  ...policy,
  metadata: meta(name),
  spec: {
    ...(policy.spec as Fields),
    podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: servers }] },
  },
});
const closed = (...servers: readonly string[]): Fields => forServers(closingPolicy(), 'closed', ...servers);
const opened = (...servers: readonly string[]): Fields => forServers(openingPolicy(), 'debug', ...servers);
const service = (name: string, type: string): Fields => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { type, selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
});

interface Case {
  readonly world: readonly Fields[];
  readonly before?: Fields;
  readonly after?: Fields;
  readonly mode?: 'warn' | 'enforce';
  readonly absentPolicy?: 'reject' | 'hold' | 'create';
  readonly dryRun?: boolean;
}

const GROUPS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networking.k8s.io',
  Deployment: 'apps',
  Ingress: 'networking.k8s.io',
};

async function answer({ world, before, after, mode = 'enforce', absentPolicy = 'reject', dryRun = false }: Case) {
  const changed = after ?? before ?? {};
  const { validate } = gate(testPolicy({ mode, absentPolicy }), worldOf(namespace(), ...world));
  const [kind, { name }] = [String(changed.kind), changed.metadata as { readonly name: string }];
  const request = {
    kind: { group: GROUPS[kind] ?? '', version: 'v1', kind },
    operation: after === undefined ? 'DELETE' : before === undefined ? 'CREATE' : 'UPDATE',
    name,
    object: after ?? null,
    oldObject: before ?? null,
    dryRun,
  };
  return validate(review('networkpolicy-delete', request), MINUTE);
}

const relabelled = deployment('a', { labels: server('b') });

describe('the sentence that a refusal begins with speaks of what is refused', () => {
  test.each<readonly [first: string, asked: Case]>([
    ['Deployment prod/a must stay behind its gateway.', { world: [], after: deployment('a') }],
    [
      'NetworkPolicy prod/closed must not be deleted: it closes Deployment prod/a.',
      { world: [...running('a'), closed('a')], before: closed('a') },
    ],
    [
      'NetworkPolicy prod/closed must not be deleted: it closes Deployment prod/a and 1 more.',
      { world: [...running('a'), ...running('b'), closed('a', 'b')], before: closed('a', 'b') },
    ],
    [
      'NetworkPolicy prod/closed must not open Deployment prod/a.',
      { world: [...running('a'), closed('a')], before: closed('a'), after: closed('c') },
    ],
    [
      'NetworkPolicy prod/debug must not open Deployment prod/a.',
      { world: [...running('a'), closed('a')], after: opened('a') },
    ],
    [
      'NetworkPolicy prod/closed must not be given an owner that may go before Deployment prod/a.',
      {
        world: [...running('a'), closed('a')],
        before: closed('a'),
        after: { ...closed('a'), metadata: meta('closed', ownedBy('Deployment', 'other')) },
      },
    ],
    [
      'Service prod/a must not publish Deployment prod/a past the gateway.',
      {
        world: [...running('a'), closed('a'), service('a', 'ClusterIP')],
        before: service('a', 'ClusterIP'),
        after: service('a', 'NodePort'),
      },
    ],
    [
      'Deployment prod/a must stay behind its gateway.',
      { world: [...running('a'), closed('a')], before: deployment('a'), after: relabelled },
    ],
    [
      'Pod prod/a must keep its scheduling gate until a NetworkPolicy closes it.',
      { world: [], before: pod('a', { spec: { schedulingGates: [GATE] } }), after: pod('a') },
    ],
    [
      'Pod prod/a must keep its scheduling gate until it is behind its gateway.',
      { world: [closed('a'), opened('a')], before: pod('a', { spec: { schedulingGates: [GATE] } }), after: pod('a') },
    ],
    [
      'Pod prod/a must not be relabelled to be no MCP server.',
      {
        world: [closed('a')],
        before: pod('a'),
        after: pod('a', { labels: { app: 'a', 'chokepoint.dev/mcp-server': 'false' } }),
      },
    ],
  ])('%s', async (first, asked) => {
    const { allowed, message } = await answer(asked);
    expect([allowed, message.split('\n')[0]]).toEqual([false, first]);
  });
});

describe('the whole of a refusal:', () => {
  test.each<readonly [name: string, asked: Case]>([
    ['policy-of-one-server-deleted', { world: [...running('a'), closed('a')], before: closed('a') }],
    [
      'policy-of-two-servers-deleted',
      { world: [...running('a'), ...running('b'), closed('a', 'b')], before: closed('a', 'b') },
    ],
    [
      'node-port',
      {
        world: [...running('a'), closed('a'), service('a', 'ClusterIP')],
        before: service('a', 'ClusterIP'),
        after: service('a', 'NodePort'),
      },
    ],
    ['label-moved', { world: [...running('a'), closed('a')], before: deployment('a'), after: relabelled }],
    ['policy-written-later', { world: [service('a', 'LoadBalancer')], after: deployment('a'), absentPolicy: 'create' }],
    ['policy-awaited-later', { world: [service('a', 'LoadBalancer')], after: deployment('a'), absentPolicy: 'hold' }],
    ['policy-in-the-same-files', { world: [service('a', 'LoadBalancer')], after: deployment('a') }],
    [
      'two-servers-that-differ',
      {
        world: [...running('a'), ...running('b'), closed('a', 'b'), service('b', 'NodePort')],
        before: closed('a', 'b'),
      },
    ],
  ])('%s', async (name, asked) => {
    const { allowed, message } = await answer(asked);
    expect(allowed).toBe(false);
    expectGolden(`admission/${name}.txt`, `${message}\n`);
  });
});

describe('one server is told by the controller that a person knows', () => {
  const deleted = (world: readonly Fields[]) => answer({ world: [...world, closed('a')], before: closed('a') });
  const first = async (world: readonly Fields[]) => (await deleted(world)).message.split('\n')[0];

  test('and by itself where it is not what its controller makes', async () => {
    const labels = { ...server('a'), ...HASH, tier: 'debug' };
    const [made, set] = running('a');
    const differing = pod('a-7fdbf59569-zzzzz', { labels, metadata: ownedBy('ReplicaSet', 'a-7fdbf59569') });
    expect(await first([made as Fields, set as Fields, differing])).toBe(
      'NetworkPolicy prod/closed must not be deleted: it closes Deployment prod/a and 1 more.',
    );
  });

  test('or where its controller is not there', async () => {
    const [, , left] = running('a');
    expect(await first([left as Fields])).toBe(
      'NetworkPolicy prod/closed must not be deleted: it closes Pod prod/a-7fdbf59569-sfk2c.',
    );
  });

  test('in the audit log too', async () => {
    expect((await deleted(running('a'))).auditAnnotations.get('servers')).toBe('Deployment prod/a');
  });
});

describe('warnings say what follows, in the mode that it is', () => {
  const WAITS = 'Deployment prod/a waits for its NetworkPolicy';
  test.each<readonly [title: string, asked: Omit<Case, 'world' | 'after'>, waits: string | undefined]>([
    ['create', { absentPolicy: 'create' }, `${WAITS}, which the controller writes: its Pods do not start before.`],
    ['hold', { absentPolicy: 'hold' }, `${WAITS}: its Pods do not start before.`],
    [
      'reject, dry run',
      { dryRun: true },
      'Deployment prod/a has no NetworkPolicy yet: apply that first, or Deployment prod/a is refused.',
    ],
    ['warn, create', { mode: 'warn', absentPolicy: 'create' }, undefined],
    ['warn, hold', { mode: 'warn', absentPolicy: 'hold' }, undefined],
    ['warn, dry run', { mode: 'warn', dryRun: true }, undefined],
  ])('%s', async (title, asked, waits) => {
    const { allowed, warnings } = await answer({ world: [], after: deployment('a'), ...asked });
    expect(allowed).toBe(true);
    expect(warnings.join(' ').includes('not start') || warnings.join(' ').includes('apply that first')).toBe(
      waits !== undefined,
    );
    if (waits !== undefined) expect(warnings[0]).toBe(waits);
    expect(warnings.join(' ').includes('egress-not-isolated'), title).toBe(title !== 'create');
  });
});

describe('a namespace whose mode is raised is told what follows, in whole sentences', () => {
  const MODE = 'chokepoint.dev/mode';
  const raise = async (
    absentPolicy: 'reject' | 'hold' | 'create',
    world: readonly Fields[],
    [before, after] = ['audit', 'enforce'],
  ) => {
    const labelled = (mode = ''): Fields => namespace({ [MODE]: mode });
    const { validate } = gate(testPolicy({ mode: 'audit', absentPolicy }), worldOf(labelled(before), ...world));
    const request = { oldObject: labelled(before), object: labelled(after), dryRun: true };
    return validate(review('namespace-update-mode-raised', request), MINUTE);
  };
  const two = [...running('a'), ...running('b')];

  test.each<
    readonly [title: string, absentPolicy: 'reject' | 'hold' | 'create', world: readonly Fields[], first: string[]]
  >([
    ['closed', 'create', [...two, closed('a', 'b')], []],
    [
      'without policies, reject',
      'reject',
      two,
      ['In mode enforce, new Pods of Deployment prod/a and 1 more are refused until what is said below is mended.'],
    ],
    [
      'without policies, hold',
      'hold',
      two,
      ['In mode enforce, new Pods of Deployment prod/a and 1 more wait for a NetworkPolicy, which you have to write.'],
    ],
    [
      'without policies, create',
      'create',
      two,
      [
        'In mode enforce, the controller writes NetworkPolicy chokepoint-a and 1 more for Deployment prod/a and 1 more at once, for Pods that run too: then only gateway envoy can connect to them, and they can connect only to allowed destinations and the internet.',
      ],
    ],
    [
      'one published, one without a policy',
      'create',
      [...two, closed('a'), service('a', 'NodePort')],
      [
        'In mode enforce, new Pods of Deployment prod/a are refused until what is said below is mended.',
        'In mode enforce, the controller writes NetworkPolicy chokepoint-b for Deployment prod/b at once, for Pods that run too: then only gateway envoy can connect to it, and it can connect only to allowed destinations and the internet.',
      ],
    ],
  ])('%s', async (_title, absentPolicy, world, first) => {
    const { allowed, warnings } = await raise(absentPolicy, world);
    expect(allowed).toBe(true);
    const said = warnings.join('\n').replaceAll('\n  ', ' ').split('\n');
    expect(said.filter(line => line.startsWith('In mode enforce'))).toEqual(first);
    expect(said.slice(0, first.length)).toEqual(first);
  });

  test.each<readonly [string, Parameters<typeof raise>]>([
    ['to-enforce', ['create', [...two, closed('a'), service('a', 'NodePort')]]],
    ['to-warn', ['create', two, ['audit', 'warn']]],
    ['from-enforce-to-audit', ['create', two, ['enforce', 'audit']]],
    [
      'to-enforce-with-more-than-there-is-room-for',
      [
        'reject',
        ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].flatMap(name => [...running(name), service(name, 'NodePort')]),
      ],
    ],
  ])('%s', async (name, asked) => {
    const { warnings } = await raise(...asked);
    expectGolden(`admission/${name}.txt`, warnings.map(line => `Warning: ${line}\n`).join(''));
  });
});
