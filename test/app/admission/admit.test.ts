import { describe, expect, test } from 'vitest';
import type { AdmissionPorts } from '../../../src/app/admission/ports.ts';
import type { AbsentPolicy, GatePolicy, Mode } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { NetworkPolicy, Workload } from '../../../src/core/kube/types.ts';
import {
  closingPolicy,
  decodeAll,
  deployment,
  gate,
  namespace,
  openingPolicy,
  review,
  testPolicy,
  verdictText,
  worldOf,
} from '../../support/reviews.ts';

const MINUTE = 60_000;

const WORLDS = {
  empty: () => worldOf(namespace()),
  closed: () => worldOf(namespace(), deployment(), closingPolicy()),
  open: () => worldOf(namespace(), deployment(), closingPolicy(), openingPolicy()),
  bare: () => worldOf(namespace(), deployment()),
} as const;

type Row = readonly [mode: Mode, absent: AbsentPolicy, world: keyof typeof WORLDS, review: string, expected: string];

async function outcomeOf([mode, absentPolicy, world, name]: Row, request: Fields = {}) {
  const { validate } = gate(testPolicy({ mode, absentPolicy }), WORLDS[world]());
  return validate(review(name, request), MINUTE);
}

describe('a review is decided by mode, verdict and absentPolicy', () => {
  const rows: readonly Row[] = [
    // What is no server passes everywhere, without a word.
    ['enforce', 'reject', 'empty', 'deployment-create-harmless', 'allowed'],
    ['enforce', 'reject', 'open', 'configmap-create-proto', 'allowed'],
    ['enforce', 'reject', 'open', 'deployment-scale', 'allowed'],
    // A workload whose policy is absent.
    ['off', 'reject', 'empty', 'deployment-create', 'allowed'],
    ['audit', 'reject', 'empty', 'deployment-create', 'allowed (deny)'],
    ['warn', 'reject', 'empty', 'deployment-create', 'allowed +warnings (deny)'],
    ['enforce', 'reject', 'empty', 'deployment-create', '403 (deny)'],
    ['enforce', 'hold', 'empty', 'deployment-create', 'allowed +warnings (deny)'],
    ['enforce', 'create', 'empty', 'deployment-create', 'allowed +warnings (deny)'],
    ['enforce', 'reject', 'empty', 'deployment-create-dry-run', 'allowed +warnings (deny)'],
    ['enforce', 'reject', 'closed', 'deployment-create', 'allowed (allow)'],
    // A workload that a second policy opens: nothing is to come that would close it.
    ['audit', 'create', 'open', 'deployment-create', 'allowed (deny)'],
    ['warn', 'create', 'open', 'deployment-create', 'allowed +warnings (deny)'],
    ['enforce', 'hold', 'open', 'deployment-create', '403 (deny)'],
    ['enforce', 'create', 'open', 'deployment-create', '403 (deny)'],
    ['enforce', 'reject', 'open', 'deployment-create-dry-run', '403 (deny)'],
    // An edit answers for what it brings.
    ['enforce', 'reject', 'open', 'deployment-update-replicas', 'allowed'],
    ['enforce', 'reject', 'bare', 'deployment-update-replicas', 'allowed'],
    ['enforce', 'reject', 'closed', 'deployment-update-relabelled', '403 (deny)'],
    ['enforce', 'create', 'closed', 'deployment-update-relabelled', 'allowed +warnings (deny)'],
    ['warn', 'reject', 'closed', 'deployment-update-relabelled', 'allowed +warnings (deny)'],
    // Pods are judged in full.
    ['enforce', 'reject', 'empty', 'pod-create', '403 (deny)'],
    ['enforce', 'hold', 'empty', 'pod-create', '403 (deny)'],
    ['enforce', 'hold', 'empty', 'pod-create-gated', 'allowed +warnings (deny)'],
    ['enforce', 'create', 'empty', 'pod-create-gated', 'allowed +warnings (deny)'],
    ['enforce', 'reject', 'empty', 'pod-create-gated', '403 (deny)'],
    ['enforce', 'create', 'open', 'pod-create-gated', '403 (deny)'],
    ['enforce', 'reject', 'closed', 'pod-create', 'allowed (allow)'],
    ['audit', 'create', 'empty', 'pod-create', 'allowed (deny)'],
    // To take the gate off is to create the Pod.
    ['enforce', 'create', 'bare', 'pod-update-gate-removed', '403 (deny)'],
    ['enforce', 'hold', 'open', 'pod-update-gate-removed', '403 (deny)'],
    ['enforce', 'hold', 'closed', 'pod-update-gate-removed', 'allowed (allow)'],
    // An annotation on an open Pod is no reason to refuse.
    ['enforce', 'reject', 'open', 'pod-update-annotated', 'allowed +warnings (deny)'],
    // Policies, by the servers that they may select.
    ['enforce', 'reject', 'bare', 'networkpolicy-create', 'allowed (allow)'],
    ['enforce', 'reject', 'closed', 'networkpolicy-create-reopening', '403 (deny)'],
    ['enforce', 'reject', 'bare', 'networkpolicy-create-reopening', '403 (deny)'],
    ['enforce', 'create', 'closed', 'networkpolicy-update-except-removed', '403 (deny)'],
    ['warn', 'reject', 'closed', 'networkpolicy-update-except-removed', 'allowed +warnings (deny)'],
    ['audit', 'reject', 'closed', 'networkpolicy-delete', 'allowed (deny)'],
    ['enforce', 'create', 'closed', 'networkpolicy-delete', '403 (deny)'],
    ['enforce', 'reject', 'empty', 'networkpolicy-delete', 'allowed'],
    ['enforce', 'reject', 'closed', 'service-create-nodeport', '403 (deny)'],
    // The namespace controller empties a namespace.
    ['enforce', 'reject', 'closed', 'networkpolicy-deletecollection', 'allowed'],
  ];
  test.each(rows)('mode %s, absentPolicy %s, %s world: %s is %s', async (...row) => {
    expect(verdictText(await outcomeOf(row))).toBe(row[4]);
  });
});

