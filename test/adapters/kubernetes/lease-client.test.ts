import { expect, test } from 'vitest';
import { createLeaseClient } from '../../../src/adapters/kubernetes/writes/lease-client.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const SPEC = {
  holderIdentity: 'me',
  leaseDurationSeconds: 15,
  acquireTime: '2026-01-01T00:00:00.000000Z',
  renewTime: '2026-01-01T00:00:05.000000Z',
  leaseTransitions: 2,
};
const NO_TIMES = { ...SPEC, acquireTime: '', renewTime: '' };
const client = (status: number, body: unknown) => scriptedClient(() => answerOf(body, status));
const leaseOf = (requests: ReturnType<typeof client>) => createLeaseClient(requests, 'system', 'leader');

test.each([
  ['all of it', SPEC, SPEC],
  [
    'a lease that nobody holds',
    {},
    { holderIdentity: '', leaseDurationSeconds: 0, acquireTime: '', renewTime: '', leaseTransitions: 0 },
  ],
  ['times that were taken away', { ...SPEC, acquireTime: null, renewTime: null }, NO_TIMES],
])('a lease is read: %s', async (_, spec, expected) => {
  const lease = await leaseOf(client(200, { metadata: { resourceVersion: '7' }, spec })).read(1000);
  expect(lease).toEqual({ spec: expected, resourceVersion: '7' });
});

test('a lease that is not there is undefined', async () => {
  expect(await leaseOf(client(404, {})).read(1000)).toBeUndefined();
});

test.each([
  ['a refusal', 403, {}, 'the Lease system/leader cannot be read: 403'],
  ['an answer that is no object', 200, 'ok', 'the answer is no Lease'],
  ['an answer without a version', 200, { metadata: {} }, 'the answer is no Lease'],
])('%s is an error', async (_, status, body, message) => {
  await expect(leaseOf(client(status, body)).read(1000)).rejects.toThrow(message);
});

test.each([
  ['created', 'POST', undefined],
  ['updated', 'PATCH', '7'],
])('a lease is %s with its times, and an empty time takes the time away', async (_, method, version) => {
  const requests = client(200, { metadata: { resourceVersion: '8' } });
  const lease = leaseOf(requests);
  for (const spec of [SPEC, NO_TIMES]) {
    if (version === undefined) await lease.create(spec, 1000);
    else await lease.update(spec, version, 1000);
  }
  const sent = requests.requests.map(request => [request.method, Object(request.body)]);
  expect(sent.map(([, { spec }]) => [spec.acquireTime, spec.renewTime])).toEqual([
    [SPEC.acquireTime, SPEC.renewTime],
    [null, null],
  ]);
  expect(sent.map(([, { metadata }]) => metadata.resourceVersion)).toEqual([version, version]);
  expect(sent.map(([used]) => used)).toEqual([method, method]);
});

test.each([
  [409, 'conflict'],
  [404, 'absent'],
])('a write that is answered with %i is a %s', async (status, kind) => {
  const lease = leaseOf(client(status, { message: 'no' }));
  expect((await lease.update(SPEC, '7', 1000)).kind).toBe(kind);
});

test('a write that is forbidden is an error that says so', async () => {
  const lease = leaseOf(client(403, { message: 'forbidden to you' }));
  await expect(lease.update(SPEC, '7', 1000)).rejects.toThrow('forbidden to you');
  await expect(lease.create(SPEC, 1000)).rejects.toThrow('forbidden to you');
});
