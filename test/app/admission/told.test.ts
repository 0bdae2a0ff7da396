import { describe, expect, test } from 'vitest';
import { disclosed } from '../../../src/app/admission/disclosure.ts';
import type { JudgedServer } from '../../../src/app/admission/judge-review.ts';
import { allow, listed, refuse } from '../../../src/app/admission/response.ts';
import { namesOf, subjectsText, titleOf } from '../../../src/app/admission/title.ts';
import { toldOnce } from '../../../src/app/admission/told-once.ts';
import type { Cause, Finding } from '../../../src/core/decision.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { ObjectRef } from '../../../src/core/kube/types.ts';
import type { Change } from '../../../src/core/world/world.ts';
import { closingPolicy, decodeAll, deployment, namespace, reviewBody } from '../../support/reviews.ts';

const ref = (name: string, kind = 'Deployment', space = 'prod'): ObjectRef => ({ kind, namespace: space, name });
const POLICY = ref('p', 'NetworkPolicy');

const finding = (rule: string, more: Partial<Finding> = {}): Finding =>
  ({
    rule,
    messageId: 'm',
    level: 'deny',
    subject: ref('a'),
    object: POLICY,
    path: 'spec',
    message: 'said',
    fix: { summary: 'fix' },
    ...more,
  }) as Finding;
const cause = (code: string, object = POLICY, message = 'why'): Cause => ({ code, object, message }) as Cause;
const server = (subject: ObjectRef, more: Partial<JudgedServer> = {}): JudgedServer =>
  ({
    decision: { subject, refusedExceptions: [] },
    mode: 'enforce',
    faults: [],
    causes: [],
    remarks: [],
    makers: [],
    ...more,
  }) as unknown as JudgedServer;

describe('A refusal is titled', () => {
  const object = (fields: Fields) => decodeAll([fields])[0];
  const change = (before: Fields | undefined, after: Fields | undefined): Change => {
    const [old, now] = [before && object(before), after && object(after)];
    return { ...(old && { before: old }), ...(now && { after: now }) };
  };
  const POD: Fields = reviewBody('pod-create').request.object;
  const GATED: Fields = reviewBody('pod-create-gated').request.object;
  const SERVICE: Fields = reviewBody('service-create-nodeport').request.object;
  const ABSENT = finding('ingress-not-isolated', { object: ref('a') });
  const OPEN = finding('egress-reaches-cluster');
  const A = [server(ref('a'), { faults: [OPEN] })];
  const SEVERAL = ['a', 'b', 'a', 'c'].map(name => server(ref(name), { faults: [OPEN] }));

  // biome-ignore format: one line a case
  test.each<[title: string, change: Change, refused: readonly JudgedServer[]]>([
    ['Deployment prod/a must stay behind its gateway.', change(undefined, deployment()), A],
    ['Deployment prod/a and 2 more must stay behind its gateway.', change(undefined, deployment()), SEVERAL],
    ['Deployment prod/a must keep its scheduling gate until it is behind its gateway.', change(GATED, POD), A],
    ['Deployment prod/a must stay behind its gateway.', change(GATED, GATED), A],
    ['Deployment prod/a must stay behind its gateway.', change(undefined, POD), A],
    ['NetworkPolicy prod/weather must not open Deployment prod/a.', change(undefined, closingPolicy()), A],
    ['NetworkPolicy prod/weather must not be deleted: it closes Deployment prod/a.', change(closingPolicy(), undefined), A],
    ['NetworkPolicy prod/weather must not be given an owner that may go before Deployment prod/a.', change(closingPolicy(), closingPolicy()), [server(ref('a'), { faults: [finding('policy-removal', { messageId: 'collected' })] })]],
    ['NetworkPolicy prod/weather must not open the server that it is written for.', change(undefined, closingPolicy()), [server(ref('weather', 'NetworkPolicy'), { faults: [OPEN] })]],
    ['The labels of Namespace prod must not open Deployment prod/a.', change(namespace(), namespace({ a: 'b' })), A],
    ['Service prod/weather-debug must not publish Deployment prod/a past the gateway.', change(undefined, { ...SERVICE, metadata: { name: 'weather-debug', namespace: 'prod' } }), A],
    ['Deployment prod/a cannot be judged.', change(undefined, deployment()), [server(ref('a'), { causes: [cause('too-large')] })]],
    ['Deployment prod/a cannot be judged.', {}, A],
    ['The mode of namespace prod must not be lowered.', change(namespace(), namespace()), [server(ref('prod', 'Namespace', ''), { faults: [finding('mode-lowered')] })]],
    ['Deployment prod/a must not be relabelled to be no MCP server.', change(deployment(), deployment()), [server(ref('a'), { faults: [finding('server-opted-out')] })]],
  ])('%s', (title, changed, refused) => {
    expect(titleOf(changed, refused)).toBe(title);
  });

  test('as one that waits for a policy, where nothing but policies is missing', () => {
    const waiting = [server(ref('a'), { faults: [{ ...ABSENT, messageId: 'not-isolated' }] })];
    expect(titleOf(change(GATED, POD), waiting)).toMatch(/must keep its scheduling gate until /);
  });

  test.each<[names: readonly string[], text: string]>([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and 1 more'],
    [['a', 'b', 'c'], 'a and 2 more'],
  ])('with %j as %j', (names, text) => {
    expect(subjectsText(names)).toBe(text);
  });

  test('with each server once', () => {
    expect(namesOf(SEVERAL)).toEqual(['Deployment prod/a', 'Deployment prod/b', 'Deployment prod/c']);
  });
});

