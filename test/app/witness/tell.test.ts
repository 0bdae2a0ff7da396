import { expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { ReviewLine } from '../../../src/app/record/line.ts';
import type { SeenChange } from '../../../src/app/witness/change.ts';
import type { Witnessed } from '../../../src/app/witness/keep.ts';
import { createTeller, type UnwitnessedChange } from '../../../src/app/witness/tell.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { World } from '../../../src/core/world/world.ts';
import {
  type Body,
  closingPolicy,
  decodeAll,
  namespace,
  openingPolicy,
  reviewBody,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';

/** What is told of changes in a world that shows them already. */
async function told(world: World, changes: readonly (readonly [SeenChange, Witnessed])[], hasRecord = true) {
  const lines: ReviewLine[] = [];
  const counts: string[] = [];
  const people: UnwitnessedChange[] = [];
  const teller = createTeller({
    world: () => ({ kind: 'ready', world }),
    policy: () => POLICY,
    appender: hasRecord
      ? {
          append: async members => {
            const fields = [...members].map(([key, text]) => `"${key}":${text}`).join(',');
            lines.push(JSON.parse(`{${fields}}`) as ReviewLine);
            return true;
          },
          lose: () => undefined,
        }
      : undefined,
    hashing: HASHING,
    time: () => '2026-01-02T03:04:05.678Z',
    nowMs: () => 0,
    count: witnessed => void counts.push(witnessed),
    unwitnessed: async change => void people.push(change),
    onBug: error => {
      throw error;
    },
  });
  for (const [change, witnessed] of changes) teller.tell(change, witnessed);
  await teller.stopped();
  return { lines, counts, people };
}

const POLICY = testPolicy();
const server = (): Body => reviewBody('deployment-create').request.object;
const withServer = (...more: readonly Fields[]): World => worldOf(namespace(), server(), ...more);

function seen(operation: SeenChange['operation'], raw: Body, more: Partial<SeenChange> = {}): SeenChange {
  const [object] = decodeAll([raw]);
  const change = operation === 'DELETE' ? { before: object } : { after: object };
  const { apiVersion, metadata } = raw;
  const common = { operation, uid: metadata.uid ?? 'u', apiVersion, marks: ['m'], resourceVersion: '7' };
  return { ...common, change: change as SeenChange['change'], raw, ...more };
}

test('A policy that opens a server unwitnessed is judged as one under review, and told with what it opens, and nobody as its author', async () => {
  const { lines, counts, people } = await told(withServer(closingPolicy(), openingPolicy()), [
    [seen('CREATE', openingPolicy()), 'unwitnessed'],
  ]);
  expect(lines).toMatchObject([
    {
      type: 'unwitnessed',
      uid: '',
      operation: 'CREATE',
      object: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: 'prod' },
      user: { name: '', groups: [] },
      decision: 'deny',
      allowed: true,
      change: ['create', 'policy'],
      servers: [{ kind: 'Deployment', name: server().metadata.name }],
      note: 'unwitnessed',
      snapshot: { kind: 'NetworkPolicy' },
    },
  ]);
  expect(lines[0]?.reach.gained.length).toBeGreaterThan(0);
  expect(counts).toEqual(['unwitnessed']);
  expect(people).toMatchObject([{ operation: 'CREATE', object: { kind: 'NetworkPolicy', namespace: 'prod' } }]);
});

test('What concerns no server is told by nobody, and not counted', async () => {
  const harmless = reviewBody('deployment-create-harmless').request.object;
  const { lines, counts, people } = await told(worldOf(namespace(), harmless), [
    [seen('CREATE', harmless), 'unwitnessed'],
  ]);
  expect({ lines, counts, people }).toEqual({ lines: [], counts: [], people: [] });
});

test.each<readonly [witnessed: Witnessed, type: string | undefined]>([
  ['recorded', undefined],
  ['own', 'seen'],
  ['not-asked', 'seen'],
  ['not-compared', 'seen'],
  ['unwitnessed', 'unwitnessed'],
])('A change that is %s makes a line of the type %s', async (witnessed, type) => {
  const { lines, counts } = await told(withServer(), [[seen('UPDATE', server()), witnessed]]);
  expect(lines.map(line => [line.type, line.note])).toEqual(type === undefined ? [] : [[type, witnessed]]);
  expect(counts).toEqual([witnessed]);
});

test('A server that was scaled tells what it was before, and a mode too', async () => {
  const scaled = seen('UPDATE', server(), { marks: ['scale 2'], replicasBefore: 1 });
  const labelled = { ...namespace({ 'chokepoint.dev/mode': 'audit' }) } as Body;
  const [before] = decodeAll([namespace({ 'chokepoint.dev/mode': 'enforce' })]);
  const [after] = decodeAll([labelled]);
  const lowered = seen('UPDATE', labelled, { change: { before, after } as SeenChange['change'] });
  const { lines } = await told(withServer(), [
    [scaled, 'not-asked'],
    [lowered, 'unwitnessed'],
  ]);
  expect(lines.map(({ change }) => change)).toEqual([['scale'], ['update', 'mode']]);
  expect(lines[1]).toMatchObject({ previous: { metadata: { labels: { 'chokepoint.dev/mode': 'enforce' } } } });
});

test('Without a record people are told of what is unwitnessed, and the rest is counted', async () => {
  const { lines, counts, people } = await told(
    withServer(),
    [
      [seen('UPDATE', server()), 'unwitnessed'],
      [seen('UPDATE', server()), 'not-asked'],
    ],
    false,
  );
  expect({ lines, counts: counts.toSorted(), people: people.length }).toEqual({
    lines: [],
    counts: ['not-asked', 'unwitnessed'],
    people: 1,
  });
});

test('Of Pods that come and go with their controllers only what should be on record is told', async () => {
  const pod = reviewBody('recorded/pod-create-by-deployment').request.object as Body;
  pod.metadata.labels = { ...pod.metadata.labels, ...server().spec.template.metadata.labels };
  const world = withServer(pod);
  const { lines } = await told(world, [
    [seen('CREATE', pod), 'not-asked'],
    [seen('DELETE', pod), 'not-asked'],
    [seen('CREATE', pod), 'unwitnessed'],
  ]);
  expect(lines.map(({ type }) => type)).toEqual(['unwitnessed']);
});
