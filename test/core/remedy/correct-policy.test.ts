import { describe, expect, it } from 'vitest';
import type { McpJudgement } from '../../../src/core/decision.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { WritingPolicy } from '../../../src/core/gate/types.ts';
import { selectorText } from '../../../src/core/kube/selector.ts';
import type { Labels } from '../../../src/core/kube/types.ts';
import { parseCidr } from '../../../src/core/net/cidr.ts';
import { correctPolicy } from '../../../src/core/remedy/correct-policy.ts';
import { policyName } from '../../../src/core/remedy/policy-name.ts';
import { gatewaysSeenIn } from '../../../src/core/remedy/seen-gateways.ts';
import { stableSelector } from '../../../src/core/remedy/stable-selector.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { decoded, type Sketch, workload, workloadManifest } from '../../support/workload.ts';

const NAMESPACE: Labels = new Map([
  ['kubernetes.io/metadata.name', 'tools'],
  ['env', 'prod'],
]);
const SERVER: McpJudgement = {
  standing: 'declared',
  evidence: [],
  setAside: [],
  ports: [{ protocol: 'TCP', number: 8080 }],
};
const SKETCH: Sketch = {
  called: 'fetch',
  namespace: 'tools',
  labels: { app: 'fetch' },
  ports: ['http:8080', 'metrics:9090'],
};
const ENVOY = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
  podSelector: { matchLabels: { app: 'envoy' } },
};
const DNS = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
};
const KNOWN = { pods: ['10.244.0.0/16'], services: ['10.96.0.0/12'], nodes: ['192.168.0.0/24'], controlPlane: [] };

/** Without configured gateways: none was seen either. */
function gatePolicy(spec: Record<string, unknown>): WritingPolicy {
  const { policy, issues } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  if (policy === undefined) throw new Error(JSON.stringify(issues));
  return gatewaysSeenIn(buildWorld([]), 'input', policy)(workload(SKETCH));
}

function policyFor(sketch: Sketch, spec: Record<string, unknown>, mcp: McpJudgement = SERVER) {
  const written = correctPolicy(workload(sketch), mcp, NAMESPACE, gatePolicy(spec));
  if ('reason' in written) throw new Error(written.reason);
  return written;
}

