import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { judgeInput } from '../../src/app/report/check.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { decodeManifests } from '../support/input.ts';

/** The rules that the API server applies by itself. No gate runs here, and no other test's namespace is refused anything: the cluster is its own. */

const OVERLAY = fileURLToPath(new URL('../../manifests/overlays/backstop', import.meta.url));
const SERVER = { 'chokepoint.dev/mcp-server': 'true' };
const CONTAINER = { name: 'server', image: 'registry.test/server:1' };

let cluster: Cluster;

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const policy = (spec: object, name = 'one'): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec: { podSelector: {}, ...spec },
});
const pod = (spec: object, labels: object = SERVER): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', labels },
  spec: { containers: [CONTAINER], ...spec },
});
const template = (spec: object, labels: object = SERVER): object => ({
  metadata: { labels: { app: 'one', ...labels } },
  spec: { containers: [CONTAINER], ...spec },
});
const deployment = (spec: object, labels: object = SERVER): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'one' },
  spec: { selector: { matchLabels: { app: 'one' } }, template: template(spec, labels) },
});
const cronJob = (spec: object): object => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'one' },
  spec: {
    schedule: '0 0 * * *',
    jobTemplate: { spec: { template: template({ restartPolicy: 'Never', ...spec }) } },
  },
});
const HOST = { hostNetwork: true };
const HOST_PORT = { containers: [{ ...CONTAINER, ports: [{ containerPort: 80, hostPort: 80 }] }] };

/** What `kubectl apply` of it says in a namespace; empty where it is accepted. Nothing is written. */
async function refusal(object: object, where: string): Promise<string> {
  const args = ['apply', '--dry-run=server', '-n', where, '-f', '-'];
  const { code, stderr } = await cluster.kubectl(args, { stdin: JSON.stringify(object) });
  return code === 0 ? '' : stderr;
}

