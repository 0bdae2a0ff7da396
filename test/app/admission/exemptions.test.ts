import { describe, expect, test } from 'vitest';
import { exemption, isOwnWrite, staysBehind } from '../../../src/app/admission/exemptions.ts';
import { objectsOf, readChange } from '../../../src/app/admission/read-change.ts';
import type { Operation, Review } from '../../../src/app/admission/review.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Workload } from '../../../src/core/kube/types.ts';
import type { Change, World } from '../../../src/core/world/world.ts';
import { closingPolicy, decodeAll, deployment, namespace, review, reviewBody, worldOf } from '../../support/reviews.ts';

const WORLD = worldOf(namespace());
const ENDING = worldOf(namespace({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }));
const asked = (
  operation: Operation,
  username = 'alice',
  groups: readonly string[] = [],
  more: Partial<Review> = {},
): Review => ({
  ...review('deployment-create'),
  operation,
  user: { username, groups },
  ...more,
});
const decoded = (fields: Fields) => {
  const [object] = decodeAll([fields]);
  if (object === undefined) throw new Error('no object');
  return object;
};
const change = (before: Fields | undefined, after: Fields | undefined): Change => ({
  ...(before && { before: decoded(before) }),
  ...(after && { after: decoded(after) }),
});
const withMeta = (object: Fields, more: Fields): Fields => ({
  ...object,
  metadata: { ...(object.metadata as Fields), ...more },
});
const withSpec = (object: Fields, more: Fields): Fields => ({
  ...object,
  spec: { ...(object.spec as Fields), ...more },
});

const POLICY = closingPolicy();
const SPACE = namespace();
const SERVICE: Fields = reviewBody('service-create-nodeport').request.object;
const POD: Fields = reviewBody('pod-create').request.object;
const NAMESPACES = 'system:serviceaccount:kube-system:namespace-controller';
const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';

describe('A change is let pass', () => {
  const MIRROR = withSpec(withMeta(POD, { annotations: { 'kubernetes.io/config.mirror': 'x' } }), {
    nodeName: 'node-1',
  });
  const NODE = ['system:node:node-1', ['system:nodes']] as const;

  // biome-ignore format: one line a case
  test.each<[what: string, why: string | undefined, review: Review, change: Change, world: World]>([
    ['of nothing', 'nothing-to-judge', asked('UPDATE'), {}, WORLD],
    ['that deletes a workload', 'deletion-opens-nothing', asked('DELETE'), change(deployment(), undefined), WORLD],
    ['that deletes a namespace', 'deletion-opens-nothing', asked('DELETE'), change(SPACE, undefined), WORLD],
    ['but not where it deletes a policy', undefined, asked('DELETE'), change(POLICY, undefined), WORLD],
    ['but not where it deletes a Service', undefined, asked('DELETE'), change(SERVICE, undefined), WORLD],
    ['that deletes a policy with its namespace', 'namespace-controller', asked('DELETE', NAMESPACES), change(POLICY, undefined), WORLD],
    ['but not where that controller changes a policy', undefined, asked('UPDATE', NAMESPACES), change(POLICY, withSpec(POLICY, { egress: [] })), WORLD],
    ['but not where the collector deletes a policy', undefined, asked('DELETE', COLLECTOR), change(POLICY, undefined), WORLD],
    ['that deletes a policy in a namespace that goes', 'namespace-terminating', asked('DELETE'), change(POLICY, undefined), ENDING],
    ['but not where it changes a policy there', undefined, asked('UPDATE'), change(POLICY, withSpec(POLICY, { egress: [] })), ENDING],
    ['that changes nothing', 'changes-nothing', asked('UPDATE'), change(POLICY, POLICY), WORLD],
    ['that takes a finalizer away', 'changes-nothing', asked('UPDATE'), change(withMeta(POLICY, { finalizers: ['x'] }), POLICY), WORLD],
    ['that changes a version and a uid', 'changes-nothing', asked('UPDATE'), change(POLICY, withMeta(POLICY, { resourceVersion: '9', uid: 'u' })), WORLD],
    ['of a policy that is on its way out', 'changes-nothing', asked('UPDATE'), change(POLICY, withMeta(POLICY, { deletionTimestamp: '2026-01-01T00:00:00Z' })), WORLD],
    ['that gives a Pod its node and address', 'changes-nothing', asked('UPDATE'), change(POD, { ...withSpec(POD, { nodeName: 'n' }), status: { podIP: '10.0.0.1' } }), WORLD],
    ['that changes replicas alone', 'changes-nothing', asked('UPDATE'), change(deployment(), withSpec(deployment(), { replicas: 9 })), WORLD],
    ['but not where labels change', undefined, asked('UPDATE'), change(POLICY, withMeta(POLICY, { labels: { a: 'b' } })), WORLD],
    ['but not where it is new', undefined, asked('CREATE'), change(undefined, POLICY), WORLD],
    ['of the picture of a static Pod, by its node', 'mirror-pod', asked('CREATE', ...NODE), change(undefined, MIRROR), WORLD],
    ['but not by another node', undefined, asked('CREATE', 'system:node:node-2', ['system:nodes']), change(undefined, MIRROR), WORLD],
    ['but not by somebody who is called so alone', undefined, asked('CREATE', 'system:node:node-1', ['developers']), change(undefined, MIRROR), WORLD],
    ['but not without the annotation', undefined, asked('CREATE', ...NODE), change(undefined, withSpec(POD, { nodeName: 'node-1' })), WORLD],
    ['but not without a node', undefined, asked('CREATE', 'system:node:', ['system:nodes']), change(undefined, withSpec(MIRROR, { nodeName: '' })), WORLD],
    ['but not of another kind', undefined, asked('CREATE', ...NODE), change(undefined, withMeta(deployment(), { annotations: { 'kubernetes.io/config.mirror': 'x' } })), WORLD],
  ])('%s: %s', (_, why, one, changed, world) => {
    expect(exemption(one, changed, world)).toBe(why);
  });
});

