import { expect, test } from 'vitest';
import { readPolicyEndpoints } from '../../../src/adapters/kubernetes/view/read-policy-endpoints.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

const LIST = {
  metadata: { resourceVersion: '7' },
  items: [
    {
      metadata: { name: 'weather-x7k2p', ownerReferences: [{ uid: 'uid-1' }] },
      spec: { policyRef: { name: 'weather' } },
    },
  ],
};

test('the PolicyEndpoints of a namespace are listed there', async () => {
  const client = scriptedClient(() => answerOf(LIST));
  const all = await readPolicyEndpoints(client, 'tools');
  expect(all?.map(({ policy, owners }) => [policy, ...owners])).toEqual([['weather', 'uid-1']]);
  expect(client.requests.map(({ path }) => path.join('/'))).toEqual([
    'apis/networking.k8s.aws/v1alpha1/namespaces/tools/policyendpoints',
  ]);
});

test.each([403, 404])('a cluster that answers %d tells nothing', async status => {
  expect(
    await readPolicyEndpoints(
      scriptedClient(() => answerOf({}, status)),
      'tools',
    ),
  ).toBeUndefined();
});

test('any other answer is an error', async () => {
  await expect(
    readPolicyEndpoints(
      scriptedClient(() => answerOf({}, 500)),
      'tools',
    ),
  ).rejects.toThrow('the PolicyEndpoints of tools cannot be listed: 500');
});
