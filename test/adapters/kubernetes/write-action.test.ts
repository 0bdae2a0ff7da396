import { describe, expect, test } from 'vitest';
import type { Client } from '../../../src/adapters/kubernetes/client/client.ts';
import { writeAction } from '../../../src/adapters/kubernetes/writes/write-action.ts';
import { createWriter } from '../../../src/adapters/kubernetes/writes/writer.ts';
import type { Action, MadePolicyManifest, WorkloadRef } from '../../../src/app/controller/action.ts';
import { createFakeTime } from '../../support/fake-time.ts';

/** The request that each action is. */

const SERVER: WorkloadRef = { kind: 'Deployment', namespace: 'tools', name: 'fetch', uid: 'u-1' };
const POD: WorkloadRef = { kind: 'Pod', namespace: 'tools', name: 'fetch-abc-1', uid: 'u-2' };
const MANIFEST: MadePolicyManifest = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'chokepoint-fetch', namespace: 'tools', labels: { a: 'b' }, annotations: { c: 'd' } },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [] },
};
const POLICY_PATH = '/apis/networking.k8s.io/v1/namespaces/tools/networkpolicies/chokepoint-fetch';

type Request = Parameters<Client['request']>[0];

async function requestOf(action: Action): Promise<Omit<Request, 'path'> & { readonly path: string }> {
  const requests: Request[] = [];
  const client: Client = {
    request: async request => {
      requests.push(request);
      return { status: 200, retryAfterMs: undefined, body: {} };
    },
    stream: () => Promise.reject(new Error('nothing is watched')),
    close: () => undefined,
  };
  const source = { controller: 'chokepoint.dev/controller', instance: 'pod', nowMs: () => 0 };
  await writeAction(createWriter(client, createFakeTime(), source, new AbortController().signal), action);
  expect(requests.length).toBe(1);
  const [request] = requests;
  if (request === undefined) throw new Error('nothing was asked for');
  const { method, path, query, body } = request;
  return { method, path: `/${path.join('/')}`, ...(query && { query }), body };
}

describe('A policy', () => {
  test.each<readonly [string, string | undefined, object]>([
    ['that is new is known by its name alone', undefined, {}],
    ['that is brought up to date is known by its uid', 'u-3', { uid: 'u-3' }],
  ])('%s; no field of anybody else is taken over', async (_what, heals, known) => {
    const { metadata, ...manifest } = MANIFEST;
    const { query, ...request } = await requestOf({ kind: 'apply-policy', manifest: MANIFEST, server: SERVER, heals });
    expect(request).toEqual({
      method: 'PATCH',
      path: POLICY_PATH,
      body: { ...manifest, metadata: { ...metadata, ...known } },
    });
    expect([query?.fieldManager, query?.force ?? 'false']).toEqual(['chokepoint', 'false']);
  });

  test('is deleted by its uid: one that was made anew under the name stays', async () => {
    const action: Action = { kind: 'delete-policy', namespace: 'tools', name: 'chokepoint-fetch', uid: 'u-3' };
    expect(await requestOf(action)).toMatchObject({
      method: 'DELETE',
      path: POLICY_PATH,
      body: { kind: 'DeleteOptions', preconditions: { uid: 'u-3' } },
    });
  });
});

test('our gate comes off this very Pod, and no other gate', async () => {
  expect(await requestOf({ kind: 'lift-gate', pod: POD })).toMatchObject({
    method: 'PATCH',
    path: '/api/v1/namespaces/tools/pods/fetch-abc-1',
    body: {
      metadata: { uid: 'u-2' },
      spec: { schedulingGates: [{ $patch: 'delete', name: 'chokepoint.dev/network-policy' }] },
    },
  });
});

test.each<readonly [WorkloadRef, Extract<Action, { kind: 'event' }>['reason'], string, string, string]>([
  [SERVER, 'PolicyCreated', 'apps/v1', 'Normal', 'CreatePolicy'],
  [SERVER, 'PolicyUpdated', 'apps/v1', 'Normal', 'UpdatePolicy'],
  [SERVER, 'PolicyTakenOver', 'apps/v1', 'Normal', 'YieldPolicy'],
  [SERVER, 'NoPolicyPossible', 'apps/v1', 'Warning', 'CreatePolicy'],
  [POD, 'TrafficOpen', 'v1', 'Warning', 'HoldPod'],
  [POD, 'PolicyNotProgrammed', 'v1', 'Warning', 'HoldPod'],
  [POD, 'PolicyAbsent', 'v1', 'Normal', 'HoldPod'],
])('an Event about %o says %s', async (about, reason, apiVersion, type, action) => {
  expect(await requestOf({ kind: 'event', about, reason, note: 'why' })).toMatchObject({
    method: 'POST',
    path: '/apis/events.k8s.io/v1/namespaces/tools/events',
    body: { regarding: { apiVersion, ...about }, reason, note: 'why', type, action },
  });
});
