import { describe, expect, test } from 'vitest';
import { createGuardrailKeeper, type GuardrailWritten } from '../../../src/app/guardrail/keep.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { GUARDRAIL_KINDS } from '../../../src/core/remedy/guardrail-api.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from '../../support/gate-spec.ts';
import { policyOf, worldOf } from '../../support/reviews.ts';

const SPEC = { mode: 'enforce', guardrail: true, gateways: GATEWAYS, protectedNetworks: PROTECTED_NETWORKS };
const ON = policyOf(SPEC);
const OFF: GatePolicy = { ...ON, guardrail: false };
const { upstream, admin, calico, cilium } = GUARDRAIL_KINDS;
const UPSTREAM = `${upstream}/chokepoint-mcp-servers`;

/** An object as the cluster holds it. */
const stored = (
  id: string,
  name: string,
  labels: object = { 'app.kubernetes.io/managed-by': 'chokepoint' },
): Fields => {
  const [group, kind] = id.split('/');
  const spec =
    kind === 'Tier' ? { order: 1, defaultAction: 'Pass' } : { priority: 1, tier: 'Admin', subject: { namespaces: {} } };
  return { apiVersion: `${group}/v1alpha2`, kind, metadata: { name, labels, uid: `uid-${name}` }, spec };
};

interface State {
  policy: GatePolicy;
  served: readonly string[];
  objects: readonly Fields[];
  outcome: GuardrailWritten | 'refused';
}

/** A keeper that leads. What is applied is not in the cluster until the test says so. */
function keeper(start: Partial<State> = {}) {
  const time = createFakeTime();
  const calls: string[] = [];
  const told: string[] = [];
  const manifests: Fields[] = [];
  const state: State = { policy: ON, served: [upstream], objects: [], outcome: 'done', ...start };
  const answer = (): GuardrailWritten => {
    if (state.outcome === 'refused') throw new Error('not allowed');
    return state.outcome;
  };
  const keeping = createGuardrailKeeper({
    time,
    world: () => ({ kind: 'ready', world: worldOf(...state.objects) }),
    policy: () => state.policy,
    isServed: id => state.served.includes(id),
    store: {
      apply: async manifest => {
        calls.push(`apply ${manifest.kind} ${manifest.metadata.name}`);
        manifests.push({ ...manifest });
        return answer();
      },
      remove: async ({ kind, name, uid }) => {
        calls.push(`remove ${kind} ${name} ${uid}`);
        return answer();
      },
    },
    telemetry: {
      guardrail: (what, object) => told.push(`${what} ${object}`),
      guardrailLacking: reason => told.push(reason),
      guardrailFailed: error => told.push(String(error)),
    },
  });
  const term = new AbortController();
  keeping.lead(term.signal);
  return { calls, told, manifests, state, pass: (ms: number) => time.advance(ms) };
}

describe('A guardrail is kept', () => {
  test('with the mark of the controller, for servers of namespaces that enforce', async () => {
    const { calls, manifests, told, pass } = keeper();
    await pass(1_000);
    expect(calls).toEqual(['apply ClusterNetworkPolicy chokepoint-mcp-servers']);
    expect(told).toEqual([`applied ${UPSTREAM}`]);
    expect(manifests[0]).toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'chokepoint' } },
      spec: {
        subject: {
          pods: {
            namespaceSelector: {
              matchExpressions: [{ key: 'chokepoint.dev/mode', operator: 'NotIn', values: ['off', 'audit', 'warn'] }],
            },
          },
        },
      },
    });
  });

  test('of namespaces that are labelled so where the others do not enforce', async () => {
    const { manifests, pass } = keeper({ policy: { ...ON, mode: 'audit' } });
    await pass(1_000);
    expect(JSON.stringify(manifests)).toContain('{"key":"chokepoint.dev/mode","operator":"Exists"}');
  });

  test('and is written once, as long as it is there and nothing else is wanted', async () => {
    const { calls, state, pass } = keeper();
    await pass(1_000);
    state.objects = [stored(upstream, 'chokepoint-mcp-servers')];
    await pass(600_000);
    expect(calls.length).toBe(1);
    state.policy = { ...ON, mode: 'audit' };
    await pass(30_000);
    expect(calls.length).toBe(2);
  });

  test('and made again where somebody has deleted it', async () => {
    const { calls, state, pass } = keeper();
    await pass(1_000);
    state.objects = [stored(upstream, 'chokepoint-mcp-servers')];
    await pass(30_000);
    state.objects = [];
    await pass(30_000);
    expect(calls.length).toBeGreaterThan(1);
  });

  test.each<readonly [string, Partial<State>, readonly string[]]>([
    [
      'upstream, where that is served',
      { served: [admin, upstream] },
      ['apply ClusterNetworkPolicy chokepoint-mcp-servers'],
    ],
    ['the older one, where that alone is', { served: [admin] }, ['apply AdminNetworkPolicy chokepoint-mcp-servers']],
    [
      'of Calico, in a tier of its own',
      { served: [calico, upstream], policy: policyOf({ ...SPEC, dataplane: 'calico' }) },
      ['apply Tier chokepoint', 'apply GlobalNetworkPolicy chokepoint.chokepoint-mcp-servers'],
    ],
    [
      'of Cilium',
      { served: [cilium, upstream], policy: policyOf({ ...SPEC, dataplane: 'cilium' }) },
      ['apply CiliumClusterwideNetworkPolicy chokepoint-mcp-servers'],
    ],
    [
      'none, where Cilium enforces no other',
      { served: [upstream], policy: policyOf({ ...SPEC, dataplane: 'cilium' }) },
      [],
    ],
  ])('in the API that the cluster enforces best: %s', async (_what, state, expected) => {
    const { calls, pass } = keeper(state);
    await pass(1_000);
    expect(calls).toEqual(expected);
  });
});

