import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JudgedInput, judgeInput } from '../../../src/app/report/check.ts';
import { generateForInput } from '../../../src/app/report/generate.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import { OWN_WORKLOADS } from '../../../src/core/kube/workload-kinds.ts';
import { decodeManifests } from '../../support/input.ts';
import { type Sketch, workloadManifest } from '../../support/workload.ts';

type Fields = Readonly<Record<string, unknown>>;

function gatePolicy(spec: Fields): GatePolicy {
  const { policy, issues } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  if (policy === undefined) throw new Error(JSON.stringify(issues));
  return policy;
}

function judged(values: readonly Fields[], policy: GatePolicy): JudgedInput {
  const manifests = values.map((value, document) => ({ file: 'all.yaml', document, line: 1, pointer: [], value }));
  return judgeInput(decodeManifests(manifests), createJudge(policy));
}

const DECLARED = { 'chokepoint.dev/mcp-server': 'true' };
const server = (sketch: Sketch): Fields =>
  workloadManifest({ labels: { app: 'fetch' }, ports: ['http:8080'], ...sketch, ownLabels: DECLARED });
const networkPolicy = (name: string, spec: Fields): Fields => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'default' },
  spec,
});

describe('generatePolicies', () => {
  const BASELINE = gatePolicy({
    gateways: [
      {
        name: 'envoy',
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
            podSelector: { matchLabels: { app: 'envoy' } },
          },
        ],
      },
    ],
  });
  const names = (values: readonly Fields[]): readonly string[] =>
    generateForInput(judged(values, BASELINE), BASELINE).policies.map(({ manifest }) => manifest.metadata.name);

  it('writes a policy for a server that lacks one', () => {
    expect(names([server({ called: 'fetch' })])).toEqual(['fetch-gateway-only']);
  });

  it('writes none for what is no server', () => {
    expect(names([workloadManifest({ called: 'web', labels: { app: 'web' } })])).toEqual([]);
  });

  it('writes none where the server is closed', () => {
    const first = generateForInput(judged([server({ called: 'fetch' })], BASELINE), BASELINE);
    expect(names([server({ called: 'fetch' }), ...first.policies.map(({ manifest }) => ({ ...manifest }))])).toEqual(
      [],
    );
  });

  it('writes one for the direction that is open and for a gateway that is shut out', () => {
    const ingressOnly = networkPolicy('in', { podSelector: {}, policyTypes: ['Ingress'] });
    const nothing = networkPolicy('none', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(names([server({ called: 'fetch' }), ingressOnly])).toEqual(['fetch-gateway-only']);
    expect(names([server({ called: 'fetch' }), nothing])).toEqual(['fetch-gateway-only']);
  });

  it('leaves a direction alone that is closed already', () => {
    const closed = (type: string): Fields => networkPolicy('own', { podSelector: {}, policyTypes: [type] });
    const written = (...values: readonly Fields[]): unknown =>
      generateForInput(judged([server({ called: 'fetch' }), ...values], BASELINE), BASELINE).policies.map(
        ({ manifest: { spec }, notes }) => [
          Object.keys(spec),
          spec.policyTypes,
          [...new Set([...notes.keys()].map(path => path.slice(0, 'spec.egress'.length)))],
        ],
      );
    const BOTH = [
      ['podSelector', 'policyTypes', 'ingress', 'egress'],
      ['Ingress', 'Egress'],
      ['spec.ingres', 'spec.egress'],
    ];
    expect(written()).toEqual([BOTH]);
    expect(written(closed('Egress'))).toEqual([
      [['podSelector', 'policyTypes', 'ingress'], ['Ingress'], ['spec.ingres']],
    ]);
    const [whole] = generateForInput(judged([server({ called: 'fetch' })], BASELINE), BASELINE).policies;
    const admitsGateway = networkPolicy('in', { podSelector: {}, ingress: whole?.manifest.spec.ingress });
    expect(written(admitsGateway)).toEqual([[['podSelector', 'policyTypes', 'egress'], ['Egress'], ['spec.egress']]]);
  });

  it('gives two servers of one name two policies, and replaces none that is there', () => {
    const taken = networkPolicy('fetch-gateway-only', { podSelector: { matchLabels: { app: 'other' } } });
    expect(names([server({ called: 'fetch' }), server({ called: 'fetch', kind: 'StatefulSet' })])).toEqual([
      'fetch-gateway-only',
      'fetch-statefulset-gateway-only',
    ]);
    expect(names([server({ called: 'fetch' }), taken])).toEqual(['fetch-deployment-gateway-only']);
  });

  it('names the namespace only where the manifest of the server does', () => {
    const named = server({ called: 'fetch', namespace: 'tools' });
    const { namespace: _, ...metadata } = named.metadata as Record<string, unknown>;
    const metadataOf = (value: Fields) =>
      generateForInput(judged([value], BASELINE), BASELINE).policies[0]?.manifest.metadata;
    const annotations = { 'chokepoint.dev/written-for': expect.stringMatching(/^Deployment\/fetch [0-9a-f]{8}$/) };
    expect(metadataOf(named)).toEqual({ name: 'fetch-gateway-only', namespace: 'tools', annotations });
    expect(metadataOf({ ...named, metadata })).toEqual({ name: 'fetch-gateway-only', annotations });
  });

  it('says why it skips a server', () => {
    const bare = server({ called: 'fetch', labels: {} });
    const { policies, skipped } = generateForInput(judged([bare], BASELINE), BASELINE);
    expect(policies).toEqual([]);
    expect(skipped).toEqual([
      {
        subject: { kind: 'Deployment', namespace: 'default', name: 'fetch' },
        reason:
          'its pods have no label of their own that stays, so that only a policy for the whole namespace would select them: give them a label',
      },
    ]);
  });

  it('skips a server whose labels Kubernetes would refuse', () => {
    const { skipped } = generateForInput(judged([server({ called: 'x', labels: { app: 'a b' } })], BASELINE), BASELINE);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'its policy would be refused: "a b" is no label value: the API server refuses it',
    ]);
  });

  it('tells what another policy leaves open', () => {
    const wide = networkPolicy('wide', { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] });
    const { policies, remaining } = generateForInput(judged([server({ called: 'fetch' }), wide], BASELINE), BASELINE);
    expect(policies).toHaveLength(1);
    expect(remaining.map(({ findings }) => findings.map(({ rule }) => rule))).toEqual([['ingress-beyond-gateway']]);
  });

  it('completes a server of which the input holds the policy alone', () => {
    const spec = {
      podSelector: { matchExpressions: [{ key: 'mcp-server', operator: 'Exists' }] },
      policyTypes: ['Ingress'],
    };
    const { policies } = generateForInput(judged([networkPolicy('mcp-server', spec)], BASELINE), BASELINE);
    expect(policies.map(({ manifest }) => [manifest.metadata.name, manifest.spec.podSelector])).toEqual([
      ['mcp-server-gateway-only', spec.podSelector],
    ]);
  });
});