describe('Of a Deployment, its ReplicaSet and its Pods', () => {
  const [DEPLOYMENT, SET, POD] = [ref('a'), ref('a-1', 'ReplicaSet'), ref('a-1-x', 'Pod')];
  const of = (subject: ObjectRef, more: Partial<JudgedServer>, ...makers: readonly ObjectRef[]): JudgedServer =>
    server(subject, { ...more, makers });
  const told = (...servers: readonly JudgedServer[]): readonly string[] =>
    toldOnce(servers).map(({ decision }) => decision.subject.kind);
  const on = (subject: ObjectRef, path: string): Finding => finding('host-network', { subject, object: subject, path });

  // biome-ignore format: one line a case
  test.each<[what: string, servers: readonly JudgedServer[], told: readonly string[]]>([
    ['the outermost is told', [of(DEPLOYMENT, { faults: [finding('x')] }), of(SET, { faults: [finding('x')] }, DEPLOYMENT), of(POD, { faults: [finding('x')] }, SET, DEPLOYMENT)], ['Deployment']],
    ['the outermost that is judged is told', [of(SET, { faults: [finding('x')] }, DEPLOYMENT), of(POD, { faults: [finding('x')] }, SET, DEPLOYMENT)], ['ReplicaSet']],
    ['one of which more is said is told too', [of(DEPLOYMENT, { faults: [finding('x')] }), of(POD, { faults: [finding('x'), finding('y')] }, DEPLOYMENT)], ['Deployment', 'Pod']],
    ['one of which less is said is not', [of(DEPLOYMENT, { faults: [finding('x'), finding('y')] }), of(POD, { faults: [finding('y')] }, DEPLOYMENT)], ['Deployment']],
    ['one to which the same weighs more is told too', [of(DEPLOYMENT, { remarks: [finding('x')] }), of(POD, { faults: [finding('x')] }, DEPLOYMENT)], ['Deployment', 'Pod']],
    ['one that cannot be judged is told too', [of(DEPLOYMENT, {}), of(POD, { causes: [cause('too-large')] }, DEPLOYMENT)], ['Deployment', 'Pod']],
    ['one that cannot be judged for the same reason is not', [of(DEPLOYMENT, { causes: [cause('too-large')] }), of(POD, { causes: [cause('too-large')] }, DEPLOYMENT)], ['Deployment']],
    ['what is at fault in itself has its own path in each', [of(DEPLOYMENT, { faults: [on(DEPLOYMENT, 'spec.template.spec')] }), of(POD, { faults: [on(POD, 'spec')] }, DEPLOYMENT)], ['Deployment']],
    ['what is at fault elsewhere is told by its path', [of(DEPLOYMENT, { faults: [finding('x', { path: 'a' })] }), of(POD, { faults: [finding('x', { path: 'b' })] }, DEPLOYMENT)], ['Deployment', 'Pod']],
    ['others are told apart', [of(DEPLOYMENT, { faults: [finding('x')] }), of(POD, { faults: [finding('x')] })], ['Deployment', 'Pod']],
  ])('%s', (_, servers, expected) => {
    expect(told(...servers)).toEqual(expected);
  });
});

