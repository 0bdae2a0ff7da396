import { describe, expect, test } from 'vitest';
import { decodeAuditEvent, isAuditEvent } from '../../../src/app/audit-query/kubernetes-audit.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';

const HOOK = 'validate.chokepoint.dev';
const notes = (texts: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [`${HOOK}/${key}`, text]));
const event = (more: Fields = {}): Fields => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID: 'id-1',
  stage: 'ResponseComplete',
  verb: 'create',
  requestURI: '/apis/apps/v1/namespaces/shop/deployments',
  requestReceivedTimestamp: '2026-01-02T03:04:05.678901Z',
  user: { username: 'jane', groups: ['a', 'b'] },
  objectRef: { apiGroup: 'apps', apiVersion: 'v1', resource: 'deployments', namespace: 'shop', name: 'x' },
  responseStatus: { code: 201 },
  annotations: notes({ verdict: 'allow' }),
  ...more,
});
const line = (more: Fields = {}) => {
  const decoded = decodeAuditEvent(event(more));
  return decoded && 'line' in decoded ? decoded.line : undefined;
};

test.each<[value: unknown, isEvent: boolean]>([
  [event(), true],
  [event({ apiVersion: 'audit.k8s.io/v1beta1' }), true],
  [event({ apiVersion: 'v1' }), false],
  [event({ kind: 'EventList' }), false],
  ['Event', false],
  [null, false],
])('Whether a line is an event of an API server is told by its kind and version: case %#', (value, isEvent) => {
  expect(isAuditEvent(value)).toBe(isEvent);
});

describe('An event of the API server is read', () => {
  test('with what our webhook noted', () => {
    const annotations = {
      ...notes({
        verdict: 'deny',
        mode: 'enforce',
        servers: 'Deployment shop/a | nonsense | Pod shop/b',
        findings: 'host-network: is set. Fix: x | Odd text',
      }),
      'other.example.com/verdict': 'allow',
      'other.example.com/mode': 'off',
    };
    expect(line({ annotations })).toEqual({
      seq: 0,
      writer: '',
      time: '2026-01-02T03:04:05.678901Z',
      timeMs: Date.parse('2026-01-02T03:04:05.678Z'),
      type: 'decision',
      uid: 'id-1',
      operation: 'CREATE',
      object: { apiVersion: 'apps/v1', kind: 'Deployment', subresource: '', namespace: 'shop', name: 'x' },
      user: { name: 'jane', groups: ['a', 'b'] },
      decision: 'deny',
      allowed: true,
      mode: 'enforce',
      dryRun: false,
      change: [],
      servers: [
        { kind: 'Deployment', namespace: 'shop', name: 'a' },
        { kind: 'Pod', namespace: 'shop', name: 'b' },
      ],
      findings: [
        { rule: 'host-network', level: 'deny', message: 'host-network: is set. Fix: x' },
        { rule: '', level: 'deny', message: 'Odd text' },
      ],
      causes: [],
      note: '',
      gained: [],
      lost: [],
      open: undefined,
      truncated: [],
      digest: '',
      snapshot: undefined,
      hash: '',
    });
  });

  // biome-ignore format: one line a case
  test.each<[what: string, more: Fields, told: object]>([
    ['as allowed below 400', { responseStatus: { code: 399 } }, { allowed: true }],
    ['as refused from 400 on', { responseStatus: { code: 400 } }, { allowed: false }],
    ['as neither, where no code is told', { responseStatus: {} }, { allowed: undefined }],
    ['as a warning of what was not denied', { annotations: notes({ verdict: 'allow', findings: 'x-y: z' }) }, { findings: [{ rule: 'x-y', level: 'warn' }] }],
    ['as an update, for a patch', { verb: 'patch' }, { operation: 'UPDATE' }],
    ['as an update', { verb: 'update' }, { operation: 'UPDATE' }],
    ['as a deletion', { verb: 'delete' }, { operation: 'DELETE' }],
    ['as a deletion of many', { verb: 'deletecollection' }, { operation: 'DELETE' }],
    ['as any other verb', { verb: 'connect' }, { operation: 'CONNECT' }],
    ['with why it was not judged', { annotations: notes({ verdict: 'undetermined', 'not-judged': 'too large' }) }, { causes: ['too large'] }],
    ['as a dry run', { requestURI: '/x?fieldManager=a&dryRun=All' }, { dryRun: true }],
    ['as a dry run, by the first parameter', { requestURI: '/x?dryRun=All&a=b' }, { dryRun: true }],
    ['as no dry run by a name that ends so', { requestURI: '/x?notdryRun=All' }, { dryRun: false }],
    ['as no dry run by a value that begins so', { requestURI: '/x?dryRun=Allow' }, { dryRun: false }],
    ['of the core group', { objectRef: { apiVersion: 'v1', resource: 'pods', subresource: 'binding' } }, { object: { apiVersion: 'v1', kind: 'Pod', subresource: 'binding' } }],
    ['of a resource that is not known', { objectRef: { apiGroup: 'x', apiVersion: 'v1', resource: 'things' } }, { object: { kind: 'things' } }],
    ['with the kind of its object', { requestObject: { kind: 'Thing' } }, { object: { kind: 'Thing' } }],
    ['with the kind of its answer', { responseObject: { kind: 'Thing' } }, { object: { kind: 'Thing' }, snapshot: { kind: 'Thing' } }],
    ['with its own kind, where the answer is a status', { responseObject: { kind: 'Status' } }, { object: { kind: 'Deployment' }, snapshot: undefined }],
    ['where it ended in a panic', { stage: 'Panic' }, { uid: 'id-1' }],
    ['of the mutating webhook', { annotations: { 'mutate.chokepoint.dev/verdict': 'allow', 'mutate.chokepoint.dev/mode': 'warn' } }, { mode: 'warn', decision: 'allow' }],
  ])('%s', (_, more, told) => {
    expect(line(more)).toMatchObject(told);
  });

  test.each<[what: string, more: Fields]>([
    ['our webhook noted nothing', { annotations: {} }],
    ['there are no annotations', { annotations: undefined }],
    ['another webhook noted a verdict', { annotations: { 'validate.chokepoint.dev.example/verdict': 'deny' } }],
    ['our webhook noted no verdict', { annotations: notes({ mode: 'audit' }) }],
    ['the request is not over', { stage: 'RequestReceived' }],
    ['the answer has only begun', { stage: 'ResponseStarted' }],
  ])('not where %s', (_, more) => {
    expect(decodeAuditEvent(event(more))).toBeUndefined();
  });

  test('as one that cannot be read, where its time is none', () => {
    expect(decodeAuditEvent(event({ requestReceivedTimestamp: 'now' }))).toEqual({
      unreadable: 'its `requestReceivedTimestamp` is no RFC 3339 time',
    });
  });
});
