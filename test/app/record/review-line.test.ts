import { describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { JudgedServer } from '../../../src/app/admission/judge-review.ts';
import type { Decided } from '../../../src/app/admission/ports.ts';
import { allow, refuse } from '../../../src/app/admission/response.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import type { ReviewLine } from '../../../src/app/record/line.ts';
import { lineTexts } from '../../../src/app/record/objects-part.ts';
import { partsOf, reviewMembers } from '../../../src/app/record/review-line.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import type { World } from '../../../src/core/world/world.ts';
import {
  closingPolicy,
  decodeAll,
  deployment,
  gate,
  namespace,
  openingPolicy,
  policyOf,
  review,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';
import { CLOSED, keepingRecorder, lineOf, reachOf, textOf } from './recorded.ts';

const SERVER = [{ kind: 'Deployment', namespace: 'prod', name: 'weather' }];

describe('A review is told by', () => {
  test('what it is, who asks, what is decided and what was answered', async () => {
    const asked = review('networkpolicy-create-reopening');
    const line = await lineOf({ ...asked, user: { ...asked.user, uid: 'u-1' } });
    expect(line).toMatchObject({
      type: 'decision',
      time: '2026-01-02T03:04:05.678Z',
      uid: asked.uid,
      operation: 'CREATE',
      object: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        resource: 'networkpolicies',
        namespace: 'prod',
        name: 'debug',
      },
      user: { name: 'alice@example.com', uid: 'u-1', groups: ['developers', 'system:authenticated'] },
      decision: 'deny',
      allowed: false,
      mode: 'enforce',
      dryRun: false,
      change: ['create', 'policy'],
      servers: SERVER,
    });
    const { rule, policy, path, level } = line.findings[0] ?? {};
    expect({ rule, policy, path, level }).toEqual({
      rule: 'egress-reaches-cluster',
      policy: 'prod/debug',
      path: 'spec.egress[0]',
      level: 'deny',
    });
  });

  test.each<[what: string, name: string, world: World, mode: GatePolicy['mode'], decision: string, allowed: boolean]>([
    ['allow', 'deployment-create', CLOSED, 'enforce', 'allow', true],
    ['allow where there is nothing to judge', 'deployment-create-harmless', CLOSED, 'enforce', 'allow', true],
    ['deny, refused', 'networkpolicy-create-reopening', CLOSED, 'enforce', 'deny', false],
    ['deny, and allowed in audit', 'networkpolicy-create-reopening', CLOSED, 'audit', 'deny', true],
    ['allow where the namespace is off', 'networkpolicy-create-reopening', CLOSED, 'off', 'allow', true],
  ])('the decision %s', async (_, name, world, mode, decision, allowed) => {
    const line = await lineOf(review(name), world, testPolicy({ mode }));
    expect([line.decision, line.allowed, line.answered]).toEqual([decision, allowed, allowed]);
  });

  test('undetermined, and why', async () => {
    const line = await lineOf(
      review('deployment-create'),
      CLOSED,
      policyOf({ mode: 'enforce', absentPolicy: 'reject' }),
    );
    expect([line.decision, line.allowed]).toEqual(['undetermined', false]);
    expect(line.causes).toEqual([expect.stringContaining('where the cluster may have its ranges')]);
  });

  test('undetermined, where it cannot be judged', async () => {
    const world = { kind: 'not-synced' } as const;
    const { lines, recorder } = keepingRecorder({ world: () => world });
    await gate(testPolicy(), world, undefined, { recorder }).validate(review('deployment-create'), 1000);
    expect(lines[0]).toMatchObject({ decision: 'undetermined', allowed: false, note: 'not-synced', servers: [] });
  });

  test.each<[name: string, change: readonly string[], servers: readonly object[]]>([
    ['deployment-create', ['create'], SERVER],
    ['deployment-update-replicas', ['scale'], SERVER],
    ['deployment-scale', ['scale'], SERVER],
    ['deployment-update-relabelled', ['configuration'], SERVER],
    ['networkpolicy-delete', ['delete', 'policy'], SERVER],
    ['service-create-nodeport', ['create', 'service'], SERVER],
    ['namespace-update-mode-lowered', ['update', 'mode'], SERVER],
    ['deployment-create-harmless', ['create'], []],
    ['configmap-create-proto', ['create'], []],
    ['deployment-create-dry-run', [], SERVER],
  ])('what sort of change %s is, and the servers that it concerns', async (name, change, servers) => {
    const line = await lineOf(review(name));
    expect([line.change, line.servers]).toEqual([change, servers]);
  });

  const update = (change: (container: Fields, template: Fields) => object): Review => {
    const object = structuredClone(deployment()) as { spec: { template: Fields & { spec: { containers: [Fields] } } } };
    const { template } = object.spec;
    const oldObject = deployment();
    Object.assign(object.spec, { template: { ...template, ...change(template.spec.containers[0], template) } });
    return review('deployment-create', { operation: 'UPDATE', object, oldObject });
  };
  const containers = (container: object, { spec }: Fields): object => ({
    spec: { ...(spec as object), containers: [container] },
  });

  test.each<[change: string, asked: Review]>([
    ['image', update((container, template) => containers({ ...container, image: 'example/other:2' }, template))],
    [
      'configuration',
      update((container, template) => containers({ ...container, env: [{ name: 'A', value: 'b' }] }, template)),
    ],
    [
      'restart',
      update((_, { metadata }) => ({
        metadata: { ...(metadata as object), annotations: { 'kubectl.kubernetes.io/restartedAt': '2026' } },
      })),
    ],
  ])('that a workload has another one: %s', async (change, asked) => {
    expect((await lineOf(asked)).change).toEqual([change]);
  });

  test('the server that is deleted, which is judged no more', async () => {
    const line = await lineOf(
      review('deployment-create', { operation: 'DELETE', object: null, oldObject: deployment() }),
    );
    expect(line).toMatchObject({
      change: ['delete'],
      servers: SERVER,
      decision: 'allow',
      note: 'deletion-opens-nothing',
    });
    expect(reachOf(line)).toMatchObject({
      gained: [],
      lost: expect.arrayContaining(['pods app.kubernetes.io/name=envoy in mcp-gateway → prod/weather:8080/TCP']),
    });
  });
});

describe('The object is kept', () => {
  test('redacted, with the hash of what is kept, where a server is concerned', async () => {
    const { snapshot, digest, previous } = await lineOf(review('deployment-create'));
    expect(snapshot).toMatchObject({ kind: 'Deployment', metadata: { name: 'weather' } });
    expect(JSON.stringify(snapshot)).not.toContain('managedFields');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(previous).toBeUndefined();
  });

  test('with the one before, where that differs', async () => {
    expect((await lineOf(review('deployment-update-relabelled'))).previous).toMatchObject({ kind: 'Deployment' });
    const same = review('deployment-create', { operation: 'UPDATE', oldObject: deployment() });
    expect(await lineOf(same)).not.toHaveProperty('previous');
  });

  test.each(['deployment-create-harmless', 'configmap-create-proto'])('nowhere else: %s', async name => {
    const line = await lineOf(review(name));
    expect([line.snapshot, line.digest, line.previous]).toEqual([undefined, undefined, undefined]);
  });

  test('unless it is too large, which is told', async () => {
    const object = structuredClone(deployment()) as { metadata: { annotations: object } };
    object.metadata.annotations = { note: 'a b '.repeat(50_000) };
    const line = await lineOf(review('deployment-create', { object }));
    expect(line.truncated).toEqual(['snapshot: larger than 131072 characters']);
    expect([line.snapshot, line.digest]).toEqual([undefined, undefined]);
  });
});

describe('The change of reach', () => {
  test('of a policy that opens a server is what it lets through and no other did', async () => {
    expect(reachOf(await lineOf(review('networkpolicy-create-reopening')))).toEqual({
      gained: [
        'any pod → prod/weather:8080/TCP',
        'any pod → prod/weather:any/any',
        'any address → prod/weather:8080/TCP',
        'any address → prod/weather:any/any',
        'prod/weather → any pod:any/any',
        'prod/weather → any address:any/any',
      ],
      lost: [],
    });
  });

  test('of a policy that closes a server is what nothing lets through any more', async () => {
    const line = await lineOf(review('networkpolicy-create'), worldOf(namespace(), deployment()));
    expect(reachOf(line)).toMatchObject({
      gained: [],
      lost: expect.arrayContaining(['any pod → prod/weather:any/any']),
    });
    expect(line.reach.open?.map(textOf)).toContain(
      'pods app.kubernetes.io/name=envoy in mcp-gateway → prod/weather:8080/TCP',
    );
  });

  test('of a deleted policy beside one that lets the same through is nothing', async () => {
    const second = { ...closingPolicy(), metadata: { name: 'second', namespace: 'prod' } };
    const world = worldOf(namespace(), deployment(), closingPolicy(), second);
    expect(reachOf(await lineOf(review('networkpolicy-delete'), world))).toEqual({ gained: [], lost: [] });
  });

  test('of a new server is all that policies let through to it', async () => {
    const line = await lineOf(review('deployment-create'), worldOf(namespace(), closingPolicy()));
    expect(reachOf(line)).toMatchObject({
      gained: expect.arrayContaining(['pods app.kubernetes.io/name=envoy in mcp-gateway → prod/weather:8080/TCP']),
      lost: [],
    });
  });

  test('of a dry run is none', async () => {
    const asked = { ...review('networkpolicy-create-reopening'), dryRun: true };
    expect(await lineOf(asked)).toMatchObject({ dryRun: true, change: [], reach: { gained: [], lost: [] } });
  });

  test('of what takes too much to compare is left out, and told', async () => {
    const many = Array.from({ length: 600 }, (_, index) => ({
      ...openingPolicy(),
      metadata: { name: `p-${index}`, namespace: 'prod' },
    }));
    const world = buildWorld(decodeAll([namespace(), deployment(), ...many]));
    const line = await lineOf(review('networkpolicy-create-reopening'), world);
    expect([line.reach, line.truncated]).toEqual([{ gained: [], lost: [] }, ['reach: too large to be compared']]);
  });
});

describe('What cannot be put on record', () => {
  const asked = review('deployment-create-harmless');
  const answer = async (options: Partial<Parameters<typeof keepingRecorder>[0]>) => {
    const { recorder } = keepingRecorder({ world: () => ({ kind: 'ready', world: CLOSED }), ...options });
    return gate(testPolicy(), CLOSED, undefined, { recorder }).validate(asked, 50);
  };
  const failing = { append: async () => false, lose: () => undefined };
  const hanging = { append: () => new Promise<boolean>(() => undefined), lose: () => undefined };
  const broken = {
    time: (): string => {
      throw new Error('no time');
    },
    onBug: () => undefined,
  };

  test.each([
    ['because the disk is full', { appender: failing }],
    ['because the disk does not answer', { appender: hanging }],
    ['because of an error of ours', broken],
  ])('%s changes no answer, unless a record is required', async (_, options) => {
    expect((await answer(options)).allowed).toBe(true);
    expect(await answer({ ...options, isRequired: true })).toMatchObject({
      allowed: false,
      code: 503,
      message: 'the decision cannot be put on record: try again',
    });
  });
});

test('The line of a review with too many groups and findings says what it leaves out', async () => {
  const groups = Array.from({ length: 300 }, (_, index) => `group-${index}`);
  const asked = review('deployment-create-harmless');
  const line = await lineOf({ ...asked, user: { ...asked.user, groups } });
  expect([line.user.groups.length, line.truncated]).toEqual([200, ['groups: 100 more']]);
});

test('A preparing review is no decision: nothing is recorded', async () => {
  const seen: Decided[] = [];
  const recorder = {
    decided: async (decided: Decided) => {
      seen.push(decided);
      return decided.result.response;
    },
    observed: async (decided: Decided) => {
      seen.push(decided);
    },
  };
  await gate(testPolicy(), CLOSED, undefined, { recorder }).mutate(review('pod-create'), 1000);
  expect(seen).toEqual([]);
});

/** What was decided on a review, and the line of it where parts are put in its place. */
async function decidedOn(asked: Review, world: World = CLOSED): Promise<Decided> {
  const all: Decided[] = [];
  const recorder = {
    decided: async (decided: Decided) => {
      all.push(decided);
      return decided.result.response;
    },
    observed: () => expect.fail('nothing is observed'),
  };
  await gate(testPolicy(), world, undefined, { recorder }).validate(asked, 1000);
  const [decided] = all;
  if (decided === undefined) throw new Error('nothing was decided');
  return decided;
}

function membersLine(decided: Decided, world: World | undefined = CLOSED): ReviewLine {
  const parts = partsOf(decided, world, lineTexts(HASHING));
  const members = reviewMembers(decided.review, parts, { type: 'decision', time: '', hashing: HASHING });
  return JSON.parse(`{${[...members].map(([key, text]) => `"${key}":${text}`).join(',')}}`) as ReviewLine;
}

describe('What the judge has worked out of the traffic', () => {
  /** How often the traffic of a server is worked out to tell of a review, and the line. */
  const tolds = (decided: Decided): [number, ReviewLine] => {
    let worked = 0;
    const traffic: Decided['judge']['traffic'] = (...asked) => {
      worked += 1;
      return decided.judge.traffic(...asked);
    };
    const line = membersLine({ ...decided, judge: { ...decided.judge, traffic } });
    return [worked, line];
  };

  test.each<[what: string, asked: Review, later: number]>([
    ['a new server', review('deployment-create'), 1],
    ['a new policy', review('networkpolicy-create-reopening'), 2],
    ['a policy that is deleted', review('networkpolicy-delete'), 2],
  ])('is taken over once: %s', async (_, asked, later) => {
    const decided = await decidedOn(asked);
    const [first, second] = [tolds(decided), tolds(decided)];
    expect([first[0], second[0]]).toEqual([0, later]);
    expect(first[1]).toEqual(second[1]);
    expect([...first[1].reach.gained, ...first[1].reach.lost]).not.toEqual([]);
  });
});

describe('What the judge says is', () => {
  const withServers = async (
    parts: readonly Partial<JudgedServer>[],
    result: Partial<Decided['result']> = {},
  ): Promise<string> => {
    const decided = await decidedOn(review('networkpolicy-create-reopening'));
    const [server] = decided.result.servers;
    if (server === undefined) throw new Error('no server');
    const none = { ...server, faults: [], remarks: [], causes: [], awaitsPolicy: false };
    const servers = parts.map(part => ({ ...none, ...part }));
    const allowed = { response: allow(), verdict: 'allow' } as const;
    return membersLine({ ...decided, result: { ...decided.result, ...allowed, servers, ...result } }).decision;
  };
  const some = async (): Promise<Pick<JudgedServer, 'faults' | 'remarks' | 'causes'>> => {
    const { faults } = (await decidedOn(review('networkpolicy-create-reopening'))).result.servers[0] as JudgedServer;
    const causes = [{ message: 'unknown' }] as unknown as JudgedServer['causes'];
    return { faults, remarks: faults, causes };
  };

  test.each<[decision: string, parts: readonly (readonly (keyof JudgedServer)[])[]]>([
    ['allow', []],
    ['allow', [[]]],
    ['warn', [['remarks']]],
    ['warn', [[], ['remarks']]],
    ['deny', [['faults']]],
    ['deny', [[], ['faults', 'remarks']]],
    ['deny', [['faults'], ['causes']]],
    ['warn', [['faults', 'awaitsPolicy']]],
    ['undetermined', [['causes']]],
    ['undetermined', [['causes', 'remarks'], []]],
    ['undetermined', [['faults', 'awaitsPolicy'], ['causes']]],
  ])('%s, of servers with %j', async (decision, parts) => {
    const all = { ...(await some()), awaitsPolicy: true };
    const servers = parts.map(keys =>
      Object.fromEntries(Object.entries(all).filter(([key]) => keys.some(one => one === key))),
    );
    expect(await withServers(servers)).toBe(decision);
  });

  test.each<[decision: string, what: string, count: number, result: Partial<Decided['result']>]>([
    ['undetermined', 'nothing could be determined, and there is no server', 0, { verdict: 'undetermined' }],
    ['allow', 'the verdict is of servers, which say nothing', 1, { verdict: 'undetermined' }],
    ['undetermined', 'it was refused without a fault', 1, { response: refuse(503, 'later') }],
    ['undetermined', 'it was not judged', 0, { response: allow({ annotations: new Map([['not-judged', ['x']]]) }) }],
    ['undetermined', 'it was unreadable', 0, { response: allow({ annotations: new Map([['unreadable', ['x']]]) }) }],
    ['undetermined', 'there was an error', 0, { response: allow({ annotations: new Map([['error', ['x']]]) }) }],
    ['allow', 'there are other annotations', 0, { response: allow({ annotations: new Map([['mode', ['x']]]) }) }],
  ])('%s, where %s', async (decision, _, count, result) => {
    expect(
      await withServers(
        Array.from({ length: count }, () => ({})),
        result,
      ),
    ).toBe(decision);
  });
});

describe('The object of a review is told', () => {
  const objectOf = async (request: object): Promise<object> => {
    const decided = await decidedOn(review('deployment-create-harmless'));
    return membersLine({ ...decided, review: { ...decided.review, ...request } }).object;
  };
  const metadata = { name: 'from-metadata', uid: 'u-1' };
  const core = { group: '', version: 'v1', kind: 'Pod' };

  test.each<[what: string, request: Partial<Review>, told: object]>([
    [
      'by group and version',
      { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
      { apiVersion: 'apps/v1', kind: 'Deployment' },
    ],
    ['by version alone, in the core group', { kind: core }, { apiVersion: 'v1', kind: 'Pod' }],
    ['by the name of the review', { name: 'asked', object: { metadata } }, { name: 'asked', uid: 'u-1' }],
    ['by its own name, where the review has none', { name: '', object: { metadata } }, { name: 'from-metadata' }],
    [
      'by the name of what was there, where it is deleted',
      { name: '', object: undefined, oldObject: { metadata } },
      { name: 'from-metadata', uid: 'u-1' },
    ],
    ['without a name, where nobody gives one', { name: '', object: undefined, oldObject: undefined }, { name: '' }],
    ['without a name that is no text', { name: '', object: { metadata: { name: 7 } } }, { name: '' }],
    ['with its subresource', { subResource: 'status' }, { subresource: 'status' }],
  ])('%s', async (_, request, told) => {
    expect(await objectOf(request)).toMatchObject(told);
  });

  test('without what the review does not have', async () => {
    const told = await objectOf({
      subResource: '',
      namespace: '',
      name: 'a',
      resource: undefined,
      object: {},
      oldObject: undefined,
    });
    expect(Object.keys(told).sort()).toEqual(['apiVersion', 'kind', 'name']);
  });
});

describe('A line has room for', () => {
  const GROUPS = Array.from({ length: 201 }, (_, index) => `group-${index}`);
  test.each([
    [200, undefined],
    [201, ['groups: 1 more']],
  ])('200 groups: of %d it says what it leaves out', async (count, truncated) => {
    const asked = review('deployment-create-harmless');
    const line = await lineOf({ ...asked, user: { ...asked.user, groups: GROUPS.slice(0, count) } });
    expect([line.user.groups.length, line.truncated]).toEqual([200, truncated]);
  });

  test('1024 characters of a name', async () => {
    const asked = review('deployment-create-harmless');
    const long = { username: 'u'.repeat(2000), uid: 'i'.repeat(1025), groups: ['g'.repeat(2000), 'h'.repeat(2000)] };
    const { user, truncated } = await lineOf({ ...asked, user: long });
    expect([user.name.length, user.groups[0]?.length, user.uid?.length]).toEqual([1024, 1024, 1024]);
    const cut = ['groups', 'user.name', 'user.uid'].map(what => `${what}: longer than 1024 characters`);
    expect(truncated).toEqual(cut);
    const short = await lineOf({ ...asked, user: { username: 'u'.repeat(1024), groups: [] } });
    expect(short.truncated).toBeUndefined();
  });

  test('1024 characters of what was found', async () => {
    const decided = await decidedOn(review('networkpolicy-create-reopening'));
    const [server] = decided.result.servers;
    const [fault] = server?.faults ?? [];
    if (server === undefined || fault === undefined) throw new Error('no fault');
    const faults = [{ ...fault, message: 'm'.repeat(1025) }];
    const line = membersLine({ ...decided, result: { ...decided.result, servers: [{ ...server, faults }] } });
    expect([line.findings[0]?.message.length, line.truncated]).toEqual([
      1024,
      ['findings.message: longer than 1024 characters'],
    ]);
  });

  test.each([
    [100, undefined],
    [101, ['findings: 1 more']],
  ])('a hundred findings: of %d it says what it leaves out', async (count, truncated) => {
    const decided = await decidedOn(review('networkpolicy-create-reopening'));
    const [server] = decided.result.servers;
    const [fault] = server?.faults ?? [];
    if (server === undefined || fault === undefined) throw new Error('no fault');
    const faults = Array.from({ length: count }, () => fault);
    const line = membersLine({
      ...decided,
      result: { ...decided.result, servers: [{ ...server, faults, remarks: [] }] },
    });
    expect([line.findings.length, line.truncated]).toEqual([100, truncated]);
  });

  test.each([
    [200, undefined],
    [201, ['reach.gained: 1 more', 'reach.open: 1 more']],
  ])('200 ways of a change of reach: of %d it says what it leaves out', async (count, truncated) => {
    const peers = Array.from({ length: count }, (_, index) => ({
      podSelector: { matchLabels: { app: `a-${index}` } },
    }));
    const ports = [{ port: 80 }];
    const spec = {
      podSelector: { matchLabels: { app: 'weather' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: peers, ports }],
    };
    const shut = { ...closingPolicy(), spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } };
    const asked = review('networkpolicy-create', {
      name: 'new',
      object: { ...closingPolicy(), metadata: { name: 'new', namespace: 'prod' }, spec },
    });
    const line = await lineOf(asked, worldOf(namespace(), deployment(), shut));
    expect([line.reach.gained.length, line.truncated]).toEqual([200, truncated]);
  });

  /** A server whose object has a note of so many characters. */
  const noted = (length: number): Fields => {
    const { metadata, ...rest } = deployment() as { metadata: Fields };
    return { ...rest, metadata: { ...metadata, labels: {}, annotations: { note: 'é '.repeat(length / 2) } } };
  };
  const SIZE = JSON.stringify(deployment()).length;

  test.each<[what: string, before: number, after: number, truncated: readonly string[] | undefined]>([
    ['two objects', 60_000, 100_000, undefined],
    ['one of two, where the other is too large', 200_000, 1000, ['previous: larger than 131072 characters']],
    [
      'none, where both are too large',
      200_000,
      200_002,
      ['snapshot: larger than 131072 characters', 'previous: larger than 131072 characters'],
    ],
  ])('%s', async (_, before, after, truncated) => {
    expect(SIZE).toBeLessThan(20_000);
    const asked = review('deployment-create', { operation: 'UPDATE', object: noted(after), oldObject: noted(before) });
    expect((await lineOf(asked)).truncated).toEqual(truncated);
  });

  /** The parts of a line that are left out where groups and findings, each as long as it may be, and both objects are too much together. */
  test.each<[what: string, groups: number, findings: number, left: readonly string[]]>([
    ['both objects, with short findings', 0, 1, []],
    ['both objects, with groups that have room beside them', 70, 0, []],
    ['the object, and not the one before', 100, 0, ['previous']],
    ['none of the objects', 150, 100, ['previous', 'snapshot']],
  ])('%s', async (_, groups, findings, left) => {
    const decided = await decidedOn(review('networkpolicy-create-reopening'));
    const [server] = decided.result.servers;
    const [fault] = server?.faults ?? [];
    if (server === undefined || fault === undefined) throw new Error('no fault');
    const long = 'é'.repeat(1024);
    const asked = {
      ...decided.review,
      object: noted(128_000),
      oldObject: noted(127_000),
      user: { username: 'jane', groups: Array.from({ length: groups }, () => long) },
    };
    const faults = Array.from({ length: findings }, () => ({ ...fault, message: long }));
    const result = { ...decided.result, servers: [{ ...server, faults, remarks: [] }] };
    const line = membersLine({ ...decided, review: asked, read: { kind: 'change', change: {} }, result });
    expect(line.truncated).toEqual(
      left.length === 0 ? undefined : left.map(part => `${part}: the line was longer than 1048576 bytes`),
    );
    expect(['snapshot', 'previous'].filter(part => !(part in line))).toEqual([...left].sort().reverse());
    expect(line.findings.length).toBe(findings);
  });
});

test('A line holds who the namespace says is to be told, of what concerns a server', async () => {
  const told = (metadata: Fields) => worldOf(namespace({}, metadata), deployment(), closingPolicy());
  const annotated = told({ annotations: { 'chokepoint.dev/notify': 'team-a' } });
  expect((await lineOf(review('networkpolicy-create-reopening'), annotated)).notify).toBe('team-a');
  expect((await lineOf(review('deployment-create-harmless'), annotated)).notify).toBeUndefined();
  expect(await lineOf(review('networkpolicy-create-reopening'))).not.toHaveProperty('notify');
});

test('A line says which servers it closes, and which rules denied them', async () => {
  const open = worldOf(namespace(), deployment());
  const closing = await lineOf(review('networkpolicy-create'), open);
  expect(closing.closes).toEqual([{ ...SERVER[0], rules: ['egress-not-isolated', 'ingress-not-isolated'] }]);
  expect(await lineOf({ ...review('networkpolicy-create'), dryRun: true }, open)).not.toHaveProperty('closes');
  expect(await lineOf(review('networkpolicy-create-reopening'))).not.toHaveProperty('closes');
  expect(
    await lineOf(review('networkpolicy-create'), worldOf(namespace(), deployment(), openingPolicy())),
  ).not.toHaveProperty('closes');
});
