import { describe, expect, test } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import { exitStatus, type FailOn, needsPlaces, reportOn } from '../../../src/app/report/build-report.ts';
import { judgeInput } from '../../../src/app/report/check.ts';
import type { CheckReport, ReportedServer } from '../../../src/app/report/check-report.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Manifest } from '../../../src/core/manifest.ts';
import { decodeManifests } from '../../support/input.ts';
import { SAMPLE_REPORT } from '../../support/sample-report.ts';

type Value = Readonly<Record<string, unknown>>;

/** Each value in a file of its own, called by its place: `0.yaml`, `1.yaml`, … */
function judged(values: readonly Value[]) {
  const manifests: Manifest[] = values.map((value, index) => {
    return { file: `${index}.yaml`, document: 0, line: index + 1, pointer: [], value };
  });
  return judgeInput(decodeManifests(manifests), createJudge(builtinGatePolicy()));
}

const FACTS = { files: 0, problems: [], policySource: 'test' };
const reported = (values: readonly Value[]): CheckReport =>
  reportOn([judged(values)], FACTS, () => ({ line: 7, column: 2 }));
const names = (values: readonly Value[]): readonly string[] =>
  reported(values).servers.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);

const LABELS = { app: 'orders', 'chokepoint.dev/mcp-server': 'true' };
const SPEC = { containers: [{ name: 'main', image: 'orders:1' }] };
const template = (labels: Value = LABELS): Value => ({ metadata: { labels }, spec: SPEC });

const deployment = (name: string): Value => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { selector: { matchLabels: { app: 'orders' } }, template: template() },
});

const made = (
  apiVersion: string,
  kind: string,
  name: string,
  owner: readonly [string, string],
  labels: Value,
  spec: Value,
): Value => ({
  apiVersion,
  kind,
  metadata: {
    name,
    labels,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: owner[0], name: owner[1], uid: 'u', controller: true }],
  },
  spec,
});

const HASHED = { ...LABELS, 'pod-template-hash': 'abc' };
const replicaSet = (owner: string): Value =>
  made('apps/v1', 'ReplicaSet', 'orders-abc', ['Deployment', owner], HASHED, {
    selector: { matchLabels: HASHED },
    template: template(HASHED),
  });
const pod = (owner: readonly [string, string], labels: Value = HASHED, spec: Value = SPEC): Value =>
  made('v1', 'Pod', 'orders-abc-1', owner, labels, spec);

function annotated(value: Value, annotations: Value): Value {
  return { ...value, metadata: { ...(value.metadata as Value), annotations } };
}

describe('what an owner of the input makes is judged once, through the owner', () => {
  const RS = ['ReplicaSet', 'orders-abc'] as const;
  test.each<[string, readonly Value[], readonly string[]]>([
    [
      'a Deployment, its ReplicaSet and their Pod',
      [deployment('orders'), replicaSet('orders'), pod(RS)],
      ['Deployment default/orders'],
    ],
    ['an owner that is not there', [replicaSet('gone')], ['ReplicaSet default/orders-abc']],
    [
      'a Pod whose ReplicaSet is not there',
      [deployment('orders'), pod(RS)],
      ['Deployment default/orders', 'Pod default/orders-abc-1'],
    ],
    [
      'a Pod with a label that no controller adds',
      [replicaSet('gone'), pod(RS, { ...HASHED, extra: 'x' })],
      ['Pod default/orders-abc-1', 'ReplicaSet default/orders-abc'],
    ],
    [
      'a Pod with another image',
      [replicaSet('gone'), pod(RS, HASHED, { containers: [{ name: 'main', image: 'evil' }] })],
      ['Pod default/orders-abc-1', 'ReplicaSet default/orders-abc'],
    ],
    [
      'a Pod in the network of its node',
      [replicaSet('gone'), pod(RS, HASHED, { ...SPEC, hostNetwork: true })],
      ['Pod default/orders-abc-1', 'ReplicaSet default/orders-abc'],
    ],
    [
      'a Pod with a path of its node',
      [replicaSet('gone'), pod(RS, HASHED, { ...SPEC, volumes: [{ name: 'host', hostPath: { path: '/' } }] })],
      ['Pod default/orders-abc-1', 'ReplicaSet default/orders-abc'],
    ],
    [
      'a Pod with rights that its ReplicaSet does not give',
      [
        replicaSet('gone'),
        pod(RS, HASHED, {
          containers: SPEC.containers.map(one => ({ ...one, securityContext: { privileged: true } })),
        }),
      ],
      ['Pod default/orders-abc-1', 'ReplicaSet default/orders-abc'],
    ],
    [
      'a Pod with an interface that its ReplicaSet does not ask for',
      [replicaSet('gone'), annotated(pod(RS), { 'k8s.v1.cni.cncf.io/networks': 'macvlan' })],
      ['Pod default/orders-abc-1', 'ReplicaSet default/orders-abc'],
    ],
    [
      'a Pod with what a network plugin notes of it',
      [replicaSet('gone'), annotated(pod(RS), { 'k8s.v1.cni.cncf.io/network-status': '[]' })],
      ['ReplicaSet default/orders-abc'],
    ],
    ['a Pod that claims itself', [pod(['Pod', 'orders-abc-1'])], ['Pod default/orders-abc-1']],
  ])('%s', (_, values, expected) => expect(names(values)).toEqual(expected));
});

