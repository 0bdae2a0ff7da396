import { describe, expect, test } from 'vitest';
import { outlookOf } from '../../../src/app/rollout/outlook.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { namespaceLabels } from '../../../src/core/world/world.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from '../../support/gate-spec.ts';
import { closingPolicy, decodeAll, policyOf } from '../../support/reviews.ts';
import { workloadManifest } from '../../support/workload.ts';

const server = (called: string, more: object = {}): Fields =>
  workloadManifest({
    called,
    namespace: 'prod',
    labels: { app: called },
    ownLabels: { 'chokepoint.dev/mcp-server': 'true' },
    ports: ['mcp:8080'],
    ...more,
  });
const policy = (app: string, more: Fields = {}, types: readonly string[] = ['Ingress', 'Egress']): Fields => ({
  ...closingPolicy(),
  metadata: { name: app, namespace: 'prod' },
  spec: { podSelector: { matchLabels: { app } }, policyTypes: types, ...more },
});
const space = (labels: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'prod', labels },
});

function outlook(spec: Fields, ...manifests: readonly Fields[]) {
  const judge = createJudge(
    policyOf({ mode: 'audit', gateways: GATEWAYS, protectedNetworks: PROTECTED_NETWORKS, ...spec }),
  );
  return outlookOf(buildWorld(decodeAll(manifests)), 'prod', judge);
}

describe('Before a namespace may enforce there is to be mended', () => {
  const OPEN = { ingress: [{}] };
  // biome-ignore format: one line a case
  test.each<[what: string, spec: Fields, manifests: readonly Fields[], open: number]>([
    ['nothing, where there is no server', {}, [], 0],
    ['nothing, where its server is closed', {}, [server('a'), policy('a')], 0],
    ['nothing that the controller mends by its policies', { absentPolicy: 'create' }, [server('a')], 0],
    ['what it does not mend', { absentPolicy: 'create' }, [server('a'), policy('a', OPEN)], 1],
    ['what it does not mend beside what it does', { absentPolicy: 'create' }, [server('a'), policy('a', OPEN, ['Ingress'])], 1],
    ['both missing directions, where Pods would wait', { absentPolicy: 'hold' }, [server('a')], 2],
    ['both missing directions, where Pods would be refused', { absentPolicy: 'reject' }, [server('a')], 2],
    ['what each of several servers lacks', { absentPolicy: 'reject' }, [server('a'), server('b'), server('c'), policy('c')], 4],
    ['a reason not to judge', { absentPolicy: 'reject' }, [server('a'), policy('a', { ingress: 7 })], 1],
  ])('%s', (_, spec, manifests, open) => {
    expect(outlook(spec, space(), ...manifests).open).toBe(open);
  });

  test('nothing of warnings', () => {
    const block = { to: [{ ipBlock: { cidr: '169.254.0.0/16', except: ['169.254.169.254/32'] } }] };
    const { open, servers } = outlook(
      { absentPolicy: 'reject' },
      space(),
      server('a'),
      policy('a', { egress: [block] }),
    );
    expect([open, servers[0]?.decision.findings.some(({ level }) => level === 'warn')]).toEqual([0, true]);
  });
});

test('The servers are those that would be judged, sorted, in the mode that is looked ahead to', () => {
  const made = { kind: 'ReplicaSet', called: 'b-1', labels: { app: 'b' }, owners: ['apps/v1 Deployment b'] };
  const going = {
    ...server('gone'),
    metadata: { ...(server('gone').metadata as Fields), deletionTimestamp: '2026-01-01T00:00:00Z' },
  };
  const waiting = server('c-1', {
    kind: 'Pod',
    owners: ['apps/v1 ReplicaSet c'],
    labels: { 'chokepoint.dev/mcp-server': 'true' },
  });
  const { servers, world } = outlook(
    {},
    space({ 'chokepoint.dev/mode': 'audit', team: 'x' }),
    server('b'),
    server('b-1', made),
    server('a'),
    going,
    waiting,
    workloadManifest({ called: 'web', namespace: 'prod' }),
  );
  expect(servers.map(({ decision }) => decision.subject.name)).toEqual(['a', 'b']);
  const labels = namespaceLabels(world.namespace('prod'));
  expect([labels.get('chokepoint.dev/mode'), labels.get('team')]).toEqual(['enforce', 'x']);
});

test('A namespace that is not there stays away', () => {
  const { servers, open, world } = outlook({});
  expect([servers, open, world.namespace('prod').namespace]).toEqual([[], 0, undefined]);
});