describe('To who changes an object of one namespace, of another is told', () => {
  const FAR = ref('secret', 'HTTPRoute', 'far');
  const UNNAMED = { kind: 'HTTPRoute', namespace: '', name: 'in another namespace' };
  const first = (one: JudgedServer): JudgedServer => disclosed([one], 'prod')[0] as JudgedServer;

  test('that there is an object at fault, and no more', () => {
    const [fault] = first(
      server(ref('a'), {
        faults: [finding('x', { object: FAR, path: 'spec.secret', witness: { direction: 'ingress', peer: 'secret' } })],
      }),
    ).faults;
    expect(fault).toEqual({
      ...finding('x', { object: UNNAMED, path: '' }),
      message: 'an object of kind HTTPRoute in another namespace breaks this rule',
      fix: { summary: 'ask whoever looks after that namespace' },
    });
  });

  test('that there is a reason not to judge, and no more', () => {
    const { causes } = first(server(ref('a'), { causes: [cause('too-large', FAR, 'secret'), cause('too-large')] }));
    expect(causes).toEqual([
      cause('too-large', UNNAMED, 'an object of kind HTTPRoute in another namespace cannot be judged'),
      cause('too-large'),
    ]);
  });

  test('that a server is opened, and nothing of what was wrong in it before', () => {
    const foreign = ref('secret', 'Deployment', 'far');
    const one = first(
      server(foreign, {
        faults: [finding('x', { subject: foreign })],
        remarks: [finding('y', { subject: foreign, object: FAR }), finding('z', { subject: foreign })],
      }),
    );
    expect([one.decision.subject, one.faults[0]?.subject.name, one.remarks.map(({ rule }) => rule)]).toEqual([
      { kind: 'Deployment', namespace: '', name: 'in another namespace' },
      'in another namespace',
      ['z'],
    ]);
  });

  test('nothing that is wrong in the own namespace, or in the whole cluster, is left out', () => {
    const witness = { direction: 'egress', peer: '10.0.0.1' } as const;
    const kept = [finding('x', { witness }), finding('y', { object: ref('n', 'Namespace', '') })];
    const one = first(server(ref('a'), { faults: kept, remarks: [finding('z', { object: FAR })] }));
    expect(one.faults).toEqual(kept);
    expect(one.remarks.map(({ rule, object }) => [rule, object.name])).toEqual([['z', 'in another namespace']]);
  });

  test('no exception that was refused', () => {
    const refused = (object: ObjectRef) => ({ object, text: 't', why: 'w' });
    const one = server(ref('a'), {
      decision: {
        subject: ref('a'),
        refusedExceptions: [refused(FAR), refused(POLICY)],
      } as unknown as JudgedServer['decision'],
    });
    expect(first(one).decision.refusedExceptions).toEqual([refused(POLICY)]);
  });
});

describe('What is said is held within', () => {
  const text = (length: number): string => 'x'.repeat(length);
  const lines = ({ message }: { readonly message: string }): readonly number[] =>
    message.split('\n').map(line => line.length);

  test.each([
    [2048, 2048],
    [2049, 2048],
  ])('2048 characters of a refusal in one sentence: of %d', (length, kept) => {
    expect(refuse(400, text(length)).message.length).toBe(kept);
  });

  test.each([
    [400, 400],
    [401, 400],
  ])('400 characters of a title: of %d', (length, kept) => {
    expect(lines(refuse(403, { title: text(length), reasons: [] }))).toEqual([kept]);
  });

  test.each([
    [640, 643],
    [641, 643],
  ])('640 characters of a line of a reason, and its number: of %d', (length, kept) => {
    expect(lines(refuse(403, { title: 't', reasons: [[text(length)]] }))).toEqual([1, kept]);
  });

  test('1500 characters of one reason', () => {
    const { message } = refuse(403, { title: 't', reasons: [[text(600), text(600), text(600)]] });
    expect(message.length).toBe(2 + 1500);
  });

  test.each([
    [298, 298],
    [299, undefined],
  ])('600 characters of notes, each whole: a second one of %d', (length, kept) => {
    const [, first, second] = lines(refuse(403, { title: 't', reasons: [], notes: [text(301), text(length)] }));
    expect(first).toBe(301);
    expect(second).toBe(kept ?? 'and 1 more'.length);
  });

  test.each([
    [798, 800 + '; '.length + 798],
    [799, 800 + '; and 1 more'.length],
  ])('1600 characters of complaints, each whole: a second one of %d', (length, kept) => {
    expect(listed([text(800), text(length)]).length).toBe(kept);
  });

  test.each([
    [120, [120]],
    [121, [120]],
  ])('120 characters of a line of a warning: a word of %d', (length, kept) => {
    expect(allow({ warnings: [text(length)] }).warnings.map(line => line.length)).toEqual(kept);
  });

  test('so many warnings as there is room for, the others counted, with where they are', () => {
    const warnings = Array.from({ length: 40 }, (_, index) => `${String(index).padStart(2, '0')} ${text(90)}`);
    const told = allow({ warnings, rest: 'look there' }).warnings;
    expect([told.length, told.at(-1)]).toEqual([20, 'and 21 more: look there']);
    expect(allow({ warnings }).warnings.at(-1)).toBe('and 21 more');
  });

  test('4096 characters of a note of the audit log, whole texts', () => {
    const annotations = new Map([
      ['mode', [text(3000), text(1093)]],
      ['error', [text(3000), text(1094)]],
      ['findings', []],
    ] as const);
    const noted = allow({ annotations }).auditAnnotations;
    expect([noted.get('mode')?.length, noted.get('error'), noted.has('findings')]).toEqual([
      4096,
      `${text(3000)} | and 1 more`,
      false,
    ]);
  });
});