describe('A write of our own controller is', () => {
  const POLICIES = { kind: { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' } };
  // biome-ignore format: one line a case
  test.each<[what: string, review: Review, user: string | undefined, isOwn: boolean]>([
    ['one that creates a policy', asked('CREATE', 'us', [], POLICIES), 'us', true],
    ['one that changes a policy', asked('UPDATE', 'us', [], POLICIES), 'us', true],
    ['none that deletes one', asked('DELETE', 'us', [], POLICIES), 'us', false],
    ['none of another kind', asked('CREATE', 'us'), 'us', false],
    ['none by somebody else', asked('CREATE', 'them', [], POLICIES), 'us', false],
    ['none where there is no controller', asked('CREATE', 'us', [], POLICIES), undefined, false],
  ])('%s', (_, one, user, isOwn) => {
    expect(isOwnWrite(one, user)).toBe(isOwn);
  });
});

describe('The collector leaves behind', () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u-o' };
  const OWNED = withMeta(POLICY, { ownerReferences: [owner] });
  const server = (more: Fields): Workload => decoded(withMeta(deployment(), more)) as Workload;

  test.each<[what: string, workload: Workload, stays: boolean]>([
    ['a server without owners', server({}), true],
    ['a server of another owner', server({ ownerReferences: [{ ...owner, uid: 'u-p', name: 'p' }] }), true],
    ['no server of the same owner', server({ ownerReferences: [owner] }), false],
    [
      'a server of the same owner and another one',
      server({ ownerReferences: [owner, { ...owner, uid: 'u-p', name: 'p' }] }),
      true,
    ],
    ['no server that is being deleted', server({ deletionTimestamp: '2026-01-01T00:00:00Z' }), false],
  ])('%s', (_, workload, stays) => {
    expect(staysBehind(asked('DELETE', COLLECTOR), change(OWNED, undefined), WORLD)?.(workload)).toBe(stays);
  });

  test.each<[what: string, review: Review, change: Change]>([
    ['somebody else deletes', asked('DELETE'), change(OWNED, undefined)],
    ['it deletes nothing', asked('UPDATE', COLLECTOR), change(OWNED, OWNED)],
    ['what it deletes is not known', asked('DELETE', COLLECTOR), {}],
  ])('whatever else, where %s', (_, one, changed) => {
    expect(staysBehind(one, changed, WORLD)).toBeUndefined();
  });
});

describe('The objects of a review are read', () => {
  const read = async (more: Partial<Review>): Promise<string> => {
    const found = await readChange(createDecoder(), objectsOf({ ...review('networkpolicy-create'), ...more }));
    if (found.kind !== 'change')
      return found.kind === 'other' ? 'other' : `unreadable ${found.issues.map(({ path }) => path)}`;
    const { before, after } = found.change;
    return [before, after].map(object => object && `${object.meta.namespace}/${object.meta.name}`).join(' -> ');
  };
  const named = (name: string, more: Fields = {}): Fields => ({ ...POLICY, metadata: { name, ...more } });
  const cidr = (text: string): Fields => withSpec(POLICY, { egress: [{ to: [{ ipBlock: { cidr: text } }] }] });

  // biome-ignore format: one line a case
  test.each<[what: string, review: Partial<Review>, read: string]>([
    ['as new', { operation: 'CREATE', object: named('a'), oldObject: undefined }, ' -> prod/a'],
    ['as changed', { operation: 'UPDATE', object: named('b'), oldObject: named('a') }, 'prod/a -> prod/b'],
    ['as deleted', { operation: 'DELETE', object: undefined, oldObject: named('a') }, 'prod/a -> '],
    ['as deleted, whatever else is sent', { operation: 'DELETE', object: named('b'), oldObject: named('a') }, 'prod/a -> '],
    ['as new, whatever else is sent', { operation: 'CREATE', object: named('b'), oldObject: named('a') }, ' -> prod/b'],
    ['in the namespace of the request, whatever they say', { operation: 'CREATE', object: named('a', { namespace: 'far' }), namespace: 'near' }, ' -> near/a'],
    ['in their own, where the request names none', { operation: 'CREATE', object: named('a', { namespace: 'far' }), namespace: '' }, ' -> far/a'],
    ['as nothing, of a kind that is not judged', { operation: 'CREATE', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } } }, 'other'],
    ['as far as can be, of an old one', { operation: 'UPDATE', object: named('b'), oldObject: withSpec(named('a'), { podSelector: 7 }) }, 'prod/a -> prod/b'],
    ['in every part, of a new one', { operation: 'UPDATE', object: withSpec(named('b'), { podSelector: 7 }), oldObject: named('a') }, 'unreadable spec.podSelector'],
    ['in spite of addresses that are read differently: a rule is for them', { operation: 'CREATE', object: cidr('10.0.0.1/8') }, ' -> prod/weather'],
  ])('%s', async (_, more, expected) => {
    expect(await read(more)).toBe(expected);
  });
});