describe('a namespace', () => {
  const withMode = (labels: Readonly<Record<string, string>>) =>
    worldOf(namespace(labels), deployment(), closingPolicy(), openingPolicy());

  test('that is labelled has the mode of its label', async () => {
    const { validate } = gate(testPolicy({ mode: 'off' }), withMode({ 'chokepoint.dev/mode': 'enforce' }));
    expect((await validate(review('pod-create'), MINUTE)).code).toBe(403);
  });

  test('with an unreadable label enforces, and says so', async () => {
    const world = worldOf(namespace({ 'chokepoint.dev/mode': 'enforced' }), deployment(), closingPolicy());
    const outcome = await gate(testPolicy({ mode: 'off' }), world).validate(review('pod-create'), MINUTE);
    expect(outcome.warnings).toEqual([
      'label chokepoint.dev/mode: "enforced" is none of off, audit, warn, enforce; enforce applies',
    ]);
  });

  test('that is terminating lets go of what is in it', async () => {
    const world = worldOf(namespace({}, { deletionTimestamp: '2026-11-21T09:00:00Z' }), deployment(), closingPolicy());
    const outcome = await gate(testPolicy(), world).validate(review('networkpolicy-delete'), MINUTE);
    expect(verdictText(outcome)).toBe('allowed');
  });

  test('whose mode is raised is told what would break, and not refused', async () => {
    const world = withMode({ 'chokepoint.dev/mode': 'audit' });
    const outcome = await gate(testPolicy(), world).validate(review('namespace-update-mode-raised'), MINUTE);
    expect(outcome.allowed).toBe(true);
    expect(outcome.warnings.join('\n')).toContain('Deployment prod/weather: ingress-beyond-gateway');
  });

  test('whose mode is lowered by somebody who may not is refused', async () => {
    const modeChangers = { users: ['root@example.com'], groups: ['platform'], serviceAccounts: ['ops/rollout'] };
    const world = withMode({ 'chokepoint.dev/mode': 'enforce' });
    const { validate } = gate(testPolicy({ modeChangers }), world);
    const lower = (username: string, ...groups: string[]) =>
      validate(review('namespace-update-mode-lowered', { userInfo: { username, groups } }), MINUTE);
    expect((await lower('alice@example.com', 'developers')).code).toBe(403);
    expect((await lower('root@example.com')).allowed).toBe(true);
    expect((await lower('alice@example.com', 'platform')).allowed).toBe(true);
    expect((await lower('system:serviceaccount:ops:rollout')).allowed).toBe(true);
    expect((await lower('system:serviceaccount:ops:rollout2')).code).toBe(403);
  });

  test('whose mode is lowered while nobody is named who may gets a warning', async () => {
    const outcome = await gate(testPolicy(), withMode({ 'chokepoint.dev/mode': 'enforce' })).validate(
      review('namespace-update-mode-lowered'),
      MINUTE,
    );
    expect(outcome.allowed).toBe(true);
    expect(outcome.warnings.join('\n')).toContain('the mode of namespace prod is lowered from enforce to off');
  });
});

