import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DATAPLANES, discoverDataplane } from '../../../src/core/gate/dataplane.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { buildWorld } from '../../../src/core/world/build.ts';

const agent = (text: string) => {
  const [namespace, name] = text.split('/');
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'agent', image: 'agent' }] } },
    },
  };
};

function discovered(...agents: readonly string[]): string | undefined {
  const decode = createDecoder();
  const objects = agents.map(agent).map(decode);
  const world = buildWorld(objects.flatMap(one => (one.kind === 'object' ? [one.object] : [])));
  return discoverDataplane(world, BUILTIN_DATA.dataplanes)?.name;
}

describe('The dataplane of a cluster', () => {
  test.each<[string, readonly string[], string | undefined]>([
    ['is Cilium where its agents run', ['kube-system/cilium'], 'cilium'],
    ['is Cilium on GKE, under its own name there', ['kube-system/anetd'], 'cilium'],
    ['is not believed of a namespace that anybody may make', ['cilium/cilium'], undefined],
    ['is not known where agents of two run', ['kube-system/cilium', 'kube-system/aws-node'], undefined],
    ['is one where its agents run under two names', ['kube-system/calico-node', 'calico-system/calico-node'], 'calico'],
    ['is not known where none runs', ['kube-system/kube-proxy'], undefined],
  ])('%s', (_title, agents, expected) => {
    expect(discovered(...agents)).toBe(expected);
  });

  test('is one of those that the data, the schema and the command line know', () => {
    const schema = JSON.parse(readFileSync('policies/gate-policy.schema.json', 'utf8'));
    expect(BUILTIN_DATA.dataplanes.map(({ name }) => name)).toEqual(DATAPLANES);
    expect(schema.properties.spec.properties.dataplane.enum).toEqual(DATAPLANES);
  });
});
