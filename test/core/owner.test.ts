import { expect, test } from 'vitest';
import type { Workload } from '../../src/core/kube/types.ts';
import {
  awaitsOwner,
  claimKey,
  goesWith,
  isJudgedThroughOwner,
  isOwnedBy,
  knownOwner,
  lineage,
  ownerIdentities,
  ownersIn,
  stepsFromOwner,
} from '../../src/core/owner.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { type Sketch, workload } from '../support/workload.ts';

const POD: Sketch = { kind: 'Pod', called: 'x-1-a', owners: ['apps/v1 ReplicaSet x-1'] };
const REPLICA_SET: Sketch = { kind: 'ReplicaSet', called: 'x-1', owners: ['apps/v1 Deployment x'] };
const DEPLOYMENT: Sketch = { called: 'x' };
const JOB: Sketch = { kind: 'Job', called: 'j-1', owners: ['batch/v1 CronJob j'] };
const CRON_JOB: Sketch = { kind: 'CronJob', called: 'j' };

/** The first of the workloads, and all of them as owners. */
function among(...sketches: readonly [Sketch, ...Sketch[]]) {
  const workloads = sketches.map(workload);
  const subject = workload(sketches[0]);
  return { subject, owners: ownersIn(buildWorld(workloads).namespace('default')) };
}

const named = ({ kind, meta }: Workload): string => `${kind} ${meta.name}`;

test.each<readonly [title: string, sketches: readonly [Sketch, ...Sketch[]], chain: readonly string[]]>([
  [
    'a Pod with both of its controllers',
    [POD, REPLICA_SET, DEPLOYMENT],
    ['Pod x-1-a', 'ReplicaSet x-1', 'Deployment x'],
  ],
  ['a Pod without its ReplicaSet', [POD, DEPLOYMENT], ['Pod x-1-a']],
  ['a Pod whose Deployment is gone', [POD, REPLICA_SET], ['Pod x-1-a', 'ReplicaSet x-1']],
  ['a Job of a CronJob', [JOB, CRON_JOB], ['Job j-1', 'CronJob j']],
  ['a Pod with another image', [{ ...POD, image: 'acme/other' }, REPLICA_SET], ['Pod x-1-a']],
  ['a Pod with another argument', [{ ...POD, args: ['x'] }, REPLICA_SET], ['Pod x-1-a']],
  ['a Pod with a label of its own', [{ ...POD, labels: { own: 'x' } }, REPLICA_SET], ['Pod x-1-a']],
  ['a Pod that lacks a label', [POD, { ...REPLICA_SET, labels: { app: 'x' } }], ['Pod x-1-a']],
  [
    'a Pod with another value of a label',
    [
      { ...POD, labels: { app: 'y' } },
      { ...REPLICA_SET, labels: { app: 'x' } },
    ],
    ['Pod x-1-a'],
  ],
  [
    'a Pod with the hash of the Deployment',
    [
      { ...POD, labels: { app: 'x', 'pod-template-hash': '1' } },
      { ...REPLICA_SET, labels: { app: 'x' } },
      { ...DEPLOYMENT, labels: { app: 'x' } },
    ],
    ['Pod x-1-a', 'ReplicaSet x-1', 'Deployment x'],
  ],
  [
    'a Deployment that claims a ReplicaSet',
    [{ called: 'x', owners: ['apps/v1 ReplicaSet x-1'] }, REPLICA_SET],
    ['Deployment x'],
  ],
  [
    'a Pod that claims a Pod',
    [
      { ...POD, owners: ['v1 Pod y'] },
      { kind: 'Pod', called: 'y' },
    ],
    ['Pod x-1-a'],
  ],
  ['a Job that claims a Deployment', [{ ...JOB, owners: ['apps/v1 Deployment x'] }, DEPLOYMENT], ['Job j-1']],
  [
    'a Pod that claims a kind of another API',
    [{ ...POD, owners: ['acme.example/v1 Deployment x'] }, DEPLOYMENT],
    ['Pod x-1-a'],
  ],
])('%s is judged through what made it as it is', (_title, sketches, chain) => {
  const { subject, owners } = among(...sketches);
  expect(lineage(subject, owners).map(named)).toEqual(chain);
  expect(isJudgedThroughOwner(subject, owners)).toBe(chain.length > 1);
});