describe('a namespace without servers', () => {
  test.each([
    ['mode', 'enfroce', 'label chokepoint.dev/mode: "enfroce" is none of off, audit, warn, enforce; enforce applies'],
    ['ruleset', 'v99', 'label chokepoint.dev/ruleset: "v99" is none of v1; v1 applies'],
  ])('is told at once that its label cannot be read: %s', async (label, value, warning) => {
    const object = namespace({ [`chokepoint.dev/${label}`]: value });
    const { validate } = gate(testPolicy({ mode: 'audit' }), worldOf());
    const outcome = await validate(
      review('recorded/namespace-create', { name: 'prod', namespace: 'prod', object }),
      MINUTE,
    );
    expect(outcome).toMatchObject({ allowed: true, warnings: [warning] });
  });
});

describe('the world', () => {
  const world = worldOf(namespace({ 'chokepoint.dev/mode': 'audit' }));
  const rows = [
    ['not synced', { kind: 'not-synced' }, 'audit', '503'],
    ['not synced', { kind: 'not-synced' }, 'enforce', '503'],
    ['stale', { kind: 'stale', ageMs: 90_000, world: WORLDS.empty() }, 'enforce', '503'],
    ['stale', { kind: 'stale', ageMs: 90_000, world: WORLDS.empty() }, 'warn', 'allowed +warnings'],
    ['stale', { kind: 'stale', ageMs: 90_000, world: WORLDS.empty() }, 'audit', 'allowed'],
    ['stale', { kind: 'stale', ageMs: 90_000, world: WORLDS.empty() }, 'off', 'allowed'],
    ['stale, with a label', { kind: 'stale', ageMs: 90_000, world }, 'enforce', 'allowed'],
  ] as const;
  test.each(rows)('%s (%j) in mode %s gives %s', async (_state, reading, mode, expected) => {
    const outcome = await gate(testPolicy({ mode }), reading).validate(review('pod-create'), MINUTE);
    expect(verdictText(outcome)).toBe(expected);
  });

  test('that is stale is noted in the audit log', async () => {
    const stale = { kind: 'stale', ageMs: 90_000, world } as const;
    const outcome = await gate(testPolicy({ mode: 'audit' }), stale).validate(review('pod-create'), MINUTE);
    expect([...outcome.auditAnnotations]).toEqual([
      ['not-judged', "the gate's view of the cluster is 90 s old: try again"],
    ]);
  });

  test('of another kind of object is not waited for', async () => {
    const outcome = await gate(testPolicy(), { kind: 'not-synced' }).validate(review('configmap-create-proto'), MINUTE);
    expect(outcome.allowed).toBe(true);
  });
});