describe('A guardrail yields', () => {
  test('to an object of its name that somebody else has made, which is told once', async () => {
    const { calls, told, pass } = keeper({ objects: [stored(upstream, 'chokepoint-mcp-servers', {})] });
    await pass(600_000);
    expect([calls, told]).toEqual([[], [`taken-over ${UPSTREAM}`]]);
  });

  test('to who has written over it: it is tried once', async () => {
    const { calls, told, pass } = keeper({
      objects: [stored(upstream, 'chokepoint-mcp-servers')],
      outcome: 'taken-over',
    });
    await pass(600_000);
    expect([calls.length, told]).toEqual([1, [`taken-over ${UPSTREAM}`]]);
  });
});

describe('A guardrail is collected', () => {
  const objects = [
    stored(upstream, 'chokepoint-mcp-servers'),
    stored('projectcalico.org/Tier', 'chokepoint'),
    stored(calico, 'chokepoint.chokepoint-mcp-servers'),
  ];

  test('once it is switched off, whichever API it was written in, the tier last', async () => {
    const { calls, pass } = keeper({ policy: OFF, objects });
    await pass(1_000);
    expect(calls).toEqual([
      'remove ClusterNetworkPolicy chokepoint-mcp-servers uid-chokepoint-mcp-servers',
      'remove GlobalNetworkPolicy chokepoint.chokepoint-mcp-servers uid-chokepoint.chokepoint-mcp-servers',
      'remove Tier chokepoint uid-chokepoint',
    ]);
  });

  test('where no namespace may enforce', async () => {
    const { calls, pass } = keeper({ policy: { ...ON, modeLimit: 'audit' }, objects: objects.slice(0, 1) });
    await pass(1_000);
    expect(calls).toEqual(['remove ClusterNetworkPolicy chokepoint-mcp-servers uid-chokepoint-mcp-servers']);
  });

  test('but not an object of its name without the mark, and not another one with it', async () => {
    const { calls, pass } = keeper({
      policy: OFF,
      objects: [stored(upstream, 'chokepoint-mcp-servers', {}), stored(upstream, 'other')],
    });
    await pass(600_000);
    expect(calls).toEqual([]);
  });
});

describe('Why none is kept is told once', () => {
  test.each<readonly [string, Partial<State>]>([
    ['no gateway is configured', { policy: policyOf({ mode: 'enforce', guardrail: true }) }],
    ['the cluster serves no API in which one can be written', { served: [] }],
  ])('%s, and what is there stays', async (reason, state) => {
    const { calls, told, pass } = keeper({ ...state, objects: [stored(upstream, 'chokepoint-mcp-servers')] });
    await pass(600_000);
    expect([calls, told]).toEqual([[], [reason]]);
  });

  test('a write that is refused is told and tried again a minute later', async () => {
    const { calls, told, pass } = keeper({ outcome: 'refused' });
    await pass(59_000);
    expect([calls.length, told]).toEqual([1, ['Error: not allowed']]);
    await pass(2_000);
    expect(calls.length).toBe(2);
  });
});
