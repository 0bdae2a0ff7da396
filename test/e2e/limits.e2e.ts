import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { User } from '../control-plane/users.ts';
import { shippedAccount } from './gate.ts';
import { PODS, pathIn } from './scene.ts';
import { pod } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** Whoever has the token of the controller's account, and tries what its rights alone would let him. */

const GATE = 'chokepoint.dev/network-policy';
const STRATEGIC = 'application/strategic-merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const KINDS = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'] as const;

/** What is tried, and the patch that tries it. */
type Attempt = { readonly what: string; readonly body: object; readonly contentType?: string };

let cluster: Connection;
let controller: User;
let pods: string;
/** The rights are given to configurations of this name alone. It is asked about a kind that nothing creates here. */
const NAME = 'chokepoint';
const webhook = {
  name: 'limits.chokepoint.dev',
  sideEffects: 'None',
  failurePolicy: 'Ignore',
  admissionReviewVersions: ['v1'],
  clientConfig: { service: { namespace: 'chokepoint-system', name: 'chokepoint', path: '/validate', port: 443 } },
  rules: [{ apiGroups: ['nobody.test'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
};

const refusalOf = ({ status, body }: Answer): string => (status < 300 ? '' : String(body.message));
const patchPod = (body: object, contentType = STRATEGIC): Promise<Answer> =>
  controller.request('PATCH', `${pods}/held`, body, { contentType });

beforeAll(async () => {
  cluster = sharedCluster();
  controller = await shippedAccount(cluster, 'controller');
  pods = pathIn(await newNamespace(cluster, 'limits'), PODS);
  const gates = [{ name: GATE }, { name: 'somebody.test/gate' }];
  expectOk(await cluster.request('POST', pods, pod('held', { app: 'held' }, { schedulingGates: gates })));
  for (const kind of KINDS) {
    await cluster.request('DELETE', `${CONFIGURATIONS}/${kind}/${NAME}`);
    const object = { metadata: { name: NAME }, webhooks: [webhook] };
    expectOk(await cluster.request('POST', `${CONFIGURATIONS}/${kind}`, object));
  }
  // The API server learns of its policies a moment after they are written.
  await eventually('the limits are in force', async () => {
    const { status } = await patchPod({ metadata: { labels: { probe: 'yes' } } });
    return status === 403 || undefined;
  });
});
afterAll(async () => {
  for (const kind of KINDS) await cluster?.request('DELETE', `${CONFIGURATIONS}/${kind}/${NAME}`);
  cluster?.close();
});

describe.each(KINDS)('%s', kind => {
  const patch = (body: object, contentType = STRATEGIC): Promise<Answer> =>
    controller.request('PATCH', `${CONFIGURATIONS}/${kind}/${NAME}`, body, { contentType });
  const changed = (change: object): object => ({ webhooks: [{ name: webhook.name, ...change }] });

  test('get another authority to trust', async () => {
    const caBundle = Buffer.from(cluster.address.authority.cert).toString('base64');
    expect(refusalOf(await patch(changed({ clientConfig: { caBundle } })))).toBe('');
  });

  test.each<Attempt>([
    { what: 'another service', body: changed({ clientConfig: { service: { name: 'evil', namespace: 'evil' } } }) },
    {
      what: 'a URL',
      body: [
        { op: 'remove', path: '/webhooks/0/clientConfig/service' },
        { op: 'add', path: '/webhooks/0/clientConfig/url', value: 'https://evil.test/all' },
      ],
      contentType: JSON_PATCH,
    },
    {
      what: 'other rules',
      body: changed({
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
      }),
    },
    { what: 'another failure policy', body: changed({ failurePolicy: 'Fail' }) },
    { what: 'another match policy', body: changed({ matchPolicy: 'Exact' }) },
    { what: 'a match condition', body: changed({ matchConditions: [{ name: 'never', expression: 'false' }] }) },
    { what: 'a namespace selector', body: changed({ namespaceSelector: { matchLabels: { nobody: 'here' } } }) },
    { what: 'an object selector', body: changed({ objectSelector: { matchLabels: { nobody: 'here' } } }) },
    { what: 'another timeout', body: changed({ timeoutSeconds: 1 }) },
    { what: 'one webhook more', body: { webhooks: [{ ...webhook, name: 'second.chokepoint.dev' }] } },
    { what: 'no webhooks', body: [{ op: 'remove', path: '/webhooks/0' }], contentType: JSON_PATCH },
    {
      what: 'another order of two',
      body: [{ op: 'add', path: '/webhooks/0', value: { ...webhook, name: 'a.b.c' } }],
      contentType: JSON_PATCH,
    },
    { what: 'a label', body: { metadata: { labels: { whose: 'mine' } } } },
    { what: 'an annotation', body: { metadata: { annotations: { 'cert-manager.io/inject-ca-from': 'evil/evil' } } } },
    { what: 'a finalizer', body: { metadata: { finalizers: ['evil.test/stay'] } } },
    {
      what: 'an owner',
      body: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'gone', uid: '1' }] } },
    },
  ])('do not get $what', async ({ body, contentType }) => {
    expect(refusalOf(await patch(body, contentType))).toContain('nothing of a webhook configuration but clientConfig');
  });
});

describe('a Pod', () => {
  test.each<Attempt>([
    { what: 'a label', body: { metadata: { labels: { app: 'other' } } } },
    { what: 'an annotation', body: { metadata: { annotations: { who: 'me' } } } },
    {
      what: 'an owner',
      body: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'gone', uid: '1' }] } },
    },
    { what: 'a finalizer', body: { metadata: { finalizers: ['evil.test/stay'] } } },
    { what: 'another image', body: { spec: { containers: [{ name: 'server', image: 'evil.test/image' }] } } },
    { what: 'a deadline', body: { spec: { activeDeadlineSeconds: 1 } } },
    {
      what: 'a toleration',
      body: [{ op: 'add', path: '/spec/tolerations/-', value: { operator: 'Exists' } }],
      contentType: JSON_PATCH,
    },
    { what: 'a node selector', body: { spec: { nodeSelector: { on: 'that' } } } },
    {
      what: "somebody else's gate off",
      body: { spec: { schedulingGates: [{ $patch: 'delete', name: 'somebody.test/gate' }] } },
    },
    { what: 'every gate off', body: [{ op: 'remove', path: '/spec/schedulingGates' }], contentType: JSON_PATCH },
  ])('does not get $what', async ({ body, contentType }) => {
    expect(refusalOf(await patchPod(body, contentType))).toContain('nothing of a Pod but takes the scheduling gate');
  });

  test('is let go', async () => {
    const answer = await patchPod({ spec: { schedulingGates: [{ $patch: 'delete', name: GATE }] } });
    expect(refusalOf(answer)).toBe('');
    expect(answer.body.spec.schedulingGates).toEqual([{ name: 'somebody.test/gate' }]);
  });
});
