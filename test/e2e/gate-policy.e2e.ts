import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { User } from '../control-plane/users.ts';
import { parseYaml } from '../support/yaml.ts';
import { byUrl, type GateProcess, registerGate, SPEC, SYSTEM, shippedAccount, startGate } from './gate.ts';
import { newScene, PODS, POLICIES, pathIn, type Scene, said } from './scene.ts';
import { pod, policy } from './servers.ts';
import { deleteNamespaces, newNamespace, sharedCluster } from './shared-cluster.ts';

/** A gate that objects of a real API server configure, under the shipped rights and the shipped webhook. */

const MANIFESTS = fileURLToPath(new URL('../../manifests', import.meta.url));
const COMPONENT = new URL('../../manifests/components/custom-resources/', import.meta.url);
const GROUP = '/apis/chokepoint.dev/v1alpha1';
const DEFAULT = `${GROUP}/gatepolicies/default`;
const EXCEPTIONS = 'apis/chokepoint.dev/v1alpha1/gateexceptions';

const made: string[] = [];
let cluster: Connection;
let webhook: User;
let controller: User;
let gate: GateProcess;
const running: GateProcess[] = [];
let unregister: (() => Promise<void>) | undefined;

/** The shipped webhooks, and the one that the component adds. */
function webhooks(): string {
  const [component] = parseYaml(readFileSync(new URL('kustomization.yaml', COMPONENT), 'utf8')) as readonly {
    readonly patches: readonly { readonly patch: string }[];
  }[];
  const [[{ value }]] = parseYaml(component?.patches[0]?.patch ?? '') as [[{ readonly value: object }]];
  const base = parseYaml(readFileSync(`${MANIFESTS}/base/90-webhooks.yaml`, 'utf8')) as readonly {
    readonly kind: string;
    readonly webhooks: readonly object[];
  }[];
  return base
    .map(one =>
      JSON.stringify(one.kind.startsWith('Validating') ? { ...one, webhooks: [...one.webhooks, value] } : one),
    )
    .join('\n---\n');
}

const start = async (
  name: string,
  command: 'serve' | 'controller',
  { kubeconfig }: User,
  spec: object | 'none' = 'none',
): Promise<GateProcess> => {
  const flags = command === 'serve' ? ['--controller-user', controller.name] : [];
  const one = await startGate(cluster, { name, command, kubeconfig, flags, spec });
  running.push(one);
  return one;
};

beforeAll(async () => {
  cluster = sharedCluster();
  expect((await cluster.kubectl(['apply', '-k', `${MANIFESTS}/crds`])).code).toBe(0);
  for (const plural of ['gatepolicies', 'gateexceptions']) {
    await eventually(`${plural} are served`, async () => {
      const { status } = await cluster.request('GET', `${GROUP}/${plural}`);
      return status === 200 || undefined;
    });
  }
  webhook = await shippedAccount(cluster, 'webhook');
  controller = await shippedAccount(cluster, 'controller');
  const rights = readFileSync(new URL('rights.yaml', COMPONENT), 'utf8');
  expect((await cluster.kubectl(['apply', '-f', '-'], { stdin: rights })).code).toBe(0);
  gate = await start('resources-serve', 'serve', webhook);
  unregister = await registerGate(cluster, byUrl(cluster, gate), webhooks());
  await start('resources-controller', 'controller', controller);
});
afterEach(() => deleteNamespaces(cluster, made.splice(0)));
afterAll(async () => {
  for (const one of running.slice(1)) await one.end();
  await unregister?.();
  gate?.program.kill();
  await cluster?.kubectl(['delete', '-k', `${MANIFESTS}/crds`]);
  cluster?.close();
});

const document = (spec: object, name = 'default'): object => ({
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'GatePolicy',
  metadata: { name },
  spec,
});

/** Writes a GatePolicy, as `kubectl apply` would. */
async function write(spec: object, name = 'default'): Promise<Answer> {
  const path = `${GROUP}/gatepolicies/${name}`;
  const { status, body } = await cluster.request('GET', path);
  if (status === 404) return cluster.request('POST', `${GROUP}/gatepolicies`, document(spec, name));
  return cluster.request('PUT', path, { ...body, spec });
}

/** `Ready True InForce` and so on of an object, once they are said of the spec that it has. */
const conditionsOf = (path: string): Promise<readonly string[]> =>
  eventually(`the status of ${path}`, async () => {
    const { body } = await cluster.request('GET', path);
    const conditions: readonly Readonly<Record<string, unknown>>[] = body.status?.conditions ?? [];
    const isNew = conditions.length > 0 && conditions.every(one => one.observedGeneration === body.metadata.generation);
    return isNew ? conditions.map(one => `${one.type} ${one.status} ${one.reason}: ${one.message}`) : undefined;
  });

