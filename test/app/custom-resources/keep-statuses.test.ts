import { expect, test } from 'vitest';
import { createStatusKeeper, type StoredResources } from '../../../src/app/custom-resources/keep-statuses.ts';
import { decodeGatePolicy } from '../../../src/core/gate/document/decode-gate-policy.ts';
import { readStoredGatePolicy } from '../../../src/core/gate/stored-gate-policy.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { GateException } from '../../../src/core/kube/types.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { decodeAll, testPolicy } from '../../support/reviews.ts';

const gatePolicy = (name: string, more: Fields = {}) =>
  readStoredGatePolicy({
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'GatePolicy',
    metadata: { name, uid: `uid-${name}`, generation: 1 },
    spec: {},
    ...more,
  });

const gateException = (name: string): GateException => {
  const spec = {
    object: { kind: 'Deployment', name: 'a' },
    rules: ['service-exposed'],
    reason: 'T',
    expires: '2027-01-31',
  };
  const metadata = { name, namespace: 'tools', uid: `uid-${name}`, generation: 1 };
  const [object] = decodeAll([{ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GateException', metadata, spec }]);
  return object as GateException;
};

function keeperOver(resources: StoredResources) {
  const time = createFakeTime();
  const calls: string[] = [];
  const state: { resources: StoredResources | undefined; policy: GatePolicy | undefined; fails: boolean } = {
    resources,
    policy: testPolicy({ day: '2026-11-27' }),
    fails: false,
  };
  const keeper = createStatusKeeper({
    time,
    resources: () => state.resources,
    policy: () => state.policy,
    gate: () => ({ file: undefined, lacks: [] }),
    decode: async document => decodeGatePolicy(document),
    now: () => '2026-11-27T08:00:00Z',
    write: async ({ kind, namespace, name }, conditions) => {
      if (state.fails) throw new Error('no answer');
      calls.push(`${kind} ${namespace}/${name} ${conditions.map(({ reason }) => reason).join()}`);
    },
    onError: error => calls.push(String(error)),
  });
  const term = new AbortController();
  keeper.lead(term.signal);
  return {
    calls,
    state,
    pass: (ms: number) => time.advance(ms),
    end: () => {
      term.abort();
      return keeper.stopped();
    },
  };
}

test('each object is told once what became of it, while the view does not show it yet', async () => {
  const { calls, pass, end } = keeperOver({
    gatePolicies: [gatePolicy('default'), gatePolicy('other')],
    gateExceptions: [gateException('one')],
  });
  await pass(20_000);
  expect(calls).toEqual([
    'GatePolicy /default InForce,InForce',
    'GatePolicy /other NotDefault,NotDefault',
    'GateException tools/one NotAllowed',
  ]);
  await end();
});

test('what somebody else wrote over it is put back', async () => {
  const { calls, pass, end } = keeperOver({ gatePolicies: [gatePolicy('default')], gateExceptions: [] });
  await pass(40_000);
  expect(calls.length).toBe(2);
  await end();
});

test('what changes is told at the next look', async () => {
  const { calls, state, pass, end } = keeperOver({ gatePolicies: [], gateExceptions: [gateException('one')] });
  await pass(1_000);
  state.policy = testPolicy({
    day: '2026-11-27',
    exceptionsFromNamespaces: { rules: new Set(['service-exposed']), longestDays: 90 },
  });
  await pass(5_000);
  expect(calls).toEqual(['GateException tools/one NotAllowed', 'GateException tools/one Counts']);
  await end();
});

test('nothing is said of GateExceptions while there is no policy, and nothing at all without a view', async () => {
  const { calls, state, pass, end } = keeperOver({
    gatePolicies: [gatePolicy('default', { spec: { mode: 'x' } })],
    gateExceptions: [gateException('one')],
  });
  state.policy = undefined;
  await pass(6_000);
  expect(calls).toEqual(['GatePolicy /default InvalidValue,InvalidValue']);
  state.resources = undefined;
  await pass(60_000);
  expect(calls.length).toBe(1);
  await end();
});

test('after a write that failed it waits, and tries again', async () => {
  const { calls, state, pass, end } = keeperOver({ gatePolicies: [gatePolicy('default')], gateExceptions: [] });
  state.fails = true;
  await pass(50_000);
  expect(calls).toEqual(['Error: no answer']);
  state.fails = false;
  await pass(30_000);
  expect(calls).toEqual(['Error: no answer', 'GatePolicy /default InForce,InForce']);
  await end();
});

test('of many objects some are written at each look', async () => {
  const many = Array.from({ length: 120 }, (_, index) => gateException(`e${index}`));
  const { calls, pass, end } = keeperOver({ gatePolicies: [], gateExceptions: many });
  await pass(1_000);
  expect(calls.length).toBe(50);
  await pass(10_000);
  expect(new Set(calls).size).toBe(120);
  await end();
});
