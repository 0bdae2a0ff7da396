import { describe, expect, test } from 'vitest';
import type { Review } from '../../../src/app/admission/review.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import {
  closingPolicy,
  deployment,
  namespace,
  review,
  reviewBody,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';
import { lineOf, reachOf } from './recorded.ts';

/** Another workload with the pods of the recorded server. */
const like = (name: string, kind = 'Deployment', app = 'weather', more: Fields = {}): Fields => {
  const { spec, ...rest } = structuredClone(deployment()) as Fields & { spec: { template: { metadata: Fields } } };
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels: { app } } };
  return {
    ...rest,
    kind,
    metadata: { name, namespace: 'prod', ...more },
    spec: { ...spec, selector: { matchLabels: { app } }, template },
  };
};
const harmless = (): Fields => reviewBody('deployment-create-harmless').request.object;

const policyFor = (app: string): Fields => ({
  ...closingPolicy(),
  spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'] },
});
const ofPolicy = (operation: string, before: string | undefined, after: string | undefined): Review =>
  review('networkpolicy-create', {
    operation,
    object: after === undefined ? null : policyFor(after),
    oldObject: before === undefined ? null : policyFor(before),
  });

const OFF = testPolicy({ mode: 'off' });
const WORLD = worldOf(namespace(), like('a', 'Deployment', 'a'), like('b', 'StatefulSet', 'b'), harmless());

const namesOf = ({ servers }: { readonly servers: readonly { kind: string; name: string }[] }): readonly string[] =>
  servers.map(({ kind, name }) => `${kind} ${name}`);

describe('Where nobody judges, the servers of a policy are', () => {
  test.each<[what: string, asked: Review, names: readonly string[]]>([
    ['those that a new one may select', ofPolicy('CREATE', undefined, 'a'), ['Deployment a']],
    ['those that a deleted one may have selected', ofPolicy('DELETE', 'b', undefined), ['StatefulSet b']],
    ['those of both states of an edited one', ofPolicy('UPDATE', 'a', 'b'), ['Deployment a', 'StatefulSet b']],
    ['each told once', ofPolicy('UPDATE', 'a', 'a'), ['Deployment a']],
    ['none, where it selects nothing', ofPolicy('CREATE', undefined, 'c'), []],
    ['none, where what it selects is no server', ofPolicy('CREATE', undefined, 'shop'), []],
  ])('%s', async (_, asked, names) => {
    expect(namesOf(await lineOf(asked, WORLD, OFF))).toEqual(names);
  });

  test('the workload itself, of a review of one', async () => {
    const object = like('a', 'Deployment', 'a');
    expect(namesOf(await lineOf(review('deployment-create', { name: 'a', object }), WORLD, OFF))).toEqual([
      'Deployment a',
    ]);
  });
});

test.each<[resource: string, name: string, names: readonly string[]]>([
  ['deployments', 'weather', ['Deployment weather']],
  ['statefulsets', 'weather', ['StatefulSet weather']],
  ['deployments', 'other', []],
  ['replicasets', 'weather', []],
])('A Scale of %s named %s is one of the workload of this kind and name', async (resource, name, names) => {
  const world = worldOf(namespace(), deployment(), like('weather', 'StatefulSet'), closingPolicy());
  const { request } = reviewBody('deployment-scale');
  const asked = review('deployment-scale', { name, resource: { ...request.resource, resource } });
  expect(namesOf(await lineOf(asked, world))).toEqual(names);
});

test('A policy that stands for a server is told by itself, and has no reach of its own', async () => {
  const spec = { podSelector: { matchLabels: { app: 'search-mcp-server' } }, policyTypes: ['Ingress'], ingress: [{}] };
  const line = await lineOf(
    review('networkpolicy-create', { object: { ...closingPolicy(), spec } }),
    worldOf(namespace()),
  );
  expect([namesOf(line), reachOf(line)]).toEqual([['NetworkPolicy weather'], { gained: [], lost: [] }]);
});

describe('A Pod is told as', () => {
  const ownedBy = (kind: string, name: string): Fields => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${kind}-${name}`, controller: true }],
  });
  const maker = like('weather', 'Deployment', 'weather', { uid: 'uid-Deployment-weather' });
  const replicas = like('weather-1', 'ReplicaSet', 'weather', {
    uid: 'uid-ReplicaSet-weather-1',
    ...ownedBy('Deployment', 'weather'),
  });
  const { template } = deployment().spec as { template: { metadata: Fields; spec: Fields } };
  const pod = (more: Fields): Fields => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'weather-1-x', namespace: 'prod', labels: { app: 'weather' }, ...more },
    spec: template.spec,
  });
  const asked = (object: Fields, operation = 'CREATE'): Review =>
    review('pod-create', {
      name: 'weather-1-x',
      operation,
      object: operation === 'DELETE' ? null : object,
      oldObject: operation === 'DELETE' ? object : null,
    });
  const OWNED = pod(ownedBy('ReplicaSet', 'weather-1'));

  test.each<[what: string, asked: Review, world: readonly Fields[], names: readonly string[], isChanged: boolean]>([
    ['itself, where nothing made it', asked(pod({})), [], ['Pod weather-1-x'], true],
    ['itself, where its controller is not there', asked(OWNED), [], ['Pod weather-1-x'], true],
    [
      'its ReplicaSet, where that is alone',
      asked(OWNED),
      [like('weather-1', 'ReplicaSet', 'weather', { uid: 'uid-ReplicaSet-weather-1' })],
      ['ReplicaSet weather-1'],
      false,
    ],
    ['its Deployment, whose reach stays as it is', asked(OWNED), [replicas, maker], ['Deployment weather'], false],
    [
      'its Deployment, when it is deleted',
      asked(OWNED, 'DELETE'),
      [replicas, maker, OWNED],
      ['Deployment weather'],
      false,
    ],
    ['itself, when it is deleted and nothing made it', asked(pod({}), 'DELETE'), [pod({})], ['Pod weather-1-x'], true],
  ])('%s', async (_, review, world, names, isChanged) => {
    const line = await lineOf(review, worldOf(namespace(), closingPolicy(), ...world));
    expect(namesOf(line)).toEqual(names);
    expect(JSON.stringify(reachOf(line)).includes('→')).toBe(isChanged);
  });
});

test.each([
  [50, undefined],
  [53, ['servers: 3 more']],
])('Of %d servers fifty are told, and how many more there are', async (count, truncated) => {
  const servers = Array.from({ length: count }, (_, index) => like(`s-${index}`));
  const asked = { ...review('networkpolicy-create'), dryRun: true };
  const line = await lineOf(asked, worldOf(namespace(), ...servers));
  expect([line.servers.length, line.truncated]).toEqual([50, truncated]);
});