describe('an absent policy is looked for again', () => {
  const policies = () => decodeAll([closingPolicy()]) as readonly NetworkPolicy[];

  test('before it is the reason of a refusal', async () => {
    const asked: string[] = [];
    const confirm = async (name: string) => {
      asked.push(name);
      return policies();
    };
    const outcome = await gate(testPolicy(), WORLDS.bare(), confirm).validate(review('pod-create'), MINUTE);
    expect([outcome.allowed, asked]).toEqual([true, ['prod']]);
  });

  test('and the refusal stands where that fails, or takes too long', async () => {
    const failing = async () => Promise.reject(new Error('no'));
    const endless = () => new Promise<never>(() => undefined);
    for (const confirm of [failing, endless]) {
      const outcome = await gate(testPolicy(), WORLDS.bare(), confirm).validate(review('pod-create'), 20);
      expect(outcome.code).toBe(403);
    }
  });

  test('and so is a policy that opens a Pod which would be let through', async () => {
    const opening = async () => decodeAll([closingPolicy(), openingPolicy()]) as readonly NetworkPolicy[];
    const outcome = await gate(testPolicy(), WORLDS.closed(), opening).validate(review('pod-create'), MINUTE);
    expect(verdictText(outcome)).toBe('403 (deny)');
  });

  test('and a Pod waits where that fails, or takes too long', async () => {
    const failing = async () => Promise.reject(new Error('no'));
    const endless = () => new Promise<never>(() => undefined);
    for (const confirm of [failing, endless]) {
      const outcome = await gate(testPolicy(), WORLDS.closed(), confirm).validate(review('pod-create'), 20);
      expect(verdictText(outcome)).toBe('503');
    }
  });

  test.each([
    ['of a Pod that is held', 'pod-create-gated', 'create', 'bare'],
    ['of a workload', 'deployment-create', 'reject', 'closed'],
    ['of what is no server', 'deployment-create-harmless', 'reject', 'closed'],
  ] as const)('but not for the sake %s', async (_what, name, absentPolicy, world) => {
    const asked: string[] = [];
    const confirm = async (namespaceName: string) => {
      asked.push(namespaceName);
      return policies();
    };
    await gate(testPolicy({ absentPolicy }), WORLDS[world](), confirm).validate(review(name), MINUTE);
    expect(asked).toEqual([]);
  });

  test('and so is a Pod that a policy would open which would be let through', async () => {
    const pod = () => decodeAll([review('pod-create').object as Fields]) as readonly Workload[];
    const opened = (confirmPods: AdmissionPorts['confirmPods']) =>
      gate(testPolicy(), WORLDS.empty(), undefined, confirmPods && { confirmPods }).validate(
        review('networkpolicy-create-reopening'),
        20,
      );
    expect(verdictText(await opened(undefined))).toBe('allowed');
    expect(verdictText(await opened(async () => pod()))).toBe('403 (deny)');
    expect(verdictText(await opened(async () => []))).toBe('allowed');
    expect(verdictText(await opened(async () => Promise.reject(new Error('no'))))).toBe('503');
  });

  test('and not for a hold that our own controller lifts', async () => {
    const userInfo = { username: 'system:serviceaccount:ops:controller', groups: [] };
    const confirm = async () => Promise.reject(new Error('asked'));
    const { validate, bugs } = gate(testPolicy(), WORLDS.closed(), confirm, { controllerUser: userInfo.username });
    const outcome = await validate(review('pod-update-gate-removed', { userInfo }), MINUTE);
    expect([verdictText(outcome), bugs]).toEqual(['allowed (allow)', []]);
  });

  test.each([
    ['where the refusal has another reason', 'enforce', 'open', '403 (deny)'],
    ['where nothing is refused', 'audit', 'bare', 'allowed (deny)'],
    ['where an open Pod would be let through all the same', 'audit', 'closed', 'allowed (allow)'],
    ['where it would be warned of at most', 'warn', 'closed', 'allowed (allow)'],
  ] as const)('but not %s', async (_where, mode, world, expected) => {
    const asked: string[] = [];
    const confirm = async (name: string) => {
      asked.push(name);
      return Promise.reject(new Error('down'));
    };
    const { validate } = gate(testPolicy({ mode }), WORLDS[world](), confirm);
    expect([verdictText(await validate(review('pod-create'), MINUTE)), asked]).toEqual([expected, []]);
  });
});

