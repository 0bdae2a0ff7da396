import { expect, test } from 'vitest';
import { clientsCut } from '../../../src/app/rollout/cut.ts';
import { CILIUM } from '../../../src/core/gate/dataplane.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';

const SERVER = { namespace: 'tools', kind: 'Deployment', name: 'search', uid: '' } as const;
const server = workloadManifest({
  called: 'search',
  namespace: 'tools',
  labels: { app: 'search' },
  ports: ['http:8080'],
});
const client = {
  ...workloadManifest({ kind: 'Pod', called: 'web', namespace: 'shop', labels: { app: 'web' } }),
  status: { podIPs: [{ ip: '10.1.1.1' }] },
};
const world = buildWorld([server, client].map(decoded));

const written = (from: object) => ({
  apiVersion: 'networking.k8s.io/v1' as const,
  kind: 'NetworkPolicy' as const,
  metadata: { namespace: 'tools', name: 'search', labels: {}, annotations: {} },
  spec: {
    podSelector: { matchLabels: { app: 'search' } },
    policyTypes: ['Ingress' as const],
    ingress: [{ from: [from] }],
  },
});
const cut = [{ server: 'tools/Deployment/search', client: 'shop/Pod/web', ports: ['TCP 8080'] }];

// biome-ignore format: one line a case
test.each([
  ['who is not let in by the policy', { podSelector: { matchLabels: { app: 'gateway' } } }, undefined, cut],
  ['nobody who is let in by the policy', { namespaceSelector: {} }, undefined, []],
  ['nobody whose address a block holds, where blocks may hold pods', { ipBlock: { cidr: '10.0.0.0/8' } }, undefined, []],
  ['who is let in by a block, where blocks hold no pods', { ipBlock: { cidr: '10.0.0.0/8' } }, CILIUM, cut],
] as const)('A policy that is written cuts %s', (_, from, dataplane, expected) => {
  const planned = [{ server: SERVER, manifest: written(from) }];
  expect(clientsCut({ world, planned }, { dataplane })).toEqual(expected);
});