describe('correctPolicy', () => {
  it('admits the gateway on the port where the server serves, and lets it out to DNS and the internet', () => {
    const { manifest, notes } = policyFor(SKETCH, {
      gateways: [{ name: 'envoy', from: [ENVOY] }],
      protectedNetworks: KNOWN,
    });
    expect(manifest).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'fetch-gateway-only', namespace: 'tools' },
      spec: {
        podSelector: { matchLabels: { app: 'fetch' } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [ENVOY], ports: [{ protocol: 'TCP', port: 8080 }] }],
        egress: [
          {
            to: [DNS],
            ports: [
              { protocol: 'UDP', port: 53 },
              { protocol: 'TCP', port: 53 },
            ],
          },
          {
            to: [
              {
                ipBlock: {
                  cidr: '0.0.0.0/0',
                  except: [
                    '10.96.0.0/12',
                    '10.244.0.0/16',
                    '100.100.100.200/32',
                    '168.63.129.16/32',
                    '169.254.0.0/16',
                    '192.0.0.192/32',
                    '192.168.0.0/24',
                  ],
                },
              },
            ],
          },
        ],
      },
    });
    expect(notes).toEqual(
      new Map([
        ['spec.ingress[0]', 'gateways: envoy'],
        ['spec.egress[0]', "kube-dns: the cluster's DNS, as kubeadm, GKE, EKS, AKS, k3s and RKE2 label it"],
        ['spec.egress[1]', 'the internet, and nothing inside'],
        ['spec.egress[1].to[0].ipBlock.except[0]', 'services'],
        ['spec.egress[1].to[0].ipBlock.except[1]', 'pods'],
        ['spec.egress[1].to[0].ipBlock.except[2]', 'link-local or other metadata'],
        ['spec.egress[1].to[0].ipBlock.except[3]', 'link-local or other metadata'],
        ['spec.egress[1].to[0].ipBlock.except[4]', 'metadata, link-local or other metadata'],
        ['spec.egress[1].to[0].ipBlock.except[5]', 'link-local or other metadata'],
        ['spec.egress[1].to[0].ipBlock.except[6]', 'nodes'],
      ]),
    );
  });

  const PORTS: readonly (readonly [title: string, granted: unknown, mcp: McpJudgement['ports'], ports: unknown])[] = [
    ['every port is granted', undefined, [{ protocol: 'TCP', number: 8080 }], [{ protocol: 'TCP', port: 8080 }]],
    ['it is not known where it serves', undefined, [], undefined],
    ['it is not known, and one port is granted', [{ port: 80 }], [], [{ protocol: 'TCP', port: 80 }]],
    [
      'the port is in a granted range',
      [{ port: 8000, endPort: 8999 }],
      SERVER.ports,
      [{ protocol: 'TCP', port: 8080 }],
    ],
    ['the port has a granted name', [{ port: 'http' }], SERVER.ports, [{ protocol: 'TCP', port: 'http' }]],
    ['the protocol is granted', [{ protocol: 'TCP' }], SERVER.ports, [{ protocol: 'TCP', port: 8080 }]],
    ['another port is granted too', [{ port: 9090 }, { port: 8080 }], SERVER.ports, [{ protocol: 'TCP', port: 8080 }]],
    ['only another port is granted', [{ port: 9090 }], SERVER.ports, [{ protocol: 'TCP', port: 9090 }]],
    [
      'only another protocol is granted',
      [{ protocol: 'UDP', port: 8080 }],
      SERVER.ports,
      [{ protocol: 'UDP', port: 8080 }],
    ],
    [
      'two ranges hold the port',
      [{ port: 1, endPort: 9000 }, { port: 8080 }],
      SERVER.ports,
      [{ protocol: 'TCP', port: 8080 }],
    ],
  ];

  it.each(PORTS)('admits the gateway where %s', (_title, ports, served, expected) => {
    const gateway = { name: 'envoy', from: [ENVOY], ...(ports !== undefined && { ports }) };
    const { manifest } = policyFor(SKETCH, { gateways: [gateway] }, { ...SERVER, ports: served });
    expect(manifest.spec.ingress?.[0]?.ports).toEqual(expected);
  });

  it('admits the gateways that serve the namespace, in one rule, and each allowed client in its own', () => {
    const blue = { podSelector: {} };
    const { manifest } = policyFor(SKETCH, {
      gateways: [
        { name: 'prod', servesNamespaces: { matchLabels: { env: 'prod' } }, from: [ENVOY] },
        { name: 'dev', servesNamespaces: { matchLabels: { env: 'dev' } }, from: [blue] },
        { name: 'edge', from: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.9/32'] } }] },
      ],
      allowedClients: [{ name: 'prometheus', reason: 'scrapes', from: [blue], ports: [{ port: 'metrics' }] }],
    });
    expect(manifest.spec.ingress).toEqual([
      {
        from: [ENVOY, { ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.9/32'] } }],
        ports: [{ protocol: 'TCP', port: 8080 }],
      },
      { from: [blue], ports: [{ protocol: 'TCP', port: 'metrics' }] },
    ]);
  });

  it('admits nobody where no gateway serves the namespace', () => {
    const { manifest } = policyFor(SKETCH, { gateways: [] });
    expect(manifest.spec.ingress).toEqual([]);
  });

  it('admits nobody where no gateway is configured and none is seen, and says so', () => {
    const { manifest, notes } = policyFor(SKETCH, {});
    expect(manifest.spec.ingress).toEqual([]);
    expect(notes.get('spec.ingress')).toBe('no gateway is known: nobody is admitted');
  });

  it('excepts the whole space where unknown ranges may lie', () => {
    const { manifest, notes } = policyFor(SKETCH, {});
    const block = manifest.spec.egress?.[1]?.to?.[0]?.ipBlock;
    expect(block?.except).toEqual([
      '10.0.0.0/8',
      '34.118.224.0/20',
      '100.64.0.0/10',
      '168.63.129.16/32',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.0.0.192/32',
      '192.168.0.0/16',
    ]);
    expect(manifest.spec.egress).toHaveLength(2);
    expect(notes.get('spec.egress[1].to[0].ipBlock.except[0]')).toBe('may hold pods, services, nodes, control plane');
  });

  it('opens IPv6 only where a configured class has IPv6 ranges, in text that every reader understands alike', () => {
    const networks = { ...KNOWN, pods: ['10.244.0.0/16', 'fd12::/48'] };
    const { manifest } = policyFor(SKETCH, { protectedNetworks: networks });
    const block = manifest.spec.egress?.[2]?.to?.[0]?.ipBlock;
    expect(block?.cidr).toBe('::/0');
    expect(block?.except).toContain('fd12::/48');
    expect(block?.except).toContain('fe80::/10');
    expect(block?.except).toContain('::fffe:0:0/95');
    expect(block?.except?.some(text => parseCidr(text).problems.length > 0)).toBe(false);
  });

  it('gives granted addresses a rule of their own, by number alone', () => {
    const local = { name: 'node-local-dns', to: [{ ipBlock: { cidr: '169.254.20.10/32' } }] };
    const ports = [{ protocol: 'UDP', port: 53 }, { port: 'dns-tcp' }];
    const { manifest } = policyFor(SKETCH, { allowedDestinations: [{ ...local, ports }] });
    expect(manifest.spec.egress?.[0]).toEqual({ to: local.to, ports: [{ protocol: 'UDP', port: 53 }] });
    const named = policyFor(SKETCH, { allowedDestinations: [{ ...local, ports: [{ port: 'dns-tcp' }] }] });
    expect(named.manifest.spec.egress).toHaveLength(1);
  });

  it('lets nothing out to the internet where all of it is protected', () => {
    const { manifest } = policyFor(SKETCH, { protectedNetworks: { extra: ['0.0.0.0/0'] }, allowedDestinations: [] });
    expect(manifest.spec.egress).toEqual([]);
  });

  it('says why there is no policy for pods in the network of their node', () => {
    const manifest = workloadManifest(SKETCH);
    const spec = { template: { metadata: { labels: { app: 'x' } }, spec: { hostNetwork: true, containers: [] } } };
    const subject = decoded({ ...manifest, spec });
    if (!isWorkload(subject)) throw new Error('no workload');
    expect(correctPolicy(subject, SERVER, NAMESPACE, gatePolicy({}))).toEqual({
      reason: 'its pods run in the network of the node, where no NetworkPolicy applies: remove hostNetwork',
    });
  });

  it('says why there is no policy for pods without a label that stays', () => {
    const written = correctPolicy(workload({ ...SKETCH, labels: {} }), SERVER, NAMESPACE, gatePolicy({}));
    expect(written).toMatchObject({ reason: expect.stringContaining('no label of their own') });
  });
});

describe('stableSelector', () => {
  const CASES: readonly (readonly [title: string, sketch: Sketch, expected: string])[] = [
    ['all labels of a template', { labels: { b: '2', a: '1' } }, 'a=1,b=2'],
    ['none where there are none', { labels: {} }, 'everything'],
    ['not what a Deployment adds', { labels: { app: 'x', 'pod-template-hash': 'abc' } }, 'app=x'],
    [
      'not what any controller adds to a Pod',
      { kind: 'Pod', labels: { app: 'x', 'pod-template-hash': 'abc' } },
      'app=x',
    ],
    [
      'not what a Job adds',
      { kind: 'Job', labels: { 'job-name': 'x', 'batch.kubernetes.io/job-name': 'x' } },
      'everything',
    ],
    ['not the version', { labels: { app: 'x', 'app.kubernetes.io/version': '1', 'helm.sh/chart': 'x-1' } }, 'app=x'],
    ['the version where nothing else is left', { labels: { version: '1' } }, 'version=1'],
    [
      'not where the node is',
      { labels: { app: 'x', 'topology.kubernetes.io/zone': 'a' } },
      'app=x,topology.kubernetes.io/zone=a',
    ],
    ['keys that objects inherit', { labels: { constructor: 'x', toString: 'y' } }, 'constructor=x,toString=y'],
  ];

  it.each(CASES)('takes %s', (_title, sketch, expected) => {
    expect(selectorText(stableSelector(workload(sketch)))).toBe(expected);
  });

  it('takes the labels of the own selector where there is one', () => {
    const manifest = workloadManifest({ labels: { app: 'x', tier: 'y' } });
    const spec = manifest.spec as Record<string, unknown>;
    const subject = decoded({ ...manifest, spec: { ...spec, selector: { matchLabels: { app: 'x', gone: 'z' } } } });
    if (!isWorkload(subject)) throw new Error('no workload');
    expect(selectorText(stableSelector(subject))).toBe('app=x');
  });
});

describe('policyName', () => {
  const CASES: readonly (readonly [name: string, person: string, controller: string])[] = [
    ['fetch', 'fetch-gateway-only', 'chokepoint-fetch'],
    ['fetch.v1', 'fetch.v1-gateway-only', 'chokepoint-fetch.v1'],
    ['a'.repeat(50), `${'a'.repeat(50)}-gateway-only`, `chokepoint-${'a'.repeat(50)}`],
    ['a'.repeat(52), `${'a'.repeat(41)}-4f28a429-gateway-only`, `chokepoint-${'a'.repeat(52)}`],
    ['a'.repeat(53), `${'a'.repeat(41)}-e4fa9d58-gateway-only`, `chokepoint-${'a'.repeat(43)}-e4fa9d58`],
    ['Fetch_Server*', 'fetch-server-e3cef007-gateway-only', 'chokepoint-fetch-server-e3cef007'],
    ['-', '280c9438-gateway-only', 'chokepoint-280c9438'],
    ['', '811c9dc5-gateway-only', 'chokepoint-811c9dc5'],
  ];

  it.each(CASES)('of "%s" is %s, and %s where the controller writes it', (name, person, controller) => {
    expect([policyName(name, 'person'), policyName(name, 'controller')]).toEqual([person, controller]);
    expect(Math.max(person.length, controller.length)).toBeLessThanOrEqual(63);
  });
});
