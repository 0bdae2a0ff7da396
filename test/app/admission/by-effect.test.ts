import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import {
  closingPolicy,
  deployment,
  gate,
  namespace,
  openingPolicy,
  review,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';

/** Nobody passes because of who he is: a change is judged by what it does, at once or later. */

const MINUTE = 60_000;
const COLLECTOR = { username: 'system:serviceaccount:kube-system:generic-garbage-collector', groups: [] };
const ALICE = { username: 'alice@example.com', groups: ['developers'] };
const DELETED = { deletionTimestamp: '2026-11-21T09:00:00Z', finalizers: ['example.com/stay'] };

type Manifest = Fields & { readonly metadata: Fields };
const withMeta = (object: Fields, more: Fields): Manifest => ({
  ...object,
  metadata: { ...(object.metadata as Fields), ...more },
});
const owner = (uid: string, kind = 'App'): Fields => ({ apiVersion: 'example.com/v1', kind, name: uid, uid });
const ownedBy = (object: Fields, ...uids: readonly string[]): Manifest =>
  withMeta(object, { ownerReferences: uids.map(uid => owner(uid)) });
const SERVER = withMeta(deployment(), { uid: 'the-server' });
/** As the server's own objects name it. */
const THE_SERVER = { apiVersion: 'apps/v1', kind: 'Deployment', name: SERVER.metadata.name, uid: 'the-server' };
const CLOSING = closingPolicy();
const REQUEST_OF = 'networkpolicy-update-except-removed';

async function update(before: Fields, after: Fields, server: Fields = SERVER, name = REQUEST_OF) {
  const world = worldOf(namespace(), server, before);
  const request = { oldObject: before, object: after, userInfo: ALICE };
  return gate(testPolicy(), world).validate(review(name, request), MINUTE);
}

describe('an owner of a closing policy', () => {
  const rows: readonly (readonly [
    title: string,
    before: readonly string[],
    after: readonly string[],
    server: Fields,
    allowed: boolean,
  ])[] = [
    ['nobody has heard of', [], ['gone'], SERVER, false],
    ['owns the server too', [], ['app'], ownedBy(SERVER, 'app'), true],
    ['owns the server beside another', [], ['app'], ownedBy(SERVER, 'app', 'other'), false],
    ['is one of two, and the other owns the server', [], ['app', 'other'], ownedBy(SERVER, 'app'), true],
    ['comes beside the one that it had', ['one'], ['one', 'two'], SERVER, true],
    ['takes the place of the one that it had', ['one'], ['two'], SERVER, false],
    ['stays', ['one'], ['one'], SERVER, true],
    ['is taken away', ['one'], [], SERVER, true],
  ];

  test.each(rows)('that %s', async (_title, before, after, server, allowed) => {
    const outcome = await update(ownedBy(CLOSING, ...before), ownedBy(CLOSING, ...after), server);
    expect(outcome.allowed).toBe(allowed);
    if (!allowed) {
      expect(outcome.message).toContain('once its new owner is gone, the garbage collector deletes NetworkPolicy');
      expect(outcome.message).toContain('metadata.ownerReferences');
    }
  });

  test.each<readonly [title: string, owner: Fields, allowed: boolean]>([
    ['is the server itself', THE_SERVER, true],
    ['is the server itself, in another version of its API', { ...THE_SERVER, apiVersion: 'apps/v1beta2' }, true],
    ['has the uid of the server and another name', { ...THE_SERVER, name: 'gone' }, false],
    ['has the uid of the server and is of another kind', { ...THE_SERVER, kind: 'StatefulSet' }, false],
    ['has the uid of the server and is of another API', { ...THE_SERVER, apiVersion: 'example.com/v1' }, false],
    ['has the name of the server and another uid', { ...THE_SERVER, uid: 'gone' }, false],
  ])('that %s', async (_title, ref, allowed) => {
    const named = withMeta(CLOSING, { ownerReferences: [ref] });
    expect((await update(CLOSING, named)).allowed).toBe(allowed);
    // From the server to one that only looks like it: the collector looks again.
    const owned = withMeta(CLOSING, { ownerReferences: [THE_SERVER] });
    expect((await update(owned, named)).allowed).toBe(allowed);
  });

  test('makes no difference where another policy closes the server as well', async () => {
    const second = withMeta(CLOSING, { name: 'second' });
    const world = worldOf(namespace(), SERVER, CLOSING, second);
    const request = { oldObject: CLOSING, object: ownedBy(CLOSING, 'gone') };
    expect((await gate(testPolicy(), world).validate(review(REQUEST_OF, request), MINUTE)).allowed).toBe(true);
  });
});

describe('the garbage collector', () => {
  const collect = async (policy: Fields, ...others: readonly Fields[]) => {
    const world = worldOf(namespace(), policy, ...others);
    const request = { oldObject: policy, userInfo: COLLECTOR };
    return gate(testPolicy(), world).validate(review('networkpolicy-delete', request), MINUTE);
  };
  const replicaSet = (more: Fields): Fields => ({
    ...withMeta(SERVER, { name: 'weather-abc', uid: 'the-set', ...more }),
    kind: 'ReplicaSet',
  });

  test('is refused what would open a server that stays', async () => {
    const outcome = await collect(ownedBy(CLOSING, 'app'), SERVER);
    expect(outcome.code).toBe(403);
    expect(outcome.message).toContain('policy-removal');
  });

  test('is refused what names the server as its owner by a wrong name', async () => {
    const policy = withMeta(CLOSING, { ownerReferences: [{ ...THE_SERVER, name: 'gone' }] });
    expect((await collect(policy, SERVER)).code).toBe(403);
  });

  test.each<readonly [string, Fields, readonly Fields[]]>([
    ['whose server is gone', withMeta(CLOSING, { ownerReferences: [THE_SERVER] }), []],
    ['whose server has the same owner', ownedBy(CLOSING, 'app'), [ownedBy(SERVER, 'app')]],
    ['whose server is being deleted', ownedBy(CLOSING, 'app'), [withMeta(SERVER, DELETED)]],
    [
      'whose server is left behind by its owner, and is next',
      withMeta(CLOSING, { ownerReferences: [THE_SERVER] }),
      [replicaSet({ ownerReferences: [{ ...THE_SERVER, controller: true }] })],
    ],
    ['that closes nothing', ownedBy(withMeta(CLOSING, { name: 'second' }), 'app'), [SERVER, CLOSING]],
  ])('takes a policy away %s', async (_title, policy, others) => {
    expect((await collect(policy, ...others)).allowed).toBe(true);
  });
});

describe('a policy that is being deleted', () => {
  test('closes nothing for whoever comes next: it is there only until its finalizer is gone', async () => {
    const world = worldOf(namespace(), withMeta(CLOSING, DELETED));
    const outcome = await gate(testPolicy(), world).validate(review('pod-create'), MINUTE);
    expect(outcome.code).toBe(403);
    expect(outcome.message).toContain('ingress-not-isolated');
  });

  test('is let go: that is judged when the deletion is asked for', async () => {
    const dying = withMeta(CLOSING, DELETED);
    expect((await update(dying, withMeta(CLOSING, { ...DELETED, finalizers: [] }))).allowed).toBe(true);
  });
});

describe('a namespace that is being deleted', () => {
  const dying = namespace({}, { deletionTimestamp: '2026-11-21T09:00:00Z' });
  const inIt = (name: string, request: Fields = {}) =>
    gate(testPolicy(), worldOf(dying, SERVER, CLOSING)).validate(review(name, request), MINUTE);

  test('lets everything in it go', async () => {
    expect((await inIt('networkpolicy-delete')).allowed).toBe(true);
  });

  test('still has Pods that run: what opens them is refused', async () => {
    expect((await inIt(REQUEST_OF)).code).toBe(403);
    expect((await inIt('networkpolicy-create-reopening')).code).toBe(403);
    const opened = withMeta(openingPolicy(), { name: (CLOSING.metadata as Fields).name });
    expect((await inIt(REQUEST_OF, { oldObject: CLOSING, object: opened })).code).toBe(403);
  });

  test('keeps its mode', async () => {
    const modeChangers = { users: [], groups: [], serviceAccounts: [] };
    const labels = { 'chokepoint.dev/mode': 'enforce' };
    const world = worldOf(namespace(labels, { deletionTimestamp: '2026-11-21T09:00:00Z' }), SERVER, CLOSING);
    const lowered = review('namespace-update-mode-lowered');
    expect((await gate(testPolicy({ modeChangers }), world).validate(lowered, MINUTE)).code).toBe(403);
  });
});

describe('a namespace that is made anew', () => {
  const modeChangers = { users: ['root@example.com'], groups: [], serviceAccounts: [] };
  const create = async (
    labels: Readonly<Record<string, string>>,
    { user = 'alice@example.com', enforced = ['prod'], changers = true } = {},
  ) => {
    const policy = testPolicy({ mode: 'audit', ...(changers && { modeChangers }) });
    const enforcedBefore = (name: string): boolean => enforced.includes(name);
    const { validate } = gate(policy, worldOf(), undefined, { enforcedBefore });
    const request = { operation: 'CREATE', oldObject: null, object: namespace(labels), userInfo: { username: user } };
    return validate(review('namespace-update-mode-raised', request), MINUTE);
  };

  test('under the name of one that enforced must enforce', async () => {
    expect((await create({})).code).toBe(403);
    expect((await create({ 'chokepoint.dev/mode': 'audit' })).code).toBe(403);
    expect((await create({ 'chokepoint.dev/mode': 'enforce' })).allowed).toBe(true);
  });

  test('is as whoever may lower a mode wants it', async () => {
    expect((await create({}, { user: 'root@example.com' })).allowed).toBe(true);
  });

  test('under any other name is never refused', async () => {
    expect((await create({}, { enforced: ['production'] })).allowed).toBe(true);
  });

  test('is not refused where nobody is named who may', async () => {
    const outcome = await create({}, { changers: false });
    expect(outcome.allowed).toBe(true);
    expect(outcome.warnings.join(' ')).toContain('mode-lowered');
  });
});

describe('a running server that is relabelled to be none', () => {
  const LABEL = 'chokepoint.dev/mcp-server';
  const podLabels = (object: Fields, labels: Fields): Fields => withMeta(object, { labels });
  const POD = review('pod-create').object as Fields;
  const labelsOf = (object: Fields): Fields => (object.metadata as { readonly labels: Fields }).labels;
  const relabel = async (before: Fields, after: Fields, more: Parameters<typeof testPolicy>[0] = {}) => {
    const world = worldOf(namespace(), SERVER, CLOSING, before);
    const request = { operation: 'UPDATE', oldObject: before, object: after, userInfo: ALICE };
    return gate(testPolicy(more), world).validate(review('pod-create', request), MINUTE);
  };
  const DECLARED = podLabels(POD, { ...labelsOf(POD), [LABEL]: 'true' });
  const OPTED_OUT = podLabels(POD, { app: 'other', [LABEL]: 'false' });
  const UNDECLARED = podLabels(POD, { app: 'other' });

  test('is refused', async () => {
    const outcome = await relabel(DECLARED, OPTED_OUT);
    expect(outcome.code).toBe(403);
    expect(outcome.message).toContain('server-opted-out');
  });

  test('is refused where the label that declares it is taken away', async () => {
    const plain = { ...UNDECLARED, spec: { containers: [{ name: 'main', image: 'registry.example.com/acme/app:1' }] } };
    const outcome = await relabel({ ...plain, metadata: DECLARED.metadata }, plain);
    expect(outcome.code).toBe(403);
    expect(outcome.message).toContain('takes the label away');
  });

  test('is told, not refused, where whoever does it may lower a mode', async () => {
    const modeChangers = { users: [ALICE.username], groups: [], serviceAccounts: [] };
    const outcome = await relabel(DECLARED, OPTED_OUT, { modeChangers });
    expect(outcome.allowed).toBe(true);
    expect(outcome.warnings.join(' ')).toContain('server-opted-out');
  });

  test('is told in the mode warn, and kept by the audit log in every other', async () => {
    expect((await relabel(DECLARED, OPTED_OUT, { mode: 'warn' })).warnings.join(' ')).toContain('server-opted-out');
    const audited = await relabel(DECLARED, OPTED_OUT, { mode: 'audit' });
    expect(audited.auditAnnotations.get('findings')).toContain('server-opted-out');
  });
});

describe('a workload that is created as none although it runs a server', () => {
  const labels = { 'chokepoint.dev/mcp-server': 'false' };
  const create = (image: string, mode: 'audit' | 'warn' | 'enforce', more: Parameters<typeof testPolicy>[0] = {}) => {
    const object = withMeta(review('pod-create').object as Fields, { labels });
    const optedOut = { ...object, spec: { containers: [{ name: 'main', image }] } };
    const { validate } = gate(testPolicy({ mode, ...more }), worldOf(namespace()));
    return validate(review('pod-create', { object: optedOut, userInfo: ALICE }), MINUTE);
  };
  const SIGN = 'image-docker-catalog at spec.containers[0].image';

  test.each(['warn', 'enforce'] as const)('is believed and told in the mode %s', async mode => {
    const outcome = await create('mcp/fetch:1', mode);
    expect(outcome.allowed).toBe(true);
    expect(outcome.warnings.join(' ').replace(/\s+/g, ' ')).toContain(SIGN);
    expect(outcome.auditAnnotations.get('opted-out')).toContain(SIGN);
  });

  test('is kept by the audit log alone in the mode audit', async () => {
    const outcome = await create('mcp/fetch:1', 'audit');
    expect(outcome.warnings).toEqual([]);
    expect(outcome.auditAnnotations.get('opted-out')).toContain(SIGN);
  });

  test('is not told where nothing strong speaks for a server', async () => {
    const outcome = await create('registry.example.com/acme/app:1', 'enforce');
    expect([outcome.warnings, [...outcome.auditAnnotations]]).toEqual([[], []]);
  });

  test('is judged as a server where the configuration does not honour the label', async () => {
    const detection = { ...testPolicy().detection, honourOptOut: false };
    expect((await create('mcp/fetch:1', 'enforce', { detection })).code).toBe(403);
  });
});