describe('ports of the host that the API server writes into Pods, but not into templates', () => {
  const withPort = (hostNetwork: boolean, hostPort: Value): Value => ({
    hostNetwork,
    containers: [{ name: 'main', image: 'orders:1', ports: [{ containerPort: 8080, ...hostPort }] }],
  });
  const daemons = (hostNetwork: boolean): Value => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'orders' },
    spec: {
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: withPort(hostNetwork, {}) },
    },
  });
  const daemon = (hostNetwork: boolean): Value =>
    pod(['DaemonSet', 'orders'], LABELS, withPort(hostNetwork, { hostPort: 8080 }));

  test.each<[string, boolean, readonly string[]]>([
    ["are no difference on the host's network", true, ['DaemonSet default/orders']],
    ['are one elsewhere', false, ['DaemonSet default/orders', 'Pod default/orders-abc-1']],
  ])('%s', (_, hostNetwork, expected) => {
    expect(names([daemons(hostNetwork), daemon(hostNetwork)])).toEqual(expected);
  });
});

describe('nothing of the input is lost', () => {
  test('of two objects with one name each is judged, and both are named', () => {
    const { servers, problems } = reported([deployment('orders'), deployment('orders')]);
    expect(servers.map(({ file }) => file)).toEqual(['1.yaml']);
    expect(problems).toEqual([
      {
        severity: 'warning',
        code: 'duplicate-object',
        file: '1.yaml',
        line: 7,
        column: 2,
        field: 'metadata.name',
        message: 'Deployment default/orders is also at 0.yaml:1: each is judged, and the worst decides',
      },
    ]);
  });

  test('objects with a generateName alone are each judged', () => {
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { generateName: 'run-' },
      spec: { template: template() },
    };
    expect(names([job, job])).toEqual(['Job default/run-*', 'Job default/run-*2']);
  });

  test('objects that lack a name are each judged', () => {
    const nameless = { apiVersion: 'batch/v1', kind: 'Job', metadata: {}, spec: { template: template() } };
    expect(names([nameless, nameless])).toEqual(['Job default/*', 'Job default/*2']);
  });

  test('kinds that are not judged are counted', () => {
    const of = (apiVersion: string, kind: string): Value => ({ apiVersion, kind, metadata: { name: 'x' } });
    const report = reported([of('v1', 'Secret'), of('v1', 'ConfigMap'), of('v1', 'Secret')]);
    expect(report.summary.objects).toBe(3);
    expect(report.passedOver).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', count: 1 },
      { apiVersion: 'v1', kind: 'Secret', count: 2 },
    ]);
  });

  test('a policy that stands for a server is judged as one', () => {
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'mcp-server', namespace: 'prod' },
      spec: { podSelector: { matchLabels: { app: 'weather-mcp-server' } }, ingress: [{}] },
    };
    const [server] = reported([policy]).servers;
    expect([server?.kind, server?.name, server?.mcp, server?.verdict]).toEqual([
      'NetworkPolicy',
      'mcp-server',
      'suspected',
      'deny',
    ]);
  });

  test('an object that cannot be read hides no other, and makes the status 2', () => {
    const broken = { apiVersion: 'v1', kind: 'Pod', metadata: 'none', spec: [] };
    const report = reported([broken, deployment('orders')]);
    expect(report.servers).toHaveLength(1);
    expect(report.problems.every(({ file }) => file === '0.yaml')).toBe(true);
    expect(exitStatus(report)).toBe(2);
  });

  test('places are asked for once each, file by file, and only where something is said', () => {
    const asked: string[] = [];
    reportOn([judged([deployment('b'), deployment('a')])], FACTS, (manifest, path) => {
      asked.push(`${manifest.file} ${path}`);
      return { line: 1, column: 1 };
    });
    expect(asked).toEqual(['0.yaml spec.template.metadata.labels', '1.yaml spec.template.metadata.labels']);
    expect(needsPlaces([judged([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }])])).toBe(false);
  });
});