describe('an error of ours', () => {
  /** A policy that fails when a server is judged by it. */
  const failing = (mode: Mode) =>
    Object.defineProperty(testPolicy({ mode, absentPolicy: 'create' }), 'registry', {
      get: () => {
        throw new Error('broken');
      },
    });

  test.each([
    ['enforce', '500'],
    ['warn', 'allowed +warnings'],
    ['audit', 'allowed +warnings'],
  ] as const)('in mode %s gives %s, is counted and recorded', async (mode, expected) => {
    const { validate, bugs, records } = gate(failing(mode), WORLDS.closed());
    expect(verdictText(await validate(review('pod-create'), MINUTE))).toBe(expected);
    expect([bugs.length, records.length, records[0]?.note]).toEqual([1, 1, 'error']);
  });

  test('that hides the mode of the namespace is a refusal', async () => {
    const world = {
      ...WORLDS.closed(),
      namespace: () => {
        throw new Error('broken');
      },
    };
    const { validate, bugs } = gate(testPolicy({ mode: 'audit' }), world);
    expect(verdictText(await validate(review('pod-create'), MINUTE))).toBe('500');
    expect(bugs.length).toBe(1);
  });

  test('in /mutate changes nothing: the Pod without its gate is refused by /validate', async () => {
    const { mutate, bugs } = gate(failing('enforce'), WORLDS.bare());
    expect(verdictText(await mutate(review('pod-create'), MINUTE))).toBe('allowed');
    expect(bugs.length).toBe(1);
  });
});

describe('who is never stopped', () => {
  const deletion = { deletionTimestamp: '2026-11-21T09:00:00Z', finalizers: ['example.com/protect'] };

  test('whoever takes a finalizer off an open Pod that is being deleted', async () => {
    const old = review('pod-create').object as Fields;
    const metadata = old.metadata as Fields;
    const oldObject = { ...old, metadata: { ...metadata, ...deletion } };
    const object = { ...old, metadata: { ...metadata, ...deletion, finalizers: [] } };
    const { validate, records } = gate(testPolicy(), WORLDS.open());
    expect(verdictText(await validate(review('pod-create', { operation: 'UPDATE', object, oldObject }), MINUTE))).toBe(
      'allowed',
    );
    expect(records[0]?.note).toBe('changes-nothing');
  });

  test.each<readonly [string, Fields, Fields]>([
    ['gets its addresses', {}, { status: { podIP: '10.244.0.7', podIPs: [{ ip: '10.244.0.7' }] } }],
    ['is deleted with a grace period', {}, { metadata: deletion }],
    ['is shown with its uid', {}, { metadata: { uid: '6cf0e4f0-5d0b-4a0b-9d0c-1d1f8a3a0001' } }],
    ['gets its node', {}, { spec: { nodeName: 'node-1' } }],
  ])('whoever writes of an open Pod that it %s', async (_title, before, after) => {
    const pod = review('pod-create').object as Fields;
    const state = (more: Fields): Fields => ({
      ...pod,
      ...more,
      metadata: { ...(pod.metadata as Fields), ...(more.metadata as Fields | undefined) },
      spec: { ...(pod.spec as Fields), ...(more.spec as Fields | undefined) },
    });
    const { validate, records } = gate(testPolicy(), WORLDS.open());
    const request = { operation: 'UPDATE', oldObject: state(before), object: state(after) };
    expect(verdictText(await validate(review('pod-create', request), MINUTE))).toBe('allowed');
    expect(records[0]?.note).toBe('changes-nothing');
  });

  test('the namespace controller that empties a namespace; what it would create is judged', async () => {
    const userInfo = { username: 'system:serviceaccount:kube-system:namespace-controller', groups: [] };
    const { validate, records } = gate(testPolicy(), WORLDS.closed());
    expect((await validate(review('networkpolicy-delete', { userInfo }), MINUTE)).allowed).toBe(true);
    expect(records[0]?.note).toBe('namespace-controller');
    for (const written of ['networkpolicy-create-reopening', 'networkpolicy-update-except-removed']) {
      expect((await validate(review(written, { userInfo }), MINUTE)).code).toBe(403);
    }
  });

  test('but a policy that is being deleted and edited is judged: it still admits traffic', async () => {
    const dying = (name: string, key: string) => {
      const object = (review(name) as unknown as Record<string, Fields>)[key] as Fields;
      return { ...object, metadata: { ...(object.metadata as Fields), ...deletion } };
    };
    const name = 'networkpolicy-update-except-removed';
    const request = { oldObject: dying(name, 'oldObject'), object: dying(name, 'object') };
    expect((await gate(testPolicy(), WORLDS.closed()).validate(review(name, request), MINUTE)).code).toBe(403);
  });

  test('a node that shows its static Pod; anybody else with the same annotation is', async () => {
    const old = review('pod-create').object as Fields;
    const annotations = { 'kubernetes.io/config.mirror': 'f3' };
    const object = {
      ...old,
      metadata: { ...(old.metadata as Fields), annotations },
      spec: { ...(old.spec as Fields), nodeName: 'node-1' },
    };
    const by = (username: string, ...groups: string[]) =>
      gate(testPolicy(), WORLDS.empty()).validate(
        review('pod-create', { object, userInfo: { username, groups } }),
        MINUTE,
      );
    expect((await by('system:node:node-1', 'system:nodes')).allowed).toBe(true);
    expect((await by('system:node:node-2', 'system:nodes')).code).toBe(403);
    expect((await by('system:node:node-1')).code).toBe(403);
  });
});

