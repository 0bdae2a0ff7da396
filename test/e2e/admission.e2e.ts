import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { judgeInput } from '../../src/app/report/check.ts';
import type { Decision } from '../../src/core/decision.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { refText } from '../../src/core/explain.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { freePorts } from '../control-plane/components.ts';
import type { Connection } from '../control-plane/connection.ts';
import { decodeManifests } from '../support/input.ts';
import { baseCase, FIXTURE_KINDS, type RuleCase, ruleCases, ruleFile } from '../support/rule-cases.ts';
import { parseYaml } from '../support/yaml.ts';
import { byUrl, registerGate, shippedAccount, startGate } from './gate.ts';
import { ROUTE_KINDS, serveKinds } from './served-kinds.ts';
import { deleteNamespaces, sharedCluster } from './shared-cluster.ts';

/** Where each gate in turn listens, so that the API server is told of it once. */
let port: number;
let cluster: Connection;
let kubeconfig: string;
let unregister: () => Promise<void>;

beforeAll(async () => {
  cluster = sharedCluster();
  await serveKinds(cluster, ROUTE_KINDS);
  kubeconfig = (await shippedAccount(cluster, 'webhook')).kubeconfig;
  [port = 0] = await freePorts(1);
  unregister = await registerGate(cluster, byUrl(cluster, { port }));
});
afterAll(async () => {
  await unregister?.();
  cluster?.close();
});

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
}

/** Collections of the kinds that fixtures hold; workloads last, as they are what is judged. */
const COLLECTIONS: ReadonlyMap<string, string> = new Map([
  ['NetworkPolicy', 'networkpolicies'],
  ['Service', 'services'],
  ['Ingress', 'ingresses'],
  ['HTTPRoute', 'httproutes'],
  ['GRPCRoute', 'grpcroutes'],
]);
const WORKLOADS: ReadonlyMap<string, string> = new Map([
  ['Pod', 'pods'],
  ['Deployment', 'deployments'],
  ['StatefulSet', 'statefulsets'],
  ['DaemonSet', 'daemonsets'],
  ['Job', 'jobs'],
  ['CronJob', 'cronjobs'],
  ['ReplicaSet', 'replicasets'],
]);

/** One fixture in a namespace of its own, with what check says of it. */
interface Case {
  readonly name: string;
  readonly namespaces: readonly Manifest[];
  readonly others: readonly Manifest[];
  readonly workloads: readonly Manifest[];
  readonly decisions: readonly Decision[];
}

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  if (kind === 'Namespace') return `${root}/namespaces`;
  return `${root}/namespaces/${metadata.namespace}/${COLLECTIONS.get(kind) ?? WORKLOADS.get(kind) ?? '?'}`;
}

/** The Namespaces of a fixture, written or not, enforcing. */
function namespacesOf(objects: readonly Manifest[]): readonly Manifest[] {
  const written = new Map(objects.filter(({ kind }) => kind === 'Namespace').map(one => [one.metadata.name, one]));
  const names = new Set([...written.keys(), ...objects.flatMap(({ metadata }) => metadata.namespace ?? [])]);
  return [...names].map(name => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        ...written.get(name)?.metadata.labels,
        'chokepoint.dev/mode': 'enforce',
        'chokepoint.dev/absent-policy': 'reject',
      },
    },
  }));
}

/** No object is created so: a Pod gets containers for debugging from whoever debugs it, and the API server says when something is deleted. */
const isNeverCreated = ({ kind, metadata, spec }: Manifest): boolean =>
  Object.hasOwn(metadata, 'deletionTimestamp') ||
  (kind === 'Pod' && spec !== undefined && Object.hasOwn(spec, 'ephemeralContainers'));

/** Cases that the API server takes only with more than the rule is about: a process of a Windows host needs the host's network. */
const REFUSED: ReadonlySet<string> = new Set(['node-access/host-process']);