describe('a policy of another API, beside a closed server', () => {
  const foreign = (apiVersion: string, kind: string, spec: Value): Value => ({
    apiVersion,
    kind,
    metadata: { name: 'orders' },
    spec,
  });
  const own = foreign('networking.k8s.io/v1', 'NetworkPolicy', { policyTypes: ['Ingress', 'Egress'] });
  const subject = (namespaces: Value): Value =>
    foreign('policy.networking.k8s.io/v1beta9', 'AdminNetworkPolicy', { subject: { namespaces } });
  const namespace = (labels: Value): Value => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', labels },
  });
  const other = { endpointSelector: { matchLabels: { app: 'other' } } };
  const cilium = (fields: Value): Value => ({ ...foreign('cilium.io/v2', 'CiliumNetworkPolicy', {}), ...fields });
  const calico = foreign('projectcalico.org/v3', 'NetworkPolicy', {});
  const antrea = foreign('crd.antrea.io/v1alpha1', 'NetworkPolicy', {});
  const prod = { matchLabels: { env: 'prod' } };

  test.each<[string, readonly Value[], readonly string[]]>([
    ['none', [], []],
    ["Calico's NetworkPolicy, which closes it", [calico], []],
    [
      'two that share kind and name, with each other and with a NetworkPolicy',
      [calico, antrea],
      ['NetworkPolicy.crd.antrea.io default/orders'],
    ],
    [
      'one for namespaces with a label, where the labels are not known',
      [subject(prod)],
      ['AdminNetworkPolicy.policy.networking.k8s.io /orders'],
    ],
    ['one for namespaces with a label that this one lacks', [subject(prod), namespace({ env: 'dev' })], []],
    ['one for another namespace by name', [subject({ matchLabels: { 'kubernetes.io/metadata.name': 'shop' } })], []],
    ["Cilium's, for other pods", [cilium({ spec: other })], []],
    [
      "Cilium's, with more specs than one, of which one closes it",
      [cilium({ spec: other, specs: [{ endpointSelector: {}, ingress: [{}] }] })],
      [],
    ],
  ])('%s', (_, values, expected) => {
    const { servers, problems } = reported([deployment('orders'), own, ...values]);
    const causes = servers.flatMap(server => server.causes);
    expect(causes.map(({ object }) => `${object.kind} ${object.namespace}/${object.name}`)).toEqual(expected);
    expect(servers.map(({ verdict }) => verdict)).toEqual([expected.length > 0 ? 'undetermined' : 'allow']);
    expect(problems).toEqual([]);
  });
});

test.each([
  [
    'an AdminNetworkPolicy',
    'policy.networking.k8s.io/v1alpha1',
    { priority: 1, subject: { namespaces: { matchLabels: { 'a b': 'c' } } } },
  ],
  ['a CiliumNetworkPolicy', 'cilium.io/v2', { endpointSelector: { matchLabels: { 'a b': 'c' } }, ingress: [{}] }],
  [
    'a ClusterNetworkPolicy without the selector that it needs',
    'policy.networking.k8s.io/v1alpha2',
    { tier: 'Admin', priority: 1, subject: { pods: { namespaceSelector: {} } } },
  ],
])('whom %s selects is open where its selector cannot be read: the server is not judged', (what, apiVersion, spec) => {
  const kind = what.split(' ')[1] ?? '';
  const own = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'orders' } };
  const closed = { ...own, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } };
  const { servers, problems } = reported([
    deployment('orders'),
    closed,
    { apiVersion, kind, metadata: { name: 'wall' }, spec },
  ]);
  expect(servers.map(({ verdict }) => verdict)).toEqual(['undetermined']);
  expect(problems.map(({ severity }) => severity)).toEqual(['error']);
});

