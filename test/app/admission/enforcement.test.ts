import { describe, expect, test } from 'vitest';
import { comesToEnforce, enforcementOf } from '../../../src/app/admission/enforcement.ts';
import type { JudgedServer } from '../../../src/app/admission/judge-review.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { postureOf } from '../../../src/core/gate/effective-mode.ts';
import type { AbsentPolicy, Mode } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { isJudgedThroughOwner, ownersIn } from '../../../src/core/owner.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
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
const policy = (app: string, types: readonly string[], more: Fields = {}): Fields => ({
  ...closingPolicy(),
  metadata: { name: `${app}-${types.join('-').toLowerCase()}`, namespace: 'prod' },
  spec: { podSelector: { matchLabels: { app } }, policyTypes: types, ...more },
});
const FROM_GATEWAY = { ingress: (closingPolicy().spec as Fields).ingress };
const space = (labels: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'prod', labels },
});
const CLIENT = {
  name: 'prometheus',
  reason: 'scrapes',
  from: [{ podSelector: { matchLabels: { app: 'prometheus' } }, namespaceSelector: {} }],
};

/** What is said of a namespace with these objects that comes to enforce. */
function texts(spec: Fields, ...manifests: readonly Fields[]): readonly string[] {
  const judge = createJudge(
    policyOf({ mode: 'enforce', gateways: GATEWAYS, protectedNetworks: PROTECTED_NETWORKS, ...spec }),
  );
  const world = buildWorld(decodeAll([space(), ...manifests]));
  const content = world.namespace('prod');
  const servers = [...content.workloads.values()]
    .filter(workload => !isJudgedThroughOwner(workload, ownersIn(content)))
    .map(workload => judge.evaluate(world, workload))
    .filter(({ mcp }) => mcp.standing !== 'no')
    .map(decision => ({ decision, makers: [] }) as unknown as JudgedServer);
  return enforcementOf(judge, world, 'prod', servers).texts;
}

const WRITES =
  'In mode enforce, the controller writes NetworkPolicy chokepoint-a for Deployment prod/a at once, for Pods that run too: then';
const OUT = 'it can connect only to allowed destinations and the internet';