/** `undefined`: a fixture with a configuration of its own, or with an object that this cluster does not take. */
function caseOf(rule: string, { name, world, ownPolicy }: RuleCase, index: number, config: string): Case | undefined {
  if (ownPolicy || REFUSED.has(`${rule}/${name}`)) return undefined;
  const suffix = `${rule.replace(/[^a-z]/g, '').slice(-12)}${index}`;
  const own = world
    .replace(/\btools\b(?!\/)/g, `tools-${suffix}`)
    .replace('nodePort: 30080', `nodePort: ${30_200 + index}`);
  const objects = parseYaml(own) as readonly Manifest[];
  const known = (kind: string): boolean => kind === 'Namespace' || COLLECTIONS.has(kind) || WORKLOADS.has(kind);
  if (!objects.every(({ kind }) => known(kind)) || objects.some(isNeverCreated)) return undefined;
  const namespaces = namespacesOf(
    objects.filter(({ metadata }) => metadata.namespace?.endsWith(suffix) ?? metadata.name.endsWith(suffix)),
  );
  const inside = objects.filter(({ metadata }) =>
    namespaces.some(({ metadata: { name } }) => name === metadata.namespace),
  );
  if (inside.length < objects.filter(({ kind }) => kind !== 'Namespace').length) return undefined;
  const { policy } = readGatePolicy(config, rule);
  if (policy === undefined) throw new Error(`${rule}: no configuration`);
  const manifests = [...namespaces, ...inside].map((value, document) => ({
    file: name,
    document,
    line: 1,
    pointer: [],
    value: { ...value },
  }));
  return {
    name,
    namespaces,
    others: inside.filter(({ kind }) => COLLECTIONS.has(kind)),
    workloads: inside.filter(({ kind }) => WORKLOADS.has(kind)),
    decisions: judgeInput(decodeManifests(manifests), createJudge(policy)).decisions,
  };
}

/** Creates what stands beside the servers while nothing is refused. `false`: the API server itself takes no such object. */
async function prepare({ namespaces, others }: Case): Promise<boolean> {
  for (const namespace of namespaces) {
    const labels = { ...namespace.metadata.labels, 'chokepoint.dev/mode': 'off' };
    await cluster.request('POST', pathOf(namespace), { ...namespace, metadata: { ...namespace.metadata, labels } });
  }
  const answers = await Promise.all(others.map(object => cluster.request('POST', pathOf(object), object)));
  for (const namespace of namespaces) {
    await cluster.request('PATCH', `${pathOf(namespace)}/${namespace.metadata.name}`, {
      metadata: { labels: namespace.metadata.labels },
    });
  }
  return answers.every(({ status }) => status === 201);
}

/** Which of the servers are there: what was refused is not. */
async function admitted({ workloads, decisions }: Case): Promise<readonly string[]> {
  const subjects = workloads.filter(({ kind, metadata }) =>
    decisions.some(({ subject }) => subject.kind === kind && subject.name === metadata.name),
  );
  const lines = subjects.map(async object => {
    const { status } = await cluster.request('GET', `${pathOf(object)}/${object.metadata.name}`);
    return `${object.kind} ${object.metadata.namespace}/${object.metadata.name}: ${status === 200 ? 'admitted' : 'refused'}`;
  });
  return (await Promise.all(lines)).sort();
}

const expected = ({ workloads, decisions }: Case): readonly string[] =>
  decisions
    .filter(({ subject }) => workloads.some(({ kind }) => kind === subject.kind))
    .map(({ subject, verdict }) => `${refText(subject)}: ${verdict === 'allow' ? 'admitted' : 'refused'}`)
    .sort();

/**
 * Judged by what the gate keeps of the whole cluster (test/real-node/probe.e2e.ts measures that), or by objects in the namespace of the gateway, which one
 * configuration for all fixtures names: admission-gateways.e2e.ts holds those, each with a gate of its own.
 */
const OF_CLUSTER = new Set([
  'policies-not-enforced',
  'gateway-unauthenticated',
  'gateway-unauthorized',
  'gateway-unlogged',
  'route-bypasses-gateway',
]);
const JUDGED = RULES.filter(({ judges, id }) => judges === 'server' && !OF_CLUSTER.has(id)).map(({ id }) => id);

test.each(JUDGED)('what kubectl applies of the fixtures of %s is admitted where check allows it', async rule => {
  const config = ruleFile(rule, 'policy.yaml') ?? '';
  const [document] = parseYaml(config) as readonly { readonly spec: object }[];
  const fixtures = [baseCase(rule), ...FIXTURE_KINDS.flatMap(kind => ruleCases(rule, kind))];
  const cases = fixtures.flatMap((one, index) => caseOf(rule, one, index, config) ?? []);
  const taken = await Promise.all(cases.map(prepare));
  const prepared = cases.filter((_, index) => taken[index]);
  // Once ready it knows all that was prepared.
  const gate = await startGate(cluster, { name: rule, command: 'serve', kubeconfig, port, spec: document?.spec ?? {} });
  try {
    await cluster.kubectl(['apply', '-f', '-'], { stdin: prepared.flatMap(({ workloads }) => workloads) });
    const found = await Promise.all(prepared.map(async one => [one.name, await admitted(one)] as const));
    process.stderr.write(`${rule}: ${prepared.length} of ${fixtures.length} fixtures applied\n`);
    expect(found).toEqual(prepared.map(one => [one.name, expected(one)]));
    expect(prepared.length).toBeGreaterThan(0);
  } finally {
    gate.program.kill();
  }
  await deleteNamespaces(
    cluster,
    cases.flatMap(({ namespaces }) => namespaces.map(({ metadata }) => metadata.name)),
  );
});
