import { describe, expect, it } from 'vitest';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { reachAmong } from '../../../src/core/netpol/reach.ts';
import { reachPods } from '../../../src/core/netpol/reach-pods.ts';
import { parseReachQuery } from '../../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from '../../support/gate-spec.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const pod = (name: string, ip: string, spec = ''): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: tools, labels: {app: ${name}}}, spec: {${spec}containers: [{name: c, image: i}]}, status: {podIPs: [{ip: ${ip}}]}}`;
const PODS = [
  pod('s', '10.244.0.1'),
  pod('other', '10.244.0.2'),
  pod('host', '192.168.0.1', 'hostNetwork: true, '),
  '{apiVersion: v1, kind: Node, metadata: {name: n}, status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}}',
];
const cilium = (egress: string): string =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: tools}, spec: {endpointSelector: {}, egress: [${egress}]}}`;
const BLOCK = cilium('{toCIDR: [0.0.0.0/0]}');
const WORLD = cilium('{toEntities: [world]}');
const GROUP = `${cilium('{toCIDRSet: [{cidrGroupRef: g}]}')}\n---\n{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: g}, spec: {externalCIDRs: [192.168.0.0/24]}}`;
const IP_BLOCK =
  '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: tools}, spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}}';

const policyOf = (spec: object) => resolveGatePolicy({ spec }, BUILTIN_DATA);
const [BY_DEFAULT, NODES] = [{ dataplane: 'cilium' }, { dataplane: 'cilium', policyCIDRMatchMode: 'nodes' }];
const worldOf = (text: string) =>
  buildWorld((parseYaml([...PODS, text].join('\n---\n')) as Record<string, unknown>[]).map(decoded));

describe('What the blocks of Cilium hold in its match mode, by default and with nodes:', () => {
  // biome-ignore format: one line a case
  it.each<[string, string, string, boolean, boolean]>([
    ['a node by a block', BLOCK, '192.168.0.1', false, true],
    ['a pod in the network of its node by a block', BLOCK, 'tools/host', false, true],
    ['a node by a group of blocks', GROUP, '192.168.0.1', false, true],
    ['a node by an ipBlock', IP_BLOCK, '192.168.0.1', false, true],
    ['a node outside of them', WORLD, '192.168.0.1', false, false],
    ['a pod by a block', BLOCK, 'tools/other', false, false],
    ['a pod by an ipBlock', IP_BLOCK, 'tools/other', false, false],
    ['an address outside by a block', BLOCK, '203.0.113.7', true, true],
  ])('%s', (_title, text, to, byDefault, withNodes) => {
    const answers = [BY_DEFAULT, NODES].map(spec => {
      const query = parseReachQuery({ from: { pod: 'tools/s' }, to: to.includes('/') ? { pod: to } : { ip: to }, port: 80 });
      if ('problem' in query) throw new Error(query.problem);
      const answer = reachAmong(reachPods(worldOf(text), policyOf(spec).policy?.dataplane))(query);
      return 'allowed' in answer && answer.allowed;
    });
    expect(answers).toEqual([byDefault, withNodes]);
  });

  it.each([
    ['an ipBlock', IP_BLOCK],
    ['a block of Cilium', BLOCK],
    ['a group', GROUP],
  ])('that a server reaches nodes by %s is a denial in that of nodes alone', (_title, text) => {
    const reached = [BY_DEFAULT, NODES].map(spec => {
      const { policy } = policyOf({ ...spec, gateways: GATEWAYS, protectedNetworks: PROTECTED_NETWORKS });
      const world = worldOf(text);
      const server = world.namespace('tools').workloads.get('Pod/s');
      if (policy === undefined || server === undefined || !isWorkload(server))
        throw new Error('no policy or no server');
      const mcp = { standing: 'declared', evidence: [], ports: [], setAside: [] } as const;
      const { findings } = createJudge(policy).evaluateServer(world, server, mcp);
      const nodes = findings.filter(
        ({ rule, data }) => rule === 'egress-reaches-cluster' && data?.classes?.includes('nodes'),
      );
      return nodes.some(({ level }) => level === 'deny');
    });
    expect(reached).toEqual([false, true]);
  });

  it('it is a setting of Cilium', () => {
    expect(policyOf({ dataplane: 'calico', policyCIDRMatchMode: 'nodes' }).issues).toMatchObject([
      { path: 'spec.policyCIDRMatchMode', message: 'is a setting of Cilium: it needs dataplane: cilium' },
    ]);
    expect(policyOf({ policyCIDRMatchMode: 'nodes' }).policy).toBeUndefined();
  });
});
