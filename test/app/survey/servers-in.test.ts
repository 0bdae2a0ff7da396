import { expect, it } from 'vitest';
import { judgeServers } from '../../../src/app/survey/servers-in.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { isJudgedThroughOwner, ownersIn } from '../../../src/core/owner.ts';
import { judgeVirtualServers } from '../../../src/core/virtual-server.ts';
import { createRandom, type Random } from '../../support/random.ts';
import { namespace, testPolicy, worldOf } from '../../support/reviews.ts';
import { workloadManifest } from '../../support/workload.ts';

const VALUES = ['a', 'b', 'mcp-c'];
const JUDGE = createJudge(testPolicy());

function workloadOf(random: Random, index: number): Fields {
  const kind = random.pick(['Deployment', 'Pod', 'StatefulSet']);
  const app = random.pick(VALUES);
  const labels = { app, ...(random.chance(0.6) && { 'chokepoint.dev/mcp-server': 'true' }) };
  return workloadManifest({ kind, called: `w${index}`, namespace: 'prod', labels, ports: ['http:8080'] });
}

const policyFor = (random: Random, index: number): Fields => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: `${random.pick(['mcp', 'p'])}-${index}`, namespace: 'prod' },
  spec: {
    podSelector: random.chance(0.2) ? {} : { matchLabels: { app: random.pick([...VALUES, 'mcp-server-x']) } },
    policyTypes: random.pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]),
    ...(random.chance(0.3) && { ingress: [{}] }),
  },
});

it('judges each server as the judge does who looks at the whole namespace', () => {
  let servers = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = createRandom(seed);
    const objects = [
      ...random.times(random.int(7), index => workloadOf(random, index)),
      ...random.times(random.int(6), index => policyFor(random, index)),
    ];
    const world = worldOf(namespace(), ...objects);
    const content = world.namespace('prod');
    const whole = [...content.workloads.values()]
      .filter(one => !isJudgedThroughOwner(one, ownersIn(content)))
      .map(one => JUDGE.evaluate(world, one))
      .filter(({ mcp }) => mcp.standing !== 'no');
    const expected = [...whole, ...judgeVirtualServers(JUDGE, world, [...content.policies.values()])];
    const seen = [...judgeServers(world, 'prod', JUDGE)].flatMap(server => (server ? [server.decision] : []));
    const byName = (some: typeof seen) => new Map(some.map(one => [`${one.subject.kind} ${one.subject.name}`, one]));
    expect(byName(seen), `seed ${seed}`).toEqual(byName(expected));
    servers += seen.length;
  }
  expect(servers).toBeGreaterThan(200);
});
