import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import gatePolicySchema from '../../policies/gate-policy.schema.json' with { type: 'json' };
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { parseYaml } from '../support/yaml.ts';
import { deleteNamespaces, newNamespace, sharedCluster } from './shared-cluster.ts';

/** GatePolicy and GateException as an API server takes them, by their definitions alone: no gate runs here. */

const CRDS = fileURLToPath(new URL('../../manifests/crds', import.meta.url));
const SAMPLES = new URL('../../policies/samples/', import.meta.url);

const made: string[] = [];
let cluster: Connection;

beforeAll(async () => {
  cluster = sharedCluster();
  const { code, stderr } = await cluster.kubectl(['apply', '-k', CRDS]);
  expect([code, stderr]).toEqual([0, '']);
  for (const plural of ['gatepolicies', 'gateexceptions']) {
    await eventually(`${plural} are served and described`, async () => {
      const { status } = await cluster.request('GET', `/apis/chokepoint.dev/v1alpha1/${plural}`);
      return (status === 200 && (await cluster.kubectl(['explain', plural])).code === 0) || undefined;
    });
  }
});
afterEach(() => deleteNamespaces(cluster, made.splice(0)));
afterAll(async () => {
  await cluster?.kubectl(['delete', '-k', CRDS]);
  cluster?.close();
});

/** What kubectl says to an object: nothing where it is taken. */
async function saidTo(object: string): Promise<string> {
  const { code, stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { stdin: object });
  return code === 0 ? stderr : stderr.replaceAll(/\s+/g, ' ');
}

const gatePolicy = (spec: string): string =>
  `apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nmetadata: {name: default}\nspec: ${spec}\n`;
const gateException = (spec: string, namespace = 'default'): string =>
  `apiVersion: chokepoint.dev/v1alpha1\nkind: GateException\nmetadata: {name: one, namespace: ${namespace}}\nspec: ${spec}\n`;
const PEER = '{podSelector: {matchLabels: {app: envoy}}}';

