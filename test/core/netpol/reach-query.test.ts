import { describe, expect, it } from 'vitest';
import { parseReachQuery, unknownQueryFields } from '../../../src/core/netpol/reach-query.ts';

const FROM = { pod: 'shop/web' };
const TO = { ip: '192.0.2.7' };
const query = (more: object) => ({ from: FROM, to: TO, port: 80, ...more });
const end = (pod: string) => {
  const read = parseReachQuery(query({ from: { pod } }));
  return 'problem' in read ? read.problem : read.from;
};

describe('A query is refused with its field:', () => {
  it.each<readonly [query: unknown, problem: string]>([
    [null, 'expected an object'],
    ['a', 'expected an object'],
    [query({ from: undefined }), 'from: expected {"pod": "namespace/name"} or {"ip": "address"}'],
    [query({ to: 'shop/web' }), 'to: expected {"pod": "namespace/name"} or {"ip": "address"}'],
    [query({ from: {} }), 'from: expected exactly one of pod and ip, a string'],
    [query({ from: { ...FROM, ...TO } }), 'from: expected exactly one of pod and ip, a string'],
    [query({ to: { pod: 1 } }), 'to: expected exactly one of pod and ip, a string'],
    [query({ to: { ip: 1 } }), 'to: expected exactly one of pod and ip, a string'],
    [query({ to: { pod: 1, ip: '192.0.2.7' } }), 'to: expected exactly one of pod and ip, a string'],
    [query({ port: undefined }), 'port: expected a whole number from 1 to 65535'],
    [query({ port: 0 }), 'port: expected a whole number from 1 to 65535'],
    [query({ port: 65536 }), 'port: expected a whole number from 1 to 65535'],
    [query({ port: 8.5 }), 'port: expected a whole number from 1 to 65535'],
    [query({ port: '80' }), 'port: expected a whole number from 1 to 65535, or the name of a port'],
    [query({ port: '' }), 'port: expected a whole number from 1 to 65535, or the name of a port'],
    [query({ port: 'sixteen-letters1' }), 'port: expected a whole number from 1 to 65535, or the name of a port'],
    [query({ port: 'a--b' }), 'port: expected a whole number from 1 to 65535, or the name of a port'],
    [query({ protocol: 'tcp' }), 'protocol: expected TCP, UDP or SCTP'],
    [query({ protocol: 6 }), 'protocol: expected TCP, UDP or SCTP'],
  ])('%j', (value, problem) => {
    expect(parseReachQuery(value)).toEqual({ problem });
  });
});

describe('A query is read:', () => {
  it.each([
    [{ port: 1 }, { port: 1 }],
    [{ port: 65535 }, { port: 65535 }],
    [{ port: 'http' }, { port: 'http' }],
    [{ port: 'fifteen-letters' }, { port: 'fifteen-letters' }],
    [{ protocol: null }, { port: 80 }],
    [{ protocol: 'UDP' }, { port: 80, protocol: 'UDP' }],
    [{ protocol: 'SCTP' }, { port: 80, protocol: 'SCTP' }],
    [{ protocol: 'TCP' }, { port: 80, protocol: 'TCP' }],
  ])('%j', (more, expected) => {
    const { from, to, ...rest } = Object(parseReachQuery(query(more)));
    expect([from.kind, to.kind, rest]).toEqual(['pod', 'ip', expected]);
  });
});

describe('A pod is named', () => {
  it.each([
    ['web', { kind: 'pod', namespace: 'default', name: 'web' }],
    ['shop/web', { kind: 'pod', namespace: 'shop', name: 'web' }],
    ['shop/Deployment/web', { kind: 'pod', namespace: 'shop', workload: 'Deployment', name: 'web' }],
    ['shop/Deployment/a/b', { kind: 'pod', namespace: 'shop', workload: 'Deployment', name: 'a/b' }],
  ])('%s', (text, expected) => {
    expect(end(text)).toEqual(expected);
  });
});

describe('Fields that a query does not have are named:', () => {
  it.each([
    [query({}), []],
    [query({ protocl: 'TCP', ports: 1 }), ['protocl', 'ports']],
    [query({ from: { pod: 'a', namespace: 'b' }, to: { ip: 'a', name: 'b' } }), ['from.namespace', 'to.name']],
    [query({ from: 'a' }), []],
    ['a', []],
  ])('%j', (value, fields) => {
    expect(unknownQueryFields(value)).toEqual(fields);
  });
});