beforeAll(async () => {
  cluster = await startCluster();
  const applied = await cluster.kubectl(['apply', '-k', OVERLAY]);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  // The webhooks have nobody behind them: what they would refuse is no matter here.
  for (const kind of ['validating', 'mutating']) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/chokepoint`;
    expectOk(await cluster.request('DELETE', path));
  }
  for (const [name, mode] of Object.entries({ enforced: 'enforce', audited: 'audit' })) {
    const object = namespace(name, { 'chokepoint.dev/mode': mode });
    expectOk(await cluster.request('POST', '/api/v1/namespaces', object));
    const account = `/api/v1/namespaces/${name}/serviceaccounts`;
    await cluster.request('POST', account, { metadata: { name: 'default' } });
  }
  expectOk(await cluster.request('POST', '/api/v1/namespaces', namespace('unlabelled')));
  await eventually('the rules are in force', async () => {
    const answers = await Promise.all([
      refusal(policy({ ingress: [{}] }), 'enforced'),
      refusal(deployment(HOST), 'enforced'),
      refusal(namespace('one', { 'chokepoint.dev/mode': 'x' }), 'default'),
    ]);
    return answers.every(answer => answer !== '') || undefined;
  });
});
afterAll(() => cluster?.stop());

const NOT_EVERYONE = /must not admit everyone/;
const NOT_EVERYTHING = /must not open everything/;
const NO_HOST_NETWORK = /must not be in the network of its node/;
const NO_HOST_PORT = /must not be published on its node/;
const ANYONE = { from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] };
const SELECTS_SERVERS = { podSelector: { matchLabels: { ...SERVER, app: 'one' } } };
const EXISTS = { podSelector: { matchExpressions: [{ key: 'chokepoint.dev/mcp-server', operator: 'Exists' }] } };
const IS_FALSE = {
  podSelector: { matchExpressions: [{ key: 'chokepoint.dev/mcp-server', operator: 'In', values: ['false'] }] },
};

/** In a namespace that enforces, with no gate at all. The judge refuses every one of them too. */
const REFUSED: readonly (readonly [string, object, RegExp])[] = [
  ['ingress without from', policy({ ingress: [{}] }), NOT_EVERYONE],
  ['ingress with an empty from', policy({ ingress: [{ from: [] }] }), NOT_EVERYONE],
  ['ingress from anyone on one port', policy({ ingress: [{ ports: [{ port: 80 }] }] }), NOT_EVERYONE],
  ['ingress from every IPv4 address', policy({ ingress: [ANYONE] }), NOT_EVERYONE],
  ['ingress from every IPv6 address', policy({ ingress: [{ from: [{ ipBlock: { cidr: '::/0' } }] }] }), NOT_EVERYONE],
  ['ingress from every namespace', policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] }), NOT_EVERYONE],
  [
    'ingress from all pods of every namespace',
    policy({ ingress: [{ from: [{ namespaceSelector: {}, podSelector: {} }] }] }),
    NOT_EVERYONE,
  ],
  [
    'the second rule',
    policy({ ingress: [{ from: [{ podSelector: { matchLabels: { a: 'b' } } }] }, {}] }),
    NOT_EVERYONE,
  ],
  ['a policy for servers', policy({ ...SELECTS_SERVERS, ingress: [{}] }), NOT_EVERYONE],
  ['a policy for servers by an expression', policy({ ...EXISTS, ingress: [{}] }), NOT_EVERYONE],
  ['egress without to', policy({ policyTypes: ['Egress'], egress: [{}] }), NOT_EVERYTHING],
  [
    'egress to anything on one port',
    policy({ policyTypes: ['Egress'], egress: [{ ports: [{ port: 443 }] }] }),
    NOT_EVERYTHING,
  ],
  [
    'egress to every address',
    policy({ policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }),
    NOT_EVERYTHING,
  ],
  ['egress that makes it an egress policy', policy({ egress: [{}] }), NOT_EVERYTHING],
  ['a Pod in the network of its node', pod(HOST), NO_HOST_NETWORK],
  ['a Deployment in the network of its node', deployment(HOST), NO_HOST_NETWORK],
  ['a CronJob in the network of its node', cronJob(HOST), NO_HOST_NETWORK],
  ['a mistyped declaration', deployment(HOST, { 'chokepoint.dev/mcp-server': 'yes' }), NO_HOST_NETWORK],
  ['a Pod on a port of its node', pod(HOST_PORT), NO_HOST_PORT],
  ['a CronJob on a port of its node', cronJob(HOST_PORT), NO_HOST_PORT],
];

/** What says nothing that one object alone could be refused for. */
const ACCEPTED: readonly (readonly [string, object])[] = [
  ['a policy that admits nobody', policy({})],
  ['ingress of a policy for egress alone', policy({ policyTypes: ['Egress'], ingress: [{}] })],
  ['egress of a policy for ingress alone', policy({ policyTypes: ['Ingress'], egress: [{}] })],
  [
    'a block with excepts',
    policy({ ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }] }),
  ],
  ['all pods of the namespace', policy({ ingress: [{ from: [{ podSelector: {} }] }] })],
  ['a namespace by its name', policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { a: 'b' } } }] }] })],
  ['an open policy for pods of other labels', policy({ podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] })],
  ['an open policy for what is no server', policy({ ...IS_FALSE, ingress: [{}] })],
  ['a Pod that declares nothing', pod(HOST, {})],
  ['a Pod that opted out', pod(HOST, { 'chokepoint.dev/mcp-server': 'false' })],
  ['a server in a network of its own', deployment({})],
  ['a Deployment of Pods without labels of ours', deployment(HOST_PORT, {})],
];

describe('In a namespace that enforces the API server itself refuses', () => {
  test.each(REFUSED)('%s', async (_, object, message) => {
    expect(await refusal(object, 'enforced')).toMatch(message);
  });
});

describe('It accepts', () => {
  test.each(ACCEPTED)('%s', async (_, object) => {
    expect(await refusal(object, 'enforced')).toBe('');
  });

  test.each(['audited', 'unlabelled', 'chokepoint-system'])('anything in %s', async where => {
    expect(await refusal(policy({ ingress: [{}] }), where)).toBe('');
  });
});

describe('The judge refuses', () => {
  const judge = createJudge(builtinGatePolicy());

  test.each(REFUSED)('%s', (_, object) => {
    const server = pod({}, { ...SERVER, app: 'one' });
    const manifests = [object, ...('kind' in object && object.kind === 'NetworkPolicy' ? [server] : [])].map(
      (value, document) => ({ file: 'case', document, line: 1, pointer: [], value: { ...value } }),
    );
    const { decisions } = judgeInput(decodeManifests(manifests), judge);
    // By a fault of that very object, whatever else is wrong.
    const faults = decisions.flatMap(({ findings }) => findings).filter(finding => finding.level === 'deny');
    expect(faults.map(finding => finding.object.kind)).toContain('kind' in object ? object.kind : '');
  });
});

test.each([
  ['chokepoint.dev/mode', 'enforced', 'must be off, audit, warn or enforce'],
  ['chokepoint.dev/absent-policy', 'allow', 'must be reject, hold or create'],
  ['chokepoint.dev/ruleset', 'v0', 'must be v1'],
])('A namespace is refused the label %s=%s', async (label, value, message) => {
  expect(await refusal(namespace('new', { [label]: value }), 'default')).toContain(message);
});

test('A namespace may have every value that is known', async () => {
  for (const [label, values] of [
    ['chokepoint.dev/mode', ['off', 'audit', 'warn', 'enforce']],
    ['chokepoint.dev/absent-policy', ['reject', 'hold', 'create']],
    ['chokepoint.dev/ruleset', ['v1']],
  ] as const) {
    for (const value of values) expect(await refusal(namespace('new', { [label]: value }), 'default')).toBe('');
  }
});

test('What was wrong already stops no other edit', async () => {
  const path = '/apis/networking.k8s.io/v1/namespaces/enforced/networkpolicies';
  const label = (value: string) =>
    cluster.request('PATCH', '/api/v1/namespaces/enforced', { metadata: { labels: { 'chokepoint.dev/mode': value } } });
  expectOk(await label('audit'));
  expectOk(
    await eventually('the namespace is audited', async () => {
      const answer = await cluster.request('POST', path, policy({ ingress: [{}] }, 'old'));
      return answer.status === 201 ? answer : undefined;
    }),
  );
  expectOk(await label('enforce'));
  await eventually('it enforces', async () =>
    (await refusal(policy({ ingress: [{}] }), 'enforced')) !== '' ? true : undefined,
  );
  expectOk(await cluster.request('PATCH', `${path}/old`, { metadata: { annotations: { a: 'b' }, finalizers: [] } }));
  const opened = await cluster.request('PATCH', `${path}/old`, {
    spec: { egress: [{}], policyTypes: ['Ingress', 'Egress'] },
  });
  expect(opened).toMatchObject({ status: 403, body: { message: expect.stringContaining('must not') } });
  expectOk(await cluster.request('DELETE', `${path}/old`));
});