test('the definitions are accepted, without a complaint about their schema', async () => {
  for (const plural of ['gatepolicies', 'gateexceptions']) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.chokepoint.dev`;
    const { body } = await cluster.request('GET', path);
    const conditions = body.status.conditions.map((one: Readonly<Record<string, string>>) => [one.type, one.status]);
    expect(Object.fromEntries(conditions)).toEqual({ NamesAccepted: 'True', Established: 'True' });
  }
});

describe('kubectl explain', () => {
  const explained = async (path: string): Promise<string> => {
    const { code, stdout } = await cluster.kubectl(['explain', path]);
    expect(code).toBe(0);
    return stdout.replaceAll(/\s+/g, ' ');
  };

  test('tells of every field of gatepolicy.spec what the page of the configuration tells', async () => {
    const text = await explained('gatepolicy.spec');
    for (const [name, { description }] of Object.entries(gatePolicySchema.properties.spec.properties)) {
      expect(text).toContain(`${name} <`);
      expect(text).toContain(description.replaceAll(/\s+/g, ' '));
    }
  });

  test('tells of fields far below, and of each rule', async () => {
    expect(await explained('gatepolicy.spec.gateways.from.ipBlock.except')).toContain('Blocks inside cidr');
    expect(await explained('gatepolicy.spec.rules.host-network.level')).toContain('ENUM: deny warn off');
    expect(await explained('gateexception.spec')).toContain('Last day on which it holds, inclusive, in UTC.');
    expect(await explained('gatepolicy.status.conditions')).toContain('Ignored: a file holds over it');
  });
});

test.each(['eks.yaml', 'gke.yaml', 'production.yaml', 'zero-config.yaml'])(
  'the sample %s is taken as it is',
  async name => {
    expect(await saidTo(readFileSync(new URL(name, SAMPLES), 'utf8'))).toBe('');
  },
);

test('the examples of the schema are taken as they are', async () => {
  for (const [name, field] of Object.entries(gatePolicySchema.properties.spec.properties)) {
    for (const example of 'examples' in field ? field.examples : []) {
      expect([name, await saidTo(gatePolicy(JSON.stringify({ [name]: example })))]).toEqual([name, '']);
    }
  }
});

/** What the API server refuses by itself, and what it names. */
const REFUSED: readonly (readonly [title: string, object: string, named: RegExp])[] = [
  ['a misspelt field', gatePolicy('{gatways: []}'), /unknown field "spec\.gatways"/],
  [
    'a misspelt rule',
    gatePolicy('{rules: {host-netwrok: {level: warn}}}'),
    /unknown field "spec\.rules\.host-netwrok"/,
  ],
  [
    'a mode that is none',
    gatePolicy('{mode: enforced}'),
    /spec\.mode: Unsupported value: "enforced": supported values: "off"/,
  ],
  ['a mode that YAML 1.1 takes for false', gatePolicy('{mode: off}'), /spec\.mode: Invalid value: "boolean"/],
  ['a gateway without peers', gatePolicy('{gateways: [{name: a, from: []}]}'), /spec\.gateways\[0\]\.from/],
  [
    'two gateways of one name',
    gatePolicy(`{gateways: [{name: a, from: [${PEER}]}, {name: a, from: [${PEER}]}]}`),
    /spec\.gateways\[1\]: Duplicate value/,
  ],
  [
    'a peer that is both',
    gatePolicy('{gateways: [{name: a, from: [{podSelector: {}, ipBlock: {cidr: 192.0.2.0/24}}]}]}'),
    /spec\.gateways\[0\]\.from\[0\]: .*must be Pods by podSelector, namespaceSelector or both, or an ipBlock alone/,
  ],
  ['a peer that is neither', gatePolicy('{gateways: [{name: a, from: [{}]}]}'), /spec\.gateways\[0\]\.from\[0\]: /],
  [
    'a requirement without values',
    gatePolicy('{gateways: [{name: a, from: [{podSelector: {matchExpressions: [{key: a, operator: In}]}}]}]}'),
    /matchExpressions\[0\]: .*values must hold at least one for In and NotIn/,
  ],
  [
    'a port that is none',
    gatePolicy(`{gateways: [{name: a, from: [${PEER}], ports: [{port: 65536}]}]}`),
    /spec\.gateways\[0\]\.ports\[0\]: .*port must be from 1 to 65535, or a name/,
  ],
  [
    'a range of ports from a name',
    gatePolicy(`{gateways: [{name: a, from: [${PEER}], ports: [{port: mcp, endPort: 9}]}]}`),
    /spec\.gateways\[0\]\.ports\[0\]: .*endPort must be from port/,
  ],
  [
    'a day that is none',
    gateException('{object: {kind: Deployment, name: a}, rules: [host-network], reason: T, expires: "2027-02-30"}'),
    /spec\.expires/,
  ],
  [
    'an exception without an end',
    gateException('{object: {kind: Deployment, name: a}, rules: [host-network], reason: T}'),
    /spec\.expires: Required value/,
  ],
  [
    'an exception without rules',
    gateException('{object: {kind: Deployment, name: a}, rules: [], reason: T, expires: "2027-02-28"}'),
    /spec\.rules/,
  ],
  [
    'an exception without a reason',
    gateException('{object: {kind: Deployment, name: a}, rules: [host-network], reason: " ", expires: "2027-02-28"}'),
    /spec\.reason/,
  ],
];

test.each(REFUSED)('%s is refused by its field', async (_title, object, named) => {
  expect(await saidTo(object)).toMatch(named);
});

test('a day needs no quotes, and a GateException is shown in columns', async () => {
  const namespace = await newNamespace(cluster, 'columns');
  made.push(namespace);
  const object = gateException(
    '{object: {kind: Deployment, name: weather}, rules: [host-network], reason: T, expires: 2027-02-28}',
    namespace,
  );
  expect((await cluster.kubectl(['apply', '-f', '-'], { stdin: object })).code).toBe(0);
  const { stdout } = await cluster.kubectl(['get', 'gateexceptions', '-n', namespace]);
  expect(stdout.split('\n')[0]?.split(/\s+/)).toEqual(['NAME', 'KIND', 'OBJECT', 'EXPIRES', 'READY', 'REASON', 'AGE']);
  expect(stdout.split('\n')[1]?.split(/\s+/).slice(0, 4)).toEqual(['one', 'Deployment', 'weather', '2027-02-28']);
});

test('the definitions of the chart are those of kustomize', () => {
  for (const plural of ['gatepolicies', 'gateexceptions']) {
    const [own, chart] = ['../../manifests/crds/', '../../manifests/chart/files/crds/'].map(folder =>
      parseYaml(readFileSync(new URL(`${folder}${plural}.yaml`, import.meta.url), 'utf8')),
    );
    expect(chart).toEqual(own);
  }
});
