/** What the controller takes to plan the policies of servers that are all new in one namespace: as long for each of a thousand as for each of a hundred. */

import { reconcile } from '../src/app/controller/reconcile.ts';
import { createJudge } from '../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../src/core/gate/document/resolve.ts';
import { createDecoder } from '../src/core/kube/decode.ts';
import { buildWorld } from '../src/core/world/build.ts';
import type { World } from '../src/core/world/world.ts';

const NAMESPACE = 'tools';
const SERVERS = [100, 1_000] as const;
const ROUNDS = 10;

function objectsOf(index: number): readonly object[] {
  const labels = { app: `server-${index}`, team: 'tools', 'chokepoint.dev/mcp-server': 'true' };
  const metadata = { name: `server-${index}`, namespace: NAMESPACE };
  const containers = [{ name: 'server', image: 'server', ports: [{ containerPort: 8080 }] }];
  const template = { metadata: { labels }, spec: { containers } };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector: { matchLabels: labels }, template } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 80 }] } },
  ];
}

/** A namespace of so many servers without a policy, each with its Service. */
function worldOf(servers: number): World {
  const decode = createDecoder();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  const manifests = [namespace, ...Array.from({ length: servers }, (_, index) => objectsOf(index)).flat()];
  return buildWorld(
    manifests.map(manifest => {
      const decoded = decode({ ...manifest });
      if (decoded.kind !== 'object') throw new Error('an object of the benchmark cannot be read');
      return decoded.object;
    }),
  );
}

/** A line for each size, with the ratio of what a server takes to that of the first size: the medians of rounds in turn. */
export function planLines(): readonly string[] {
  const { policy } = resolveGatePolicy({ spec: { mode: 'enforce' } }, BUILTIN_DATA);
  if (policy === undefined) throw new Error('the preset is no policy');
  const judge = createJudge(policy);
  const sizes = SERVERS.map(servers => ({ servers, world: worldOf(servers), times: [] as number[] }));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { servers, world, times } of sizes) {
      const startMs = performance.now();
      const actions = reconcile(world, NAMESPACE, judge);
      const policies = actions.filter(({ kind }) => kind === 'apply-policy').length;
      if (policies !== servers) throw new Error(`${policies} policies for ${servers} servers`);
      // The first round is for the compiler.
      if (round > 0) times.push(((performance.now() - startMs) * 1000) / servers);
    }
  }
  const medians = sizes.map(({ times }) => times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0);
  return sizes.map(({ servers }, index) => {
    const ratio = ((medians[index] ?? 0) / (medians[0] ?? 1)).toFixed(2);
    return `${servers} new servers in one namespace: planned in ${Math.round(medians[index] ?? 0)} µs each (×${ratio})`;
  });
}