describe('a refusal', () => {
  test('names every finding with its rule, place, witness and fix', async () => {
    const outcome = await outcomeOf(['enforce', 'reject', 'closed', 'networkpolicy-create-reopening', '']);
    expect(outcome.message.split('\n')[0]).toBe('NetworkPolicy prod/debug must not open Deployment prod/weather.');
    expect(outcome.message).toContain('ingress-beyond-gateway: ');
    expect(outcome.message).toContain('At: NetworkPolicy prod/debug spec.ingress[0]');
    expect(outcome.message).toContain('egress-reaches-metadata: ');
    expect(outcome.message).toContain('it can connect to 169.254.169.254');
    expect(outcome.message).toContain('Fix: ');
    expect(outcome.message.length).toBeLessThanOrEqual(2200);
  });

  test('names an object that cannot be read by its fields', async () => {
    const { object } = review('networkpolicy-create');
    const spec = { ...((object as Fields).spec as Fields), policyTypes: ['Ingres'], ingress: 'all' };
    const outcome = await gate(testPolicy(), WORLDS.closed()).validate(
      review('networkpolicy-create', { object: { ...object, spec } }),
      MINUTE,
    );
    expect([outcome.code, outcome.message]).toEqual([
      400,
      'the NetworkPolicy cannot be read: spec.policyTypes[0]: "Ingres" is neither Ingress nor Egress: the API server refuses it; spec.ingress: expected a list, got a string',
    ]);
  });
});