describe('Of a namespace that comes to enforce it is said', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, spec: Fields, manifests: readonly Fields[], texts: readonly string[]]>([
    ['nothing, where there is no server', {}, [workloadManifest({ called: 'web', namespace: 'prod' })], []],
    ['nothing, where its server is closed', {}, [server('a'), policy('a', ['Ingress', 'Egress'])], []],
    ['which policy is written, and whom it leaves', {}, [server('a')], [`${WRITES} only gateway envoy can connect to it, and ${OUT}.`]],
    ['that clients stay too', { allowedClients: [CLIENT] }, [server('a')], [`${WRITES} only gateway envoy and allowed client prometheus can connect to it, and ${OUT}.`]],
    ['that several stay', { gateways: [...GATEWAYS, { ...GATEWAYS[0], name: 'kong' }] }, [server('a')], [`${WRITES} only gateways envoy, kong can connect to it, and ${OUT}.`]],
    ['that nobody stays, where no gateway serves it', { gateways: [{ ...GATEWAYS[0], servesNamespaces: { matchLabels: { team: 'x' } } }] }, [server('a')], [`${WRITES} nobody can connect to it, and ${OUT}.`]],
    ['that nobody stays, where none is configured or seen', { gateways: undefined }, [server('a')], [`${WRITES} nobody can connect to it, and ${OUT}.`]],
    ['that clients alone stay, where no gateway is configured or seen', { gateways: undefined, allowedClients: [CLIENT] }, [server('a')], [`${WRITES} only allowed client prometheus can connect to it, and ${OUT}.`]],
    ['that the usual gateways stay, where one is seen', { gateways: undefined }, [server('a'), workloadManifest({ called: 'traefik', namespace: 'traefik', labels: { 'app.kubernetes.io/name': 'traefik' } })], [`${WRITES} only the usual gateways that run here (none is configured) can connect to it, and ${OUT}.`]],
    ['what is cut of one direction, where the other is closed', {}, [server('a'), policy('a', ['Ingress'], FROM_GATEWAY)], [`${WRITES} ${OUT}.`]],
    ['what is cut of the other direction', {}, [server('a'), policy('a', ['Egress'])], [`${WRITES} only gateway envoy can connect to it.`]],
    ['of several at once', {}, [server('a'), server('b')], [`${WRITES.replace('chokepoint-a for Deployment prod/a', 'chokepoint-a and 1 more for Deployment prod/a and 1 more')} only gateway envoy can connect to them, and they can connect only to allowed destinations and the internet.`]],
    ['of those apart that lack different directions', {}, [server('a'), server('b'), policy('b', ['Ingress'], FROM_GATEWAY)], [`${WRITES} only gateway envoy can connect to it, and ${OUT}.`, `${WRITES.replaceAll('-a', '-b').replace('prod/a', 'prod/b')} ${OUT}.`]],
    ['that new Pods are refused', { absentPolicy: 'reject' }, [server('a')], ['In mode enforce, new Pods of Deployment prod/a are refused until what is said below is mended.']],
    ['that new Pods wait', { absentPolicy: 'hold' }, [server('a')], ['In mode enforce, new Pods of Deployment prod/a wait for a NetworkPolicy, which you have to write.']],
    ['that new Pods are refused for what no policy mends', { absentPolicy: 'hold' }, [server('a'), policy('a', ['Ingress', 'Egress'], { ingress: [{}] })], ['In mode enforce, new Pods of Deployment prod/a are refused until what is said below is mended.']],
    ['that a policy is written although another fault stays', {}, [server('a'), policy('a', ['Ingress'], { ingress: [{}] })], ['In mode enforce, new Pods of Deployment prod/a are refused until what is said below is mended.', `${WRITES} ${OUT}.`]],
    ['that new Pods wait where the controller can write no policy', {}, [server('a', { labels: {} })], ['In mode enforce, new Pods of Deployment prod/a wait for a NetworkPolicy, which you have to write, since the controller cannot.']],
  ])('%s', (_, spec, manifests, expected) => {
    expect(texts(spec, ...manifests)).toEqual(expected);
  });

  test.each([
    [200, 'In mode enforce, the controller writes NetworkPolicy '],
    [
      201,
      'In mode enforce, the controller writes the policies that are absent; which, is not worked out for more than 200 workloads.',
    ],
  ])('which policies, of %d workloads at most two hundred', (count, begins) => {
    const others = Array.from({ length: count - 1 }, (_, index) =>
      workloadManifest({ called: `w-${index}`, namespace: 'prod' }),
    );
    const [text = '', ...more] = texts({}, server('a'), ...others);
    expect([text.slice(0, begins.length), more]).toEqual([begins, []]);
  });
});

// biome-ignore format: one line a case
test.each<[before: [Mode, AbsentPolicy], after: [Mode, AbsentPolicy], comes: boolean]>([
  [['audit', 'create'], ['enforce', 'create'], true],
  [['warn', 'create'], ['enforce', 'hold'], true],
  [['enforce', 'create'], ['enforce', 'hold'], true],
  [['enforce', 'create'], ['enforce', 'create'], false],
  [['enforce', 'create'], ['warn', 'hold'], false],
  [['audit', 'create'], ['warn', 'create'], false],
])('From %j to %j a namespace comes to enforce otherwise: %s', ([mode, absentPolicy], [next, nextAbsent], comes) => {
  const base = postureOf(new Map(), policyOf({}));
  expect(comesToEnforce({ ...base, mode, absentPolicy }, { ...base, mode: next, absentPolicy: nextAbsent })).toBe(comes);
});