describe('what generate writes', () => {
  const namespaceSelector = fc
    .constantFrom('gateways', 'monitoring', 'kube-system')
    .map(name => ({ matchLabels: { 'kubernetes.io/metadata.name': name } }));
  const podSelector = fc.constantFrom(
    { matchLabels: { app: 'envoy' } },
    { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a', 'b'] }] },
    { matchLabels: { constructor: 'x' }, matchExpressions: [{ key: 'app', operator: 'Exists' }] },
  );
  const block = fc.constantFrom(
    { cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] },
    { cidr: '10.9.0.0/16' },
    { cidr: '169.254.20.10/32' },
    { cidr: '2001:db8::/32' },
  );
  const peer = fc.oneof(
    fc.record({ namespaceSelector, podSelector }),
    fc.record({ podSelector }),
    fc.record({ namespaceSelector }),
    fc.record({ ipBlock: block }),
  );
  const ports = fc.array(
    fc.oneof(
      fc.record({ protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'), port: fc.constantFrom(53, 8080, 9090) }),
      fc.record({ port: fc.constantFrom('http', 'metrics', 'elsewhere') }),
      fc.constant({ port: 8000, endPort: 9000 }),
      fc.constant({ protocol: 'TCP' }),
    ),
    { maxLength: 3 },
  );
  const servesNamespaces = fc.constantFrom(
    {},
    { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
    { matchLabels: { env: 'x' } },
  );
  const grants = (key: 'from' | 'to') =>
    fc
      .array(fc.record({ [key]: fc.array(peer, { minLength: 1, maxLength: 3 }), ports, servesNamespaces }), {
        maxLength: 3,
      })
      .map(list => list.map((grant, index) => ({ ...grant, name: `g${index}`, reason: 'because' })));
  const networks = (some: readonly string[]) => fc.option(fc.subarray([...some]), { nil: undefined });
  const spec = fc
    .record(
      {
        preset: fc.constantFrom('baseline', 'restricted'),
        provider: fc.constantFrom('aws', 'gcp', 'azure', 'alibaba', 'oci'),
        mode: fc.constantFrom('audit', 'enforce'),
        gateways: grants('from'),
        allowedClients: grants('from'),
        allowedDestinations: grants('to'),
        protectedNetworks: fc.record({
          pods: networks(['10.244.0.0/16', 'fd00:1::/64']),
          services: networks(['10.96.0.0/12', 'fd00:2::/108']),
          nodes: networks(['192.168.0.0/24', '10.245.0.0/16', '203.0.113.7/32']),
          controlPlane: networks(['172.16.0.2/32', '2001:db8:1::/48']),
          extra: networks(['0.0.0.0/1', '198.51.100.0/24']),
          metadata: networks(['192.0.2.1/32']),
        }),
      },
      { requiredKeys: ['preset', 'mode'] },
    )
    .map(value => JSON.parse(JSON.stringify(value)) as Fields);
  const sketch = fc.record({
    kind: fc.constantFrom(...OWN_WORKLOADS.map(({ kind }) => kind)),
    called: fc.constantFrom('fetch', 'search', `${'long-'.repeat(14)}name`),
    namespace: fc.constantFrom('default', 'tools'),
    labels: fc.constantFrom(
      { ...DECLARED, app: 'fetch' },
      { ...DECLARED, app: 'fetch', 'pod-template-hash': 'x', version: '1' },
      { ...DECLARED, constructor: 'on', 'app.kubernetes.io/name': '0777' },
    ),
    ports: fc.subarray(['http:8080', 'mcp:3000', 'metrics:9090']),
  });

  const sketches = fc.uniqueArray(sketch, {
    minLength: 1,
    maxLength: 3,
    selector: ({ kind, namespace, called }) => `${kind} ${namespace}/${called}`,
  });

  it('makes check allow every server, whatever the configuration', () => {
    let written = 0;
    fc.assert(
      fc.property(spec, sketches, (configuration, sketches) => {
        const policy = gatePolicy(configuration);
        const workloads = sketches.map(workloadManifest);
        const { policies, skipped, remaining } = generateForInput(judged(workloads, policy), policy);
        written += policies.length;
        expect(skipped).toEqual([]);
        expect(remaining).toEqual([]);
        const after = judged([...workloads, ...policies.map(({ manifest }) => ({ ...manifest }))], policy);
        expect(after.issues).toEqual([]);
        for (const decision of after.decisions) {
          const rules = decision.findings.map(({ rule, level }) => `${rule} ${level}`);
          expect({ rules, verdict: decision.verdict }).toEqual({
            rules: rules.filter(text => text === 'gateway-locked-out warn'),
            verdict: 'allow',
          });
        }
      }),
      { numRuns: 150 },
    );
    expect(written).toBeGreaterThan(150);
  });
});
