import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, expectOk, type Request } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { addNode } from '../control-plane/nodes.ts';
import { startTee } from '../control-plane/tee.ts';
import { registerWebhook } from '../control-plane/webhooks.ts';
import { LABEL_CHANGES } from './bypasses/label-changes.ts';
import { PODS_AND_WORKLOADS } from './bypasses/pods-and-workloads.ts';
import { POLICY_CHANGES } from './bypasses/policy-changes.ts';
import { SECOND_POLICIES } from './bypasses/second-policies.ts';
import { SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, newScene, PODS, POLICIES, pathIn, said } from './scene.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

let cluster: Connection;
let gate: WorkingGate;

const BYPASSES = [...LABEL_CHANGES, ...POLICY_CHANGES, ...SECOND_POLICIES, ...PODS_AND_WORKLOADS];

beforeAll(async () => {
  cluster = sharedCluster();
  await addNode(cluster.request, 'node-1').catch(() => undefined);
  gate = await startWorkingGate(cluster, 'no-bypass', SPEC);
});

afterAll(async () => {
  await gate?.close();
  await cluster?.request('DELETE', '/api/v1/nodes/node-1');
  cluster?.close();
});

describe('a hole that is real where the gate is off is closed where it enforces', () => {
  test.concurrent.each(BYPASSES)('$title', async ({ labels, prepare, attempt, refusedFor }) => {
    for (const mode of ['off', 'enforce'] as const) {
      const where = await newScene(cluster, mode, labels);
      for (const answer of (await prepare?.(where)) ?? []) expectOk(answer, `preparation in mode ${mode}`);
      const answer = await attempt(where);
      if (mode === 'off') expectOk(answer, 'the hole');
      else expect(said(answer)).toMatch(new RegExp(`^403 .*${refusedFor}`, 's'));
    }
  });
});

describe('a namespace', () => {
  const relabels: readonly (readonly [subresource: string, labels: object])[] = [
    ['', { [MODE]: 'off' }],
    ['', { [MODE]: null }],
    ['/status', { [MODE]: 'audit' }],
    ['/status', { [MODE]: null }],
    ['/finalize', { [MODE]: 'warn' }],
  ];

  test.concurrent.each(relabels)(
    'cannot be lowered from enforce through namespaces%s by %j',
    async (subresource, labels) => {
      const dana = await cluster.user('dana', { groups: ['developers'] });
      const root = await cluster.user('root', { groups: ['platform', 'system:masters'] });
      const owner = await cluster.user('owner', { groups: ['developers', 'system:masters'] });
      const relabel = async (name: string, request: Request): Promise<Answer> => {
        const path = `/api/v1/namespaces/${name}`;
        const { body } = await cluster.request('GET', path);
        const merged = Object.fromEntries(
          Object.entries({ ...body.metadata.labels, ...labels }).filter(([, value]) => value !== null),
        );
        return request('PUT', `${path}${subresource}`, { ...body, metadata: { ...body.metadata, labels: merged } });
      };
      const [audited, enforced] = [
        await newNamespace(cluster, 'lower', { [MODE]: 'audit', team: 'a' }),
        await newNamespace(cluster, 'lower', { [MODE]: 'enforce' }),
      ];
      // The hole: whoever may write namespaces, or one of their subresources, changes the label that the gate goes by.
      const hole = expectOk(await relabel(audited, owner.request), 'the hole').body.metadata.labels;
      expect(hole[MODE]).toBe((labels as Record<string, string | null>)[MODE] ?? undefined);
      expect(said(await relabel(enforced, owner.request))).toMatch(/^403 .*mode-lowered/s);
      expect((await relabel(enforced, dana.request)).status).toBe(403);
      expectOk(await relabel(enforced, root.request), 'one who may');
    },
  );

  test('cannot bear the name of another in the label by which the gateway is known', async () => {
    const name = await newNamespace(cluster, 'forged');
    const path = `/api/v1/namespaces/${name}`;
    await cluster.request('PATCH', path, { metadata: { labels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } } });
    const { body } = await cluster.request('GET', path);
    expect(body.metadata.labels['kubernetes.io/metadata.name']).toBe(name);
  });
});

test('a mutating webhook of somebody else that comes after ours changes nothing: what is judged is the Pod as it will be', async () => {
  const patch = [{ op: 'replace', path: '/metadata/labels/app', value: 'elsewhere' }];
  const { host, authority } = cluster.address;
  const tee = await startTee(authority, { address: host, reply: () => ({ allowed: true, patch }) });
  const [off, enforced] = [await newScene(cluster, 'off'), await newScene(cluster, 'enforce')];
  const names = [off, enforced].map(({ namespace }) => namespace);
  const key = 'kubernetes.io/metadata.name';
  const remove = await registerWebhook(cluster.request, {
    name: 'zz-after-ours',
    phase: 'mutating',
    target: { url: tee.url('/'), caBundle: authority.cert },
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
    fields: { namespaceSelector: { matchExpressions: [{ key, operator: 'In', values: names }] } },
  });
  try {
    expectOk(await off.post(PODS, pod('second')), 'the hole');
    expect(said(await enforced.post(PODS, pod('second')))).toMatch(/^403 .*ingress-not-isolated/s);
  } finally {
    await remove();
    await tee.close();
  }
});

test.each([
  'chokepoint-controller',
  'system:serviceaccount:chokepoint-system:chokepoint-controller2',
  'system:serviceaccount:tools:chokepoint-controller',
])('%s is not taken for our controller, whose policies are not judged', async name => {
  const { namespace } = await newScene(cluster, 'enforce');
  const user = await cluster.user(name, { groups: ['system:masters'] });
  const open = policy('open', { podSelector: CLOSED.podSelector, ingress: [{}] });
  expect(said(await user.request('POST', pathIn(namespace, POLICIES), open))).toMatch(/^403 .*ingress-beyond-gateway/s);
});

test('two requests at once, each of which leaves the server closed, may open it together: the controller closes it again', async () => {
  const controller = await gate.startController();
  let opened = 0;
  const healedMs: number[] = [];
  for (let round = 0; round < 8; round++) {
    const { namespace, post, remove, request } = await newScene(cluster, 'enforce', {
      'chokepoint.dev/absent-policy': 'create',
    });
    expectOk(await post(POLICIES, policy('twin', CLOSED)));
    const answers = await Promise.all(['weather', 'twin'].map(name => remove(`${POLICIES}/${name}`)));
    if (!answers.every(({ status }) => status === 200)) continue;
    opened += 1;
    const start = performance.now();
    await eventually('closed again', async () => {
      const { body } = await request('GET', pathIn(namespace, POLICIES));
      return body.items.length > 0 || undefined;
    }).catch(error => {
      throw new Error(`${namespace}: ${controller.program.log().slice(-3000)}`, { cause: error });
    });
    healedMs.push(Math.round(performance.now() - start));
  }
  process.stderr.write(
    `two deletions at once: ${opened} of 8 pairs passed; closed again after ${healedMs.join(', ')} ms\n`,
  );
});
