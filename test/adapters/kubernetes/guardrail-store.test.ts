import { expect, test } from 'vitest';
import { createGuardrailStore } from '../../../src/adapters/kubernetes/writes/guardrail-store.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const { signal } = new AbortController();
const MANIFEST = {
  apiVersion: 'policy.networking.k8s.io/v1alpha2',
  kind: 'ClusterNetworkPolicy',
  metadata: { name: 'chokepoint-mcp-servers' },
  spec: { priority: 1 },
};
const PATH = ['apis', 'policy.networking.k8s.io', 'v1alpha2', 'clusternetworkpolicies', 'chokepoint-mcp-servers'];
const STORED = { ...MANIFEST, name: 'chokepoint-mcp-servers', uid: 'u-1', isMarked: true };
const storeOver = (client: ReturnType<typeof scriptedClient>) => createGuardrailStore(client, createFakeTime());
const writtenBy = (...managers: readonly string[]) => ({
  metadata: { managedFields: managers.map(manager => ({ manager, fieldsV1: { 'f:spec': {} } })) },
});

test('an object is applied by our field manager, never by force', async () => {
  const client = scriptedClient(() => answerOf({}, 201));
  expect(await storeOver(client).apply(MANIFEST, signal)).toBe('done');
  expect(client.requests).toMatchObject([
    {
      method: 'PATCH',
      path: PATH,
      query: { fieldManager: 'chokepoint' },
      contentType: 'application/apply-patch+yaml',
      body: MANIFEST,
    },
  ]);
});

test('what somebody else has written is his', async () => {
  expect(await storeOver(scriptedClient(() => answerOf({ message: 'conflict' }, 409))).apply(MANIFEST, signal)).toBe(
    'taken-over',
  );
  const client = scriptedClient(() => answerOf(writtenBy('chokepoint', 'kubectl-edit')));
  expect(await storeOver(client).remove(STORED, signal)).toBe('taken-over');
  expect(client.requests.map(({ method }) => method)).toEqual(['GET']);
});

test('an object of ours is deleted, this very one', async () => {
  const client = scriptedClient(() => answerOf(writtenBy('chokepoint')));
  expect(await storeOver(client).remove(STORED, signal)).toBe('done');
  expect(client.requests).toMatchObject([
    { method: 'GET', path: PATH },
    { method: 'DELETE', path: PATH, body: { preconditions: { uid: 'u-1' } } },
  ]);
});

test('one that is gone is done; what is refused is an error that names it', async () => {
  expect(await storeOver(scriptedClient(() => answerOf({}, 404))).remove(STORED, signal)).toBe('done');
  const refusing = storeOver(scriptedClient(() => answerOf({ message: 'forbidden' }, 403)));
  await expect(refusing.apply(MANIFEST, signal)).rejects.toThrow(
    'ClusterNetworkPolicy chokepoint-mcp-servers cannot be written: forbidden',
  );
  await expect(refusing.remove(STORED, signal)).rejects.toThrow('cannot be deleted: forbidden');
});
