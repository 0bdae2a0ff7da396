import { describe, expect, test } from 'vitest';
import type { Review } from '../../../src/app/admission/review.ts';
import { readLineEvents } from '../../../src/app/notify/line-events.ts';
import { type Fields, fieldsAt } from '../../../src/core/kube/reading.ts';
import { closingPolicy, deployment, gate, namespace, review, testPolicy, worldOf } from '../../support/reviews.ts';
import { fields, way } from '../audit-query/lines.ts';
import { keepingRecorder } from '../record/recorded.ts';

const SCORES: ReadonlyMap<string, number> = new Map([
  ['host-network', 9.1],
  ['ingress-beyond-gateway', 8.2],
  ['egress-reaches-link-local', 5.5],
  ['gateway-locked-out', 3],
]);
const severity = (rule: string): number => SCORES.get(rule) ?? 7;

const read = (given: object = {}) => readLineEvents(fields(given) as Fields, severity);
/** `KIND SEVERITY NAMESPACE Kind/name`. */
const shown = (given: object): readonly string[] =>
  read(given).map(
    event => `${event.kind} ${event.severity} ${event.namespace} ${event.subject.kind}/${event.subject.name}`,
  );

const finding = (
  rule: string,
  subject = { kind: 'Deployment', namespace: 'tools', name: 'search' },
  level = 'deny',
) => ({
  ...{ rule, messageId: 'a', level, subject, message: 'something is open' },
});
const labelled = (mode?: string): object => ({
  metadata: { labels: mode === undefined ? {} : { 'chokepoint.dev/mode': mode } },
});
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', namespace: 'shop', name: 'shop' };
const POLICY = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: 'tools', name: 'open' };
const POD = { kind: 'Pod', namespace: 'tools', name: 'search-1' };
const OTHER = { kind: 'Deployment', namespace: 'tools', name: 'other' };
const SERVER = { kind: 'Deployment', namespace: 'tools', name: 'search' };
const OPEN = { decision: 'deny', findings: [finding('ingress-beyond-gateway')] };