/** Waits until the webhook has taken over what was written: nobody tells it when. */
const untilServed = (what: (detail: Readonly<Record<string, string>>) => boolean): Promise<true> =>
  eventually('the webhook has read it', async () => {
    const answer = await fetch(`http://${cluster.address.host}:${gate.healthPort}/readyz`);
    const { checks } = (await answer.json()) as {
      readonly checks: Readonly<Record<string, { readonly detail: Readonly<Record<string, string>> }>>;
    };
    return what(checks.policy?.detail ?? {}) || undefined;
  });

const scene = async (): Promise<Scene> => {
  const one = await newScene(cluster, 'enforce');
  made.push(one.namespace);
  return one;
};
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const OPENING = policy('open', {
  podSelector: {},
  policyTypes: ['Ingress'],
  ingress: [{ from: [{ namespaceSelector: {} }] }],
});
const exception = (more: object = {}, name = 'one'): object => ({
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'GateException',
  metadata: { name },
  spec: {
    object: { kind: 'NetworkPolicy', name: 'open' },
    rules: ['ingress-beyond-gateway'],
    reason: 'T-1',
    expires: inDays(9),
    ...more,
  },
});

describe('a GatePolicy', () => {
  test('named default configures the gate, and its status says so', async () => {
    expectOk(await write(SPEC));
    expect(await conditionsOf(DEFAULT)).toEqual([
      'Ready True InForce: the gate judges by it',
      'Degraded False InForce: it can be used',
    ]);
    await untilServed(({ source }) => source === 'GatePolicy default');
    const { stdout } = await cluster.kubectl(['get', 'gatepolicies']);
    expect(stdout.split('\n')[0]?.split(/\s+/)).toEqual(['NAME', 'PRESET', 'MODE', 'READY', 'REASON', 'AGE']);
    expect(stdout).toMatch(/default\s+audit\s+True\s+InForce/);
  });

  test('of another name does not count, and is told so at once and in its status', async () => {
    expectOk(await write({}, 'other'));
    expect((await conditionsOf(`${GROUP}/gatepolicies/other`))[0]).toBe(
      'Ready False NotDefault: only the GatePolicy named "default" counts',
    );
    await cluster.request('DELETE', `${GROUP}/gatepolicies/other`);
  });

  test.each<readonly [title: string, spec: object, named: RegExp]>([
    [
      'an exception from a rule that is none',
      {
        exceptions: [
          { namespace: 'a', kind: 'Pod', name: 'b', rules: ['host-netwrok'], reason: 'x', expires: '2999-01-01' },
        ],
      },
      /the GatePolicy cannot be used: spec\.exceptions\[0\]\.rules\[0\]: there is no rule "host-netwrok"; did you mean "host-network"\?/,
    ],
    [
      'a block that implementations read differently',
      { protectedNetworks: { pods: ['10.244.0.1/16'] } },
      /spec\.protectedNetworks\.pods\[0\]: /,
    ],
    [
      'a gateway that is everybody',
      { gateways: [{ name: 'all', from: [{ namespaceSelector: {}, podSelector: {} }] }] },
      /spec\.gateways\[0\]\.from\[0\]/,
    ],
  ])('with %s never lands, and the field is named', async (_title, spec, named) => {
    const answer = await write({ ...SPEC, ...spec });
    expect(said(answer)).toMatch(named);
    expect(answer.status).toBe(400);
  });

  test('that was stored unread is not taken over: the last good one is kept, and the status says why', async () => {
    const one = await scene();
    await unregister?.();
    expectOk(await write({ ...SPEC, protectedNetworks: { ...SPEC.protectedNetworks, extra: ['10.0.0.1/8'] } }));
    unregister = await registerGate(cluster, byUrl(cluster, gate), webhooks());
    const [ready, degraded] = await conditionsOf(DEFAULT);
    expect(ready).toMatch(/^Ready False \w+: it cannot be used: the last good one stays in force$/);
    expect(degraded).toMatch(/^Degraded True \w+: spec\.protectedNetworks\.extra\[0\]: /);
    await untilServed(({ lastError }) => /extra\[0\]/.test(lastError ?? ''));
    // It still knows its gateways.
    expect(said(await one.post(POLICIES, OPENING))).toMatch(/^403 .*ingress-beyond-gateway/s);
    expectOk(await write(SPEC));
    expect((await conditionsOf(DEFAULT))[0]).toBe('Ready True InForce: the gate judges by it');
  });

  test('gives way to a file, and says that it is ignored', async () => {
    const [, second] = running;
    await second?.end();
    running.splice(1, 1);
    const withFile = await start('resources-file', 'controller', controller, SPEC);
    expect(await conditionsOf(DEFAULT).then(([ready]) => ready)).toBeDefined();
    await eventually('it is ignored', async () => {
      const [ready = ''] = await conditionsOf(DEFAULT);
      return (
        /^Ready False Ignored: the file .*resources-file\.json configures the gate, and holds over this object$/.test(
          ready,
        ) || undefined
      );
    });
    await withFile.end();
    running.splice(running.indexOf(withFile), 1);
    await start('resources-again', 'controller', controller);
    await eventually(
      'it counts again',
      async () => (await conditionsOf(DEFAULT))[0]?.startsWith('Ready True') || undefined,
    );
  });
});