describe('/mutate', () => {
  const patchOf = async (name: string, absentPolicy: AbsentPolicy, world = WORLDS.bare(), request: Fields = {}) =>
    (await gate(testPolicy({ absentPolicy }), world).mutate(review(name, request), MINUTE)).patch;
  const GATE = { name: 'chokepoint.dev/network-policy' };

  test('adds the scheduling gate to a server whose policy is absent', async () => {
    expect(await patchOf('pod-create-mutating-phase', 'create')).toEqual([
      { op: 'add', path: '/spec/schedulingGates', value: [GATE] },
    ]);
  });

  test('adds it after the gates of others', async () => {
    const { object } = review('pod-create-mutating-phase');
    const spec = { ...((object as Fields).spec as Fields), schedulingGates: [{ name: 'example.com/quota' }] };
    expect(await patchOf('pod-create-mutating-phase', 'hold', WORLDS.bare(), { object: { ...object, spec } })).toEqual([
      { op: 'add', path: '/spec/schedulingGates/-', value: GATE },
    ]);
  });

  test('completes a policy where the configuration asks for it and no controller owns it', async () => {
    const name = 'networkpolicy-update-except-removed';
    const { object } = review(name);
    const owners = [{ apiVersion: 'example.com/v1', kind: 'App', name: 'a', uid: 'u', controller: true }];
    const owned = { ...object, metadata: { ...(object?.metadata as Fields), ownerReferences: owners } };
    const patch = async (completePolicies: boolean, request: Fields = {}) =>
      (await gate(testPolicy({ completePolicies }), WORLDS.closed()).mutate(review(name, request), MINUTE)).patch;
    expect(await patch(true)).toEqual([
      { op: 'add', path: '/spec/egress/1/to/0/ipBlock/except/-', value: '169.254.0.0/16' },
    ]);
    expect(await patch(false)).toEqual([]);
    expect(await patch(true, { object: owned })).toEqual([]);
  });

  const nothing = [
    ['a Pod that has it', 'pod-create-gated', 'create', WORLDS.bare],
    ['a closed server', 'pod-create', 'create', WORLDS.closed],
    ['a server that another policy opens', 'pod-create', 'create', WORLDS.open],
    ['a gate that nobody would lift', 'pod-create', 'reject', WORLDS.bare],
    ['a workload', 'deployment-create', 'create', WORLDS.bare],
    ['an update', 'pod-update-gate-removed', 'create', WORLDS.bare],
    ['a deletion', 'networkpolicy-delete', 'create', WORLDS.closed],
  ] as const;
  test.each(nothing)('adds nothing for %s', async (_what, name, absentPolicy, world) => {
    expect(await patchOf(name, absentPolicy, world())).toEqual([]);
  });

  describe('where a guardrail is kept', () => {
    const labelled = async (
      labels: Fields | undefined,
      overrides: Partial<GatePolicy> = {},
      image = 'docker.io/mcp/fetch:1',
    ) => {
      const { object } = review('pod-create');
      const { labels: _, ...metadata } = (object as Fields).metadata as Fields;
      const pod: Fields = {
        ...object,
        metadata: { ...metadata, ...(labels && { labels }), ownerReferences: [] },
        spec: { containers: [{ name: 'main', image }] },
      };
      const policy = testPolicy({ guardrail: true, absentPolicy: 'reject', ...overrides });
      return (await gate(policy, WORLDS.bare()).mutate(review('pod-create', { object: pod }), MINUTE)).patch;
    };
    const LABEL = 'chokepoint.dev/mcp-server';

    test('a server gets the label that it selects by', async () => {
      expect(await labelled({ app: 'fetch' })).toEqual([
        { op: 'add', path: '/metadata/labels/chokepoint.dev~1mcp-server', value: 'true' },
      ]);
      expect(await labelled(undefined)).toEqual([{ op: 'add', path: '/metadata/labels', value: { [LABEL]: 'true' } }]);
    });

    test.each<readonly [string, Parameters<typeof labelled>]>([
      ['where none is kept', [{ app: 'fetch' }, { guardrail: false }]],
      ['where the namespace does not enforce', [{ app: 'fetch' }, { mode: 'warn' }]],
      ['to a Pod that has it', [{ [LABEL]: 'yes' }]],
      ['to a Pod that says it is none', [{ [LABEL]: 'false' }]],
      ['to a Pod that is no server', [{ app: 'web' }, {}, 'docker.io/library/nginx:1']],
    ])('it is not added %s', async (_what, [labels, ...rest]) => {
      expect(await labelled(labels, ...rest)).toEqual([]);
    });
  });

  test('adds nothing to a Pod that has a node: the API server would refuse it', async () => {
    const { object } = review('pod-create');
    const spec = { ...((object as Fields).spec as Fields), nodeName: 'node-1' };
    expect(await patchOf('pod-create', 'create', WORLDS.bare(), { object: { ...object, spec } })).toEqual([]);
  });

  test('adds nothing where the namespace does not enforce', async () => {
    const outcome = await gate(testPolicy({ mode: 'warn', absentPolicy: 'create' }), WORLDS.bare()).mutate(
      review('pod-create'),
      MINUTE,
    );
    expect(outcome.patch).toEqual([]);
  });
});

test('the record of a review holds who, what and why, and no object', async () => {
  const { validate, records } = gate(testPolicy(), WORLDS.closed());
  await validate(review('networkpolicy-delete'), MINUTE);
  expect(records).toEqual([
    {
      endpoint: 'validate',
      uid: review('networkpolicy-delete').uid,
      operation: 'DELETE',
      kind: 'NetworkPolicy',
      subResource: '',
      namespace: 'prod',
      name: 'weather',
      user: 'alice@example.com',
      dryRun: false,
      mode: 'enforce',
      verdict: 'deny',
      allowed: false,
      code: 403,
      note: '',
      rules: ['egress-not-isolated', 'ingress-not-isolated', 'policy-removal'],
      patched: false,
      durationMs: 0,
    },
  ]);
});
