import { expect } from 'vitest';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import { ALL_GRANTS } from '../../src/core/kube/reference-grant.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { guardedOf } from '../../src/core/netpol/guarded.ts';
import { publicationOf } from '../../src/core/publication.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import type { World } from '../../src/core/world/world.ts';
import { parseYaml } from './yaml.ts';

const policy = resolveGatePolicy({ spec: {} }, BUILTIN_DATA).policy ?? expect.fail('no policy');
const guarded = guardedOf(policy.protectedNetworks, policy.dataplane);
const decode = createDecoder();

const WEATHER = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: weather, namespace: tools}, spec: {selector: {matchLabels: {app: weather}}, template: {metadata: {labels: {app: weather}}, spec: {containers: [{name: s, image: x}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: weather, namespace: tools, labels: {app: weather}}, spec: {selector: {app: weather}, ports: [{port: 80, appProtocol: agentgateway.dev/mcp}]}}
`;

/** What leads to the Deployment `weather` of namespace `tools`, behind a Service of its name, beside these manifests. `standIns`: where they are; absent: in a cluster. */
export function publicationBeside(
  manifests: readonly string[],
  standIns: readonly KubeObject[] = [ALL_GRANTS],
): ReturnType<typeof publicationOf> & { readonly world: World } {
  const raw = parseYaml([WEATHER, ...manifests].join('\n---\n')) as readonly Fields[];
  const objects = raw.flatMap(one => {
    const decoded = decode(one);
    return decoded.kind === 'object' ? [decoded.object, ...(decoded.more ?? [])] : [];
  });
  const world = buildWorld([...objects, ...standIns]);
  const content = world.namespace('tools');
  const subject = content.workloads.get('Deployment/weather') ?? expect.fail('no server');
  return { ...publicationOf({ subject, content, world, guarded }), world };
}
