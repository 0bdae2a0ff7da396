import { describe, expect, test } from 'vitest';
import { decodeLine } from '../../../src/app/audit-query/decode-line.ts';
import { durationMs, whenMs } from '../../../src/app/audit-query/when.ts';
import { fields, line } from './lines.ts';

describe('A line of a record', () => {
  test('is read with every field that is asked for', () => {
    const given = { reach: { gained: [{ from: 'any pod', to: 'tools/search', port: 80, protocol: 'TCP' }], lost: [] } };
    expect(line(given)).toMatchObject({
      seq: 1,
      timeMs: Date.parse('2026-11-20T08:00:00Z'),
      object: { kind: 'Deployment', subresource: '' },
      gained: [{ from: 'any pod', to: 'tools/search', port: '80', protocol: 'TCP' }],
      snapshot: undefined,
    });
  });

  test('of a later version, with fields and a type that are not known, is read as far as it goes', () => {
    expect(line({ type: 'promotion', object: undefined, novelty: { a: 1 } })).toMatchObject({ type: 'promotion' });
  });

  test.each<[seq: unknown, told: number]>([
    [1, 1],
    [0, 0],
    [-1, 0],
    [1.5, 0],
    ['7', 0],
    [2 ** 53, 0],
    [undefined, 0],
  ])('has a number from 1 on, or none: %j is %d', (seq, told) => {
    expect(line({ seq })).toMatchObject({ seq: told });
  });

  test.each<[what: string, text: string, said: object | undefined]>([
    ['nothing', '', undefined],
    ['blanks', ' \r', undefined],
    ['half an object', '{"seq":1,', { unreadable: 'it is no JSON' }],
    ['a list', '[]', { unreadable: 'it is no JSON object' }],
    ['no time', '{}', { unreadable: 'its `time` is no RFC 3339 time' }],
    ['a day as time', '{"time":"2026-11-20"}', { unreadable: 'its `time` is no RFC 3339 time' }],
    ['a local time', '{"time":"2026-11-20T08:00:00"}', { unreadable: 'its `time` is no RFC 3339 time' }],
    ['a time that does not exist', '{"time":"2026-13-20T08:00:00Z"}', { unreadable: 'its `time` is no RFC 3339 time' }],
  ])('of %s is told apart', (_, text, said) => {
    expect(decodeLine(text)).toEqual(said);
  });

  test.each<[field: string, value: unknown]>([
    ['seq', -1],
    ['seq', 1.5],
    ['seq', '1'],
    ['user', 'alice'],
    ['object', []],
    ['servers', {}],
    ['findings', [null, 1, 'x']],
    ['reach', null],
    ['allowed', 'yes'],
    ['snapshot', []],
    ['__proto__', { seq: 7 }],
  ])('whose %s is %j is read without it', (field, value) => {
    expect(decodeLine(JSON.stringify({ ...fields(), [field]: value }))).toHaveProperty('line.time');
  });
});

describe('An event of an audit log', () => {
  const event = (given: object = {}): string =>
    JSON.stringify({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: 'a1',
      stage: 'ResponseComplete',
      requestURI: '/apis/apps/v1/namespaces/tools/deployments?fieldManager=kubectl',
      verb: 'create',
      user: { username: 'alice@example.com', groups: ['developers'] },
      objectRef: { resource: 'deployments', namespace: 'tools', name: 'search', apiGroup: 'apps', apiVersion: 'v1' },
      responseStatus: { code: 403 },
      requestReceivedTimestamp: '2026-11-20T08:00:00.123456Z',
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'enforce.chokepoint.dev/verdict': 'deny',
        'enforce.chokepoint.dev/mode': 'enforce',
        'enforce.chokepoint.dev/servers': 'Deployment tools/search',
        'enforce.chokepoint.dev/findings':
          'host-network: hostNetwork is set. Fix: leave it out | node-access: privileged',
      },
      ...given,
    });

  test('that the webhook noted a verdict with is a line', () => {
    expect(decodeLine(event())).toMatchObject({
      line: {
        seq: 0,
        uid: 'a1',
        operation: 'CREATE',
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'tools', name: 'search' },
        user: { name: 'alice@example.com', groups: ['developers'] },
        decision: 'deny',
        allowed: false,
        mode: 'enforce',
        dryRun: false,
        servers: [{ kind: 'Deployment', namespace: 'tools', name: 'search' }],
        findings: [{ rule: 'host-network' }, { rule: 'node-access' }],
      },
    });
  });

  test.each<[what: string, given: object, expected: object | undefined]>([
    ['of no webhook of ours', { annotations: { 'authorization.k8s.io/decision': 'allow' } }, undefined],
    ['without annotations', { annotations: undefined }, undefined],
    ['of somebody else’s webhook', { annotations: { 'enforce.example.com/verdict': 'deny' } }, undefined],
    ['that is not over', { stage: 'RequestReceived' }, undefined],
    ['of a dry run', { requestURI: '/x?dryRun=All' }, { dryRun: true }],
    ['that was let through', { responseStatus: { code: 201 } }, { allowed: true }],
    ['of a patch', { verb: 'patch' }, { operation: 'UPDATE' }],
    ['of a whole collection', { verb: 'deletecollection' }, { operation: 'DELETE' }],
    ['with the stored object', { responseObject: { kind: 'Deployment' } }, { snapshot: { kind: 'Deployment' } }],
    ['with a status for an answer', { responseObject: { kind: 'Status' } }, { snapshot: undefined }],
    [
      'of a resource that is not known',
      { objectRef: { resource: 'mcpservers', name: 'a' } },
      { object: { kind: 'mcpservers', apiVersion: '', namespace: '', name: 'a', subresource: '' } },
    ],
  ])('%s', (_, given, expected) => {
    const decoded = decodeLine(event(given));
    if (expected === undefined) expect(decoded).toBeUndefined();
    else expect(decoded).toMatchObject({ line: expected });
  });

  test('without a time cannot be read', () => {
    expect(decodeLine(event({ requestReceivedTimestamp: 'now' }))).toEqual({
      unreadable: 'its `requestReceivedTimestamp` is no RFC 3339 time',
    });
  });
});

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  ['7', undefined],
  ['-7d', undefined],
  ['1.5h', undefined],
  ['7 d', undefined],
])('The duration %s is %s milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each([
  ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00.000Z'],
  ['2026-11-20T08:00:00+02:00', '2026-11-20T06:00:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['1d', '2026-11-26T00:00:00.000Z'],
  ['2026-02-30', undefined],
  ['yesterday', undefined],
  ['2026-11-20 08:00', undefined],
])('The time %s is %s', (text, time) => {
  const ms = whenMs(text, Date.parse('2026-11-27'));
  expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(time);
});