test.each<readonly [title: string, sketches: readonly [Sketch, ...Sketch[]], known: string | undefined]>([
  ['one that nobody made', [DEPLOYMENT], undefined],
  ['a Pod of a Deployment', [POD, REPLICA_SET, DEPLOYMENT], 'Deployment x'],
  ['a Pod whose ReplicaSet is gone', [POD, DEPLOYMENT], 'ReplicaSet x-1'],
  ['a Deployment of a custom resource', [{ ...DEPLOYMENT, owners: ['acme.example/v1 Tool x'] }], 'Tool x'],
  [
    'a Deployment of a Knative Revision',
    [
      {
        ...DEPLOYMENT,
        owners: ['serving.knative.dev/v1 Revision x-1'],
        ownLabels: { 'serving.knative.dev/service': 'x' },
      },
    ],
    'Service.serving.knative.dev x',
  ],
  [
    'one whose pods alone have its label',
    [
      {
        ...DEPLOYMENT,
        owners: ['serving.knative.dev/v1 Revision x-1'],
        labels: { 'serving.knative.dev/service': 'x' },
      },
    ],
    'Service.serving.knative.dev x',
  ],
  ['one without its label', [{ ...DEPLOYMENT, owners: ['serving.knative.dev/v1 Revision x-1'] }], 'Revision x-1'],
])('a person knows %s by its owner', (_title, sketches, known) => {
  const { subject, owners } = among(...sketches);
  const ref = knownOwner(subject, owners);
  expect(ref && `${ref.kind} ${ref.name}`).toBe(known);
});

test.each<readonly [title: string, sketches: readonly [Sketch, ...Sketch[]], awaits: boolean]>([
  ['nobody', [DEPLOYMENT], false],
  ['a ReplicaSet that is there', [POD, REPLICA_SET], false],
  ['a ReplicaSet that is not there', [POD], true],
  ['a CronJob that is not there', [JOB], true],
  ['a custom resource', [{ ...POD, owners: ['acme.example/v1 Tool x'] }], false],
  ['a controller that cannot make it', [{ ...JOB, owners: ['apps/v1 Deployment x'] }], false],
  ['an API of another group', [{ ...POD, owners: ['acme.example/v1 ReplicaSet x-1'] }], false],
])('a workload of %s waits for it: %#', (_title, sketches, awaits) => {
  const { subject, owners } = among(...sketches);
  expect(awaitsOwner(subject, owners)).toBe(awaits);
});

