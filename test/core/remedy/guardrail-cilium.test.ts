import { expect, test } from 'vitest';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { guardrailManifests } from '../../../src/core/remedy/guardrail-manifests.ts';

const NETWORKS = { pods: [], services: [], nodes: ['192.168.0.0/24'], controlPlane: ['172.16.0.2/32'] };

/** The entities that the guardrail of Cilium denies where servers may go to these blocks. */
function denied(...cidrs: readonly string[]): readonly string[] {
  const to = cidrs.map(cidr => ({ ipBlock: { cidr } }));
  const spec = {
    gateways: [],
    protectedNetworks: NETWORKS,
    allowedDestinations: to.length > 0 ? [{ name: 'to', to }] : [],
  };
  const { policy } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  if (policy?.gateways.kind !== 'configured') throw new Error('no policy');
  const [manifest] = guardrailManifests({ ...policy, gateways: policy.gateways }, 'cilium') ?? [];
  if (manifest === undefined) throw new Error('no guardrail');
  const { egressDeny } = manifest.spec as {
    readonly egressDeny: readonly { readonly toEntities?: readonly string[] }[];
  };
  return egressDeny.flatMap(({ toEntities = [] }) => toEntities);
}

test.each([
  ['nothing', [], ['host', 'remote-node', 'kube-apiserver']],
  ['the API server', ['172.16.0.2/32'], ['host', 'remote-node']],
  ['all nodes', ['192.168.0.0/16'], ['kube-apiserver']],
  ['one node', ['192.168.0.7/32'], ['host', 'remote-node', 'kube-apiserver']],
  ['both', ['192.168.0.0/16', '172.16.0.0/24'], []],
])('where %s is granted, a denial of Cilium leaves it to the policies after it', (_what, cidrs, expected) => {
  expect(denied(...cidrs)).toEqual(expected);
});
