import { afterEach, expect, it, vi } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import type { ApiRequest, Client } from '../../../src/adapters/kubernetes/client/client.ts';
import { followEnforcement } from '../../../src/adapters/kubernetes/view/followed-enforcement.ts';
import { GateError } from '../../../src/errors.ts';

afterEach(() => {
  vi.useRealTimers();
});

const report = (measuredAt: string) => ({
  data: { 'probe.json': JSON.stringify({ kind: 'ProbeReport', measuredAt, nodes: [] }) },
});

/** An API server that answers what the test says, and what it was asked for. */
function serverOf(answer: () => { readonly status: number; readonly body: unknown }) {
  const asked: string[] = [];
  const client = {
    request: async ({ path }: ApiRequest) => {
      asked.push(path.join('/'));
      return { ...answer(), retryAfterMs: undefined };
    },
  };
  return { client: client as unknown as Client, asked };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(resolve => setImmediate(resolve));
};

it('completes a policy by what is kept of the last probe, and gives the same object while that stays', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  let day = '2026-11-25T00:00:00Z';
  const { client, asked } = serverOf(() => ({ status: 200, body: report(day) }));
  const followed = followEnforcement(client, 'chokepoint-system', () => undefined);
  let changes = 0;
  followed.onChange(() => {
    changes += 1;
  });
  await settled();
  const policy = builtinGatePolicy();
  const complete = followed.complete(policy);
  expect([complete.enforcement?.day, changes]).toEqual(['2026-11-25', 1]);
  vi.advanceTimersByTime(60_000);
  await settled();
  expect([followed.complete(policy) === complete, changes]).toEqual([true, 1]);
  day = '2026-11-26T00:00:00Z';
  vi.advanceTimersByTime(60_000);
  await settled();
  expect([followed.complete(policy).enforcement?.day, changes]).toEqual(['2026-11-26', 2]);
  expect(new Set(asked)).toEqual(new Set(['api/v1/namespaces/chokepoint-system/configmaps/chokepoint-probe']));
  followed.stop();
});

it.each([403, 404])('knows nothing where the answer is %d', async status => {
  const { client } = serverOf(() => ({ status, body: {} }));
  const followed = followEnforcement(client, 'chokepoint-system', () => undefined);
  await settled();
  expect(followed.complete(builtinGatePolicy()).enforcement).toBeUndefined();
  followed.stop();
});

it('tells where there is no answer', async () => {
  const errors: unknown[] = [];
  const { client } = serverOf(() => {
    throw new GateError('unreachable-cluster', 'no answer');
  });
  const followed = followEnforcement(client, 'chokepoint-system', error => errors.push(error));
  await settled();
  expect(errors.map(String)).toEqual(['GateError: no answer']);
  followed.stop();
});