describe('a GateException', () => {
  test('counts for nothing until the GatePolicy lets it', async () => {
    const one = await scene();
    expectOk(await one.post(EXCEPTIONS, exception()));
    const path = pathIn(one.namespace, `${EXCEPTIONS}/one`);
    expect(await conditionsOf(path)).toEqual([
      expect.stringMatching(/^Ready False NotAllowed: .*the GatePolicy lets no GateException set anything aside/),
    ]);
    expect(said(await one.post(POLICIES, OPENING))).toMatch(
      /^403 .*sets nothing aside: the GatePolicy lets no GateException/s,
    );

    expectOk(
      await write({ ...SPEC, exceptionsFromNamespaces: { rules: ['ingress-beyond-gateway'], longestDays: 30 } }),
    );
    await eventually(
      'it counts',
      async () => (await conditionsOf(path))[0]?.startsWith('Ready True Counts') || undefined,
    );
    await eventually('the policy is let through', async () => {
      const { status } = await one.post(POLICIES, OPENING);
      return status === 201 || undefined;
    });
    expectOk(await one.post(PODS, pod('second')), 'a Pod under the excused policy');
  });

  test.each<readonly [title: string, more: object, condition: RegExp]>([
    [
      'of a rule that guards metadata',
      { rules: ['egress-not-isolated'] },
      /^Ready False NotAllowed: .*guards cloud metadata, which no GateException sets aside/,
    ],
    ['that runs too long', { expires: inDays(60) }, /^Ready False NotAllowed: .*allows 30 days at most/],
    ['that has ended', { expires: inDays(-1) }, /^Ready False Ended: .*it ended on /],
    [
      'of several rules, of which one is allowed',
      { rules: ['ingress-beyond-gateway', 'host-network'] },
      /^Ready True PartlyAllowed: sets findings of ingress-beyond-gateway aside for NetworkPolicy open until /,
    ],
  ])('%s is told to whoever writes it, and in its status', async (_title, more, condition) => {
    const namespace = await newNamespace(cluster, 'exceptions', {});
    made.push(namespace);
    const { stderr } = await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], {
      stdin: [exception(more)],
    });
    expect(stderr).toMatch(/Warning: .*sets nothing/s);
    expect((await conditionsOf(pathIn(namespace, `${EXCEPTIONS}/one`)))[0]).toMatch(condition);
  });

  test('of a rule that nobody knows never lands', async () => {
    const one = await scene();
    const answer = await one.post(EXCEPTIONS, exception({ rules: ['host-netwrok'] }));
    expect(said(answer)).toMatch(
      /^400 .*the GateException cannot be used: spec\.rules\[0\]: there is no rule "host-netwrok"; did you mean "host-network"\?/,
    );
  });
});

describe('least privilege', () => {
  test.each(['webhook', 'controller'] as const)('the %s writes no GatePolicy and no GateException', async name => {
    const user = name === 'webhook' ? webhook : controller;
    for (const verb of ['create', 'update', 'patch', 'delete']) {
      for (const resource of ['gatepolicies.chokepoint.dev', 'gateexceptions.chokepoint.dev']) {
        const { stdout } = await cluster.kubectl(['auth', 'can-i', verb, resource, '-A', '--as', user.name]);
        expect([verb, resource, stdout.trim()]).toEqual([verb, resource, 'no']);
      }
    }
  });

  test('the controller alone writes their statuses', async () => {
    const mayPatch = async (account: string): Promise<string> => {
      const as = `system:serviceaccount:${SYSTEM}:chokepoint-${account}`;
      const flags = ['--subresource=status', '--as', as];
      return (await cluster.kubectl(['auth', 'can-i', 'patch', 'gatepolicies.chokepoint.dev', ...flags])).stdout.trim();
    };
    expect([await mayPatch('webhook'), await mayPatch('controller')]).toEqual(['no', 'yes']);
  });

  test('the built-in roles edit and admin get no right to them', async () => {
    for (const role of ['edit', 'admin']) {
      const { body } = await cluster.request('GET', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${role}`);
      const groups = body.rules.flatMap(({ apiGroups = [] }: { readonly apiGroups?: readonly string[] }) => apiGroups);
      expect(groups).not.toContain('chokepoint.dev');
    }
  });
});