test.each<readonly [title: string, sketches: readonly [Sketch, ...Sketch[]], gone: readonly string[], goes: boolean]>([
  ['has no owner', [DEPLOYMENT], ['apps/v1 Deployment x'], false],
  ['is owned by them alone', [REPLICA_SET, DEPLOYMENT], ['apps/v1 Deployment x'], true],
  ['is owned by another', [REPLICA_SET, DEPLOYMENT], ['apps/v1 Deployment y'], false],
  ['is owned by another kind of this name and uid', [REPLICA_SET, DEPLOYMENT], ['apps/v1 StatefulSet x'], false],
  ['is owned by another API of this name and uid', [REPLICA_SET, DEPLOYMENT], ['acme.example/v1 Deployment x'], false],
  ['is owned by them in another version', [REPLICA_SET, DEPLOYMENT], ['apps/v1beta2 Deployment x'], true],
  ['is made by what they own', [POD, REPLICA_SET, DEPLOYMENT], ['apps/v1 Deployment x'], true],
  [
    'has one owner that stays',
    [{ ...POD, owners: ['acme.example/v1 Tool a', 'acme.example/v1 Tool b'] }],
    ['acme.example/v1 Tool a'],
    false,
  ],
  [
    'has two owners that both go',
    [{ ...POD, owners: ['acme.example/v1 Tool a', 'acme.example/v1 Tool b'] }],
    ['acme.example/v1 Tool a', 'acme.example/v1 Tool b'],
    true,
  ],
  ['is owned by what is gone already', [POD], ['apps/v1 ReplicaSet y'], true],
  [
    'is owned by what is gone already and what stays',
    [{ ...POD, owners: ['apps/v1 ReplicaSet x-1', 'acme.example/v1 Tool b'] }],
    ['apps/v1 ReplicaSet y'],
    false,
  ],
  [
    'claims what cannot make it',
    [
      { ...JOB, owners: ['apps/v1 Deployment y'] },
      { called: 'y', owners: ['acme.example/v1 Tool x'] },
    ],
    ['acme.example/v1 Tool x'],
    false,
  ],
])('what %s goes with its owners: %#', (_title, sketches, gone, goes) => {
  const { subject, owners } = among(...sketches);
  expect(goesWith(subject, ownerIdentities(workload({ owners: gone }).meta.owners), owners)).toBe(goes);
});

test('what is being deleted goes, whoever owns it', () => {
  const { subject, owners } = among(DEPLOYMENT);
  expect(goesWith({ ...subject, meta: { ...subject.meta, terminating: true } }, new Set(), owners)).toBe(true);
});

test('a claim is followed over several steps, and to another name it is none', () => {
  const { subject, owners } = among(POD, REPLICA_SET, DEPLOYMENT);
  const isOf = (sketch: Sketch): boolean => isOwnedBy(subject, workload(sketch), owners);
  expect([POD, REPLICA_SET, DEPLOYMENT, { called: 'y' }, { kind: 'StatefulSet', called: 'x' }].map(isOf)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('owners are those of the namespace', () => {
  const world = buildWorld([workload(DEPLOYMENT), workload({ ...DEPLOYMENT, namespace: 'other' })]);
  const { get, has } = ownersIn(world.namespace('default'));
  expect(['default/Deployment/x', 'other/Deployment/x', 'default/Deployment/y'].map(has)).toEqual([true, false, false]);
  expect(get('default/Deployment/x')?.meta.namespace).toBe('default');
});

test.each([
  ['apps/v1', 'Deployment', 'Deployment/x'],
  ['v1', 'Pod', 'Pod/x'],
  ['acme.example/v1', 'Deployment', 'Deployment.acme.example/x'],
])('an owner of %s %s is known as %s', (apiVersion, kind, key) => {
  expect(claimKey({ apiVersion, kind, name: 'x' })).toBe(key);
});

test.each([
  ['Pod', 2],
  ['ReplicaSet', 1],
  ['Job', 1],
  ['Deployment', 0],
  ['CronJob', 0],
])('above a %s stand %i controllers at most', (kind, steps) => {
  expect(stepsFromOwner({ kind })).toBe(steps);
});

test('an owner without a uid is none that the garbage collector knows', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'x', controller: false };
  expect([
    ...ownerIdentities([
      { ...owner, uid: 'a' },
      { ...owner, uid: '' },
    ]),
  ]).toEqual(['Pod/x#a']);
});

test.each([
  ['true', true],
  ['yes', false],
  ['false', false],
])('a Pod that has got the label of servers with the value %s is what its controller makes: %s', (value, expected) => {
  const pod: Sketch = {
    ...POD,
    owners: ['apps/v1 Deployment x'],
    kind: 'Pod',
    labels: { 'chokepoint.dev/mcp-server': value },
  };
  const { subject, owners } = among({ ...pod, owners: ['apps/v1 ReplicaSet x-1'] }, REPLICA_SET);
  expect(isJudgedThroughOwner(subject, owners)).toBe(expected);
});
