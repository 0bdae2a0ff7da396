import { expect, test } from 'vitest';
import type { Request } from '../control-plane/client.ts';
import { createWatchman } from './stored.ts';

const GATE = { name: 'chokepoint.dev/network-policy' };
const pod = (resourceVersion: string, schedulingGates: readonly object[] = []): object => ({
  metadata: { namespace: 'prod', name: 'server-1', uid: 'u', resourceVersion, labels: { app: 'mcp' } },
  spec: { containers: [], schedulingGates },
});
const closing = {
  metadata: { namespace: 'prod', name: 'mcp' },
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
};

/** An API server of one namespace that enforces, whose lists of Pods and of policies are answered in turn; the last answer stays. */
function answering(pods: readonly (readonly object[])[], policies: readonly (readonly object[])[]): Request {
  const lists = new Map([
    ['pods', [...pods]],
    ['networkpolicies', [...policies]],
    ['services', [[]]],
  ]);
  const next = (name: string): readonly object[] => {
    const answers = lists.get(name) ?? [];
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
  };
  return async (_, path) => ({
    status: 200,
    headers: {},
    body: path.endsWith('/prod')
      ? { metadata: { name: 'prod', labels: { 'chokepoint.dev/mode': 'enforce' } } }
      : { items: next(path.split('/').at(-1) ?? '') },
  });
}

test('a Pod whose gate came off behind its policy while the lists were read is not looked at beside the policies of before', async () => {
  const watchman = createWatchman(answering([[pod('1', [GATE])], [pod('2')]], [[], [closing]]), 'prod');
  expect(await watchman.look()).toEqual([]);
  expect(await watchman.look()).toEqual([]);
});

test('a Pod whose gate came off without a policy is open at the next look', async () => {
  const watchman = createWatchman(answering([[pod('1', [GATE])], [pod('2')]], [[]]), 'prod');
  expect(await watchman.look()).toEqual([]);
  expect(await watchman.look()).toEqual([expect.stringContaining('prod/server-1 open')]);
});