describe('the exit status', () => {
  const base = reported([]);
  const problem = { code: 'x', file: '', line: 0, column: 0, field: '', message: '' };
  const serversOf = (...verdicts: readonly string[]): readonly ReportedServer[] =>
    SAMPLE_REPORT.servers.filter(({ verdict }) => verdicts.includes(verdict));
  test.each<[string, readonly ReportedServer[], readonly ('error' | 'warning')[], FailOn, number]>([
    ['nothing', [], [], 'deny', 0],
    ['warnings of servers and of the input', serversOf('allow'), ['warning'], 'deny', 0],
    ['a denial', serversOf('deny'), ['warning'], 'deny', 1],
    ['an undetermined server', serversOf('undetermined'), [], 'deny', 2],
    ['an undetermined server beside a denial', serversOf('undetermined', 'deny'), [], 'deny', 2],
    ['an error of the input', [], ['error'], 'deny', 2],
    ['an error of the input beside a denial', serversOf('deny'), ['error'], 'deny', 2],
    ['a warning where warnings fail', serversOf('allow'), [], 'warn', 1],
    ['a denial where no verdict fails', serversOf('deny', 'undetermined'), [], 'never', 0],
    ['an error of the input where no verdict fails', [], ['error'], 'never', 2],
  ])('%s', (_, servers, problems, failOn, status) => {
    const report = { ...base, servers, problems: problems.map(severity => ({ ...problem, severity })) };
    expect(exitStatus(report, failOn)).toBe(status);
  });
});

describe('what looks close to a server', () => {
  const SIGN = 'spec.template.spec.containers[0]';
  const workload = (name: string, container: Value, labels: Value = { app: 'x' }): Value => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', ...container }] } },
    },
  });
  const client = workload('agent', { image: 'agent:1', env: [{ name: 'MCP_SERVERS' }, { name: 'MCP_TRANSPORT' }] });
  const almost = workload('almost', { image: 'search-mcp-v2:1' });
  const optedOut = workload('quiet', { image: 'mcp/fetch:1' }, { 'chokepoint.dev/mcp-server': 'false' });
  const ordinary = workload('shop', { image: 'shop:1', ports: [{ containerPort: 8080 }] });

  test('is listed with what speaks for it and what against, what is set aside first', () => {
    const { servers, lookClose } = reported([almost, client, optedOut, ordinary]);
    expect([servers.length, lookClose?.count]).toEqual([0, 3]);
    const said = lookClose?.workloads.map(({ name, evidence, setAside, file, line }) => ({
      place: `${name} ${file}:${line}`,
      evidence: evidence.map(({ signal, path }) => `${signal} ${path}`),
      setAside: setAside.map(({ signal, path, by }) => `${signal} ${path} by ${by.signal} ${by.path}`),
    }));
    expect(said).toEqual([
      {
        place: 'agent 1.yaml:2',
        evidence: [`not-env-client ${SIGN}.env[0].name`],
        setAside: [`env-transport ${SIGN}.env[1].name by not-env-client ${SIGN}.env[0].name`],
      },
      {
        place: 'quiet 2.yaml:3',
        evidence: [
          'opt-out spec.template.metadata.labels["chokepoint.dev/mcp-server"]',
          `image-docker-catalog ${SIGN}.image`,
        ],
        setAside: [],
      },
      { place: 'almost 0.yaml:1', evidence: [`called-mcp ${SIGN}.image`], setAside: [] },
    ]);
  });

  test('is counted beyond a hundred', () => {
    const many = Array.from({ length: 120 }, (_, index) => workload(`one-${index}`, { image: 'search-mcp-v2:1' }));
    const { lookClose } = reported(many);
    expect([lookClose?.count, lookClose?.workloads.length]).toEqual([120, 100]);
  });

  test('is absent where nothing does', () =>
    expect(reported([ordinary, deployment('orders')])).not.toHaveProperty('lookClose'));
});