describe('A line tells', () => {
  test.each<[what: string, given: object, events: readonly string[]]>([
    [
      'of a server that is made, closed',
      {},
      ['created info tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    [
      'of one that is made, open',
      OPEN,
      ['created info tools Deployment/search', 'opened high tools Deployment/search'],
    ],
    ['of one that is made where it was refused', { ...OPEN, allowed: false }, ['refused high tools Deployment/search']],
    ['nothing of a dry run', { ...OPEN, dryRun: true }, []],
    [
      'of one that was made past the gate, and is open',
      { ...OPEN, type: 'unwitnessed', note: 'unwitnessed' },
      [
        'unwitnessed high tools Deployment/search',
        'created info tools Deployment/search',
        'opened high tools Deployment/search',
      ],
    ],
    [
      'of a mode that was lowered past the gate',
      {
        type: 'unwitnessed',
        note: 'unwitnessed',
        decision: 'undetermined',
        operation: 'UPDATE',
        object: NAMESPACE,
        servers: [],
        change: ['update', 'mode'],
        previous: labelled('enforce'),
        snapshot: labelled('audit'),
      },
      ['unwitnessed high shop Namespace/shop', 'modeLowered high shop Namespace/shop'],
    ],
    [
      'of a scale that was seen',
      { type: 'seen', note: 'not-asked', operation: 'UPDATE', change: ['scale'] },
      ['scaled info tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    ['nothing of a dry run that was refused', { ...OPEN, dryRun: true, allowed: false }, []],
    [
      'of a scale',
      { operation: 'UPDATE', change: ['scale'] },
      ['scaled info tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    [
      'of a Scale by its subresource, seen alone',
      {
        type: 'observed',
        operation: 'UPDATE',
        change: ['scale'],
        object: {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          subresource: 'scale',
          namespace: 'tools',
          name: 'search',
        },
      },
      ['scaled info tools Deployment/search'],
    ],
    [
      'of an image and a configuration as one change',
      { operation: 'UPDATE', change: ['image', 'configuration'] },
      ['changed info tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    ['of a deletion', { operation: 'DELETE', change: ['delete'] }, ['deleted low tools Deployment/search']],
    [
      'of a Pod of a server only whether the server is open',
      { object: { apiVersion: 'v1', ...POD } },
      ['closed info tools Deployment/search'],
    ],
    [
      'of a policy that opens, by the server',
      { ...OPEN, object: POLICY, change: ['create', 'policy'] },
      ['policyChanged low tools Deployment/search', 'opened high tools Deployment/search'],
    ],
    [
      'of a policy that closes one server and opens another',
      {
        object: POLICY,
        change: ['create', 'policy'],
        servers: [SERVER, OTHER],
        decision: 'deny',
        findings: [finding('host-network', OTHER)],
      },
      [
        'policyChanged low tools Deployment/search',
        'policyChanged low tools Deployment/other',
        'opened critical tools Deployment/other',
        'closed info tools Deployment/search',
      ],
    ],
    [
      'of a Service',
      {
        object: { apiVersion: 'v1', kind: 'Service', namespace: 'tools', name: 'search' },
        change: ['update', 'service'],
      },
      ['serviceChanged low tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    [
      'of a route',
      { object: { apiVersion: 'a/v1', kind: 'HTTPRoute', namespace: 'tools', name: 'r' }, change: ['create', 'route'] },
      ['routeChanged low tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    [
      'neither open nor closed of what was open before',
      { decision: 'warn', findings: [finding('host-network')], change: ['update'] },
      ['changed info tools Deployment/search'],
    ],
    [
      'closed of what is only warned of',
      { decision: 'warn', findings: [finding('host-network', SERVER, 'warn')], change: ['update'] },
      ['changed info tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    [
      'neither of what cannot be judged',
      { decision: 'undetermined', change: ['update'] },
      ['changed info tools Deployment/search'],
    ],
    ['neither of what was not judged', { note: 'off', change: ['update'] }, ['changed info tools Deployment/search']],
    [
      'neither of what was only seen',
      { type: 'observed', change: ['update'] },
      ['changed info tools Deployment/search'],
    ],
    [
      'not closed where findings were left out',
      { decision: 'warn', change: ['update'], truncated: ['findings: 3 more'] },
      ['changed info tools Deployment/search'],
    ],
    [
      'closed where texts of findings were cut',
      { decision: 'warn', change: ['update'], truncated: ['findings.message: longer than 1024 characters'] },
      ['changed info tools Deployment/search', 'closed info tools Deployment/search'],
    ],
    ['nothing of what concerns no server', { servers: [], change: ['create'] }, []],
    [
      'of a server by its Pod where that is the only one',
      { ...OPEN, change: ['create'], object: { apiVersion: 'v1', ...POD }, findings: [finding('host-network', POD)] },
      ['opened critical tools Deployment/search'],
    ],
    [
      'as severe as the worst',
      { ...OPEN, change: [], findings: [finding('gateway-locked-out'), finding('egress-reaches-link-local')] },
      ['opened medium tools Deployment/search'],
    ],
    ['low', { ...OPEN, change: [], findings: [finding('gateway-locked-out')] }, ['opened low tools Deployment/search']],
    [
      'a refusal of what cannot be judged',
      { decision: 'undetermined', allowed: false, servers: [], object: POLICY },
      ['refused medium tools NetworkPolicy/open'],
    ],
    [
      'of a mode that is raised',
      {
        object: NAMESPACE,
        servers: [],
        change: ['update', 'mode'],
        previous: labelled('audit'),
        snapshot: labelled('warn'),
      },
      ['modeRaised info shop Namespace/shop'],
    ],
    [
      'of a mode that is lowered',
      {
        object: NAMESPACE,
        servers: [],
        change: ['update', 'mode'],
        previous: labelled('enforce'),
        snapshot: labelled('audit'),
      },
      ['modeLowered high shop Namespace/shop'],
    ],
    [
      'of a mode that is taken away',
      {
        object: NAMESPACE,
        servers: [],
        change: ['update', 'mode'],
        previous: labelled('enforce'),
        snapshot: labelled(),
      },
      ['modeLowered high shop Namespace/shop'],
    ],
    [
      'of a mode that is set first',
      { object: NAMESPACE, servers: [], change: ['update', 'mode'], previous: labelled(), snapshot: labelled('warn') },
      ['modeRaised info shop Namespace/shop'],
    ],
    [
      'of a mode that the judge says is lowered, and opens no server',
      {
        object: NAMESPACE,
        servers: [],
        decision: 'deny',
        change: ['update', 'mode'],
        previous: labelled(),
        snapshot: labelled('off'),
        findings: [finding('mode-lowered', { kind: 'Namespace', namespace: 'shop', name: 'shop' })],
      },
      ['modeLowered high shop Namespace/shop'],
    ],
    [
      'nothing of servers whose namespace is deleted: each has a line of its own',
      { operation: 'DELETE', object: NAMESPACE, change: ['delete'] },
      [],
    ],
    [
      'nothing of the mode of a namespace that is deleted',
      { operation: 'DELETE', object: NAMESPACE, servers: [], change: ['delete', 'mode'], snapshot: labelled('audit') },
      [],
    ],
    [
      'of an exception',
      {
        object: { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GateException', namespace: 'tools', name: 'e' },
        servers: [],
        note: 'own-document',
      },
      ['exceptionChanged medium tools GateException/e'],
    ],
    [
      'of the configuration',
      {
        object: { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', name: 'default' },
        servers: [],
        note: 'own-document',
      },
      ['configurationChanged medium  GatePolicy/default'],
    ],
    [
      'nothing of a kind of that name that is another',
      { object: { apiVersion: 'example.com/v1', kind: 'GatePolicy', name: 'default' }, servers: [] },
      [],
    ],
    [
      'of lines that are lost',
      { type: 'lost', object: {}, lines: 3, reason: 'ENOSPC' },
      ['recordLost high  Record/webhook-0'],
    ],
    ['nothing of a type that nobody knows', { type: 'head' }, []],
    [
      'nothing where nothing can be read',
      { type: 'decision', object: 7, servers: 'a', findings: [3], change: null, user: [] },
      [],
    ],
  ])('%s', (_, given, events) => {
    expect(shown(given)).toEqual(events);
  });
});

test('An event has its place in the record, who did it, what was found, and what became open', () => {
  const [, opened] = read({
    ...OPEN,
    seq: 7,
    reach: { gained: [way('any pod'), { ...way('any pod'), to: 'tools/other' }], lost: [] },
  });
  expect(opened).toEqual({
    id: 'webhook-0/7/1',
    kind: 'opened',
    time: '2026-11-20T08:00:00.000Z',
    severity: 'high',
    namespace: 'tools',
    subject: SERVER,
    user: 'alice@example.com',
    rules: ['ingress-beyond-gateway'],
    details: ['ingress-beyond-gateway: something is open', 'now open: any pod → tools/search, TCP 8080'],
    annotated: [],
  });
});

test.each<[what: string, given: object, details: readonly string[]]>([
  [
    'what it would have opened',
    {},
    ['ingress-beyond-gateway: something is open', 'would be open: any pod → tools/search, any protocol any port'],
  ],
  [
    'that it could not be judged, and why not',
    { decision: 'undetermined', findings: [], causes: ['who it selects is not known'] },
    [
      'it cannot be judged: who it selects is not known',
      'would be open: any pod → tools/search, any protocol any port',
    ],
  ],
  [
    'that nobody can say why',
    { decision: 'undetermined', findings: [], note: 'late', reach: {} },
    ['it could not be judged, or not be put on record (late)'],
  ],
])('A change that was refused tells %s', (_, given, details) => {
  const gained = [{ ...way('any pod', 'any'), protocol: 'any' }];
  const [refused] = read({ ...OPEN, allowed: false, reach: { gained, lost: [] }, ...given });
  expect(refused?.details).toEqual(details);
});

test('A line says what it closes, and how bad that was', () => {
  const closes = [{ ...SERVER, rules: ['egress-reaches-link-local', 'host-network'] }];
  const events = read({ change: ['create', 'policy'], object: POLICY, servers: [SERVER, OTHER], closes });
  expect(
    events.filter(({ kind }) => kind === 'closed').map(({ subject, resolves }) => [subject.name, resolves]),
  ).toEqual([
    ['search', { since: '', severity: 'critical' }],
    ['other', undefined],
  ]);
});

test.each([
  [9, 'critical'],
  [8.9, 'high'],
  [7, 'high'],
  [6.9, 'medium'],
  [4, 'medium'],
  [3.9, 'low'],
])('A rule of severity %d makes an event %s', (score, expected) => {
  const events = readLineEvents(fields({ ...OPEN, change: [] }) as Fields, () => score);
  expect(events.map(event => event.severity)).toEqual([expected]);
});

test('An event has five details at most, and says what was done to what', () => {
  const findings = Array.from({ length: 9 }, () => finding('host-network'));
  const events = read({ ...OPEN, findings, object: POLICY, change: ['create', 'policy'] });
  expect(events.map(({ details }) => details.length)).toEqual([1, 5]);
  const gatePolicy = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', name: 'default' };
  const changed = read({ operation: 'UPDATE', object: gatePolicy, servers: [], change: ['update'] });
  expect([...events, ...changed].map(({ details }) => details[0])).toEqual([
    'NetworkPolicy tools/open created',
    'host-network: something is open',
    'GatePolicy default changed',
  ]);
});

test('Texts are cut, and show nothing that cannot be seen', () => {
  const [event] = read({ ...OPEN, change: [], user: { name: `a\n\u202e${'b'.repeat(400)}` } });
  expect(event?.user).toBe(`a ${'b'.repeat(250)}…`);
});

test('A namespace says who is told of its own servers, and of no others', () => {
  const given = {
    notify: 'team-a, team-b  team-c',
    change: ['update', 'route'],
    servers: [SERVER, { ...OTHER, namespace: 'shop' }],
  };
  const route = { apiVersion: 'a/v1', kind: 'HTTPRoute', namespace: 'tools', name: 'r' };
  const told = read({ ...given, object: route }).map(
    ({ namespace: name, annotated }) => `${name} ${annotated.join(' ')}`,
  );
  expect([...new Set(told)]).toEqual(['tools team-a team-b team-c', 'shop ']);
});

const CLOSED = worldOf(namespace(), deployment(), closingPolicy());

describe('What the judge says comes through as', () => {
  test.each<[review: string, mode: 'audit' | 'enforce', kinds: readonly string[]]>([
    ['networkpolicy-create-reopening', 'audit', ['policyChanged', 'opened']],
    ['networkpolicy-create-reopening', 'enforce', ['refused']],
    ['deployment-create-harmless', 'enforce', []],
    ['deployment-create-dry-run', 'enforce', []],
    ['namespace-update-mode-raised', 'enforce', ['modeRaised', 'closed']],
    ['namespace-update-mode-lowered', 'enforce', ['modeLowered', 'closed']],
    ['deployment-update-replicas', 'enforce', ['scaled']],
  ])('%s in a namespace that has %s: %j', async (name, mode, kinds) => {
    const { lines, recorder } = keepingRecorder({ world: () => ({ kind: 'ready', world: CLOSED }) });
    await gate(testPolicy({ mode }), CLOSED, undefined, { recorder }).validate(review(name), 1000);
    const events = lines.flatMap(line => readLineEvents(line as unknown as Fields, severity));
    expect(events.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('What is only recorded comes through as', () => {
  const asked = review('deployment-create');
  const deleted = (object: Fields, kind: Review['kind'], namespaceOf = 'prod'): Review => ({
    ...{ ...asked, operation: 'DELETE', kind, namespace: namespaceOf, object: undefined, oldObject: object },
    name: String(fieldsAt(object, 'metadata').name),
  });
  test.each<[what: string, one: Review, kinds: readonly string[]]>([
    ['a server that is deleted', deleted(deployment(), asked.kind), ['deleted']],
    [
      'none yet, where its namespace is deleted',
      deleted(namespace(), { group: '', version: 'v1', kind: 'Namespace' }, ''),
      [],
    ],
    ['a policy that is deleted', review('networkpolicy-delete'), ['policyChanged']],
    ['a server that is scaled', { ...review('deployment-scale'), name: 'weather' }, ['scaled']],
    ['one that is no server', review('deployment-create-harmless'), []],
  ])('%s', async (_, one, kinds) => {
    const { lines, recorder } = keepingRecorder({ world: () => ({ kind: 'ready', world: CLOSED }) });
    await gate(testPolicy(), CLOSED, undefined, { recorder }).observe(one, 1000);
    const events = lines.flatMap(line => readLineEvents(line as unknown as Fields, severity));
    expect(events.map(({ kind, subject }) => `${kind} ${subject.name}`)).toEqual(kinds.map(kind => `${kind} weather`));
  });
});
