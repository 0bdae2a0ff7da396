import { describe, expect, test } from 'vitest';
import { readFlow } from '../../../src/adapters/observe/formats.ts';

const AT = '2026-11-20T10:00:00Z';
const MS = Date.parse(AT);
const read = (line: object | string) => readFlow(typeof line === 'string' ? line : JSON.stringify(line));

describe('a flow of', () => {
  const expected = {
    timeMs: MS,
    from: { namespace: 'web', name: 'client-7c9f8-abcde', ip: '10.0.0.1' },
    to: { namespace: 'shop', name: 'orders-5d4c7-fghij', ip: '10.0.0.2' },
    port: 8080,
    protocol: 'TCP',
    allowed: true,
    count: 1,
  };
  const connection = { src_ip: '10.0.0.1', dest_ip: '10.0.0.2', src_port: 40000, dest_port: 8080, protocol: 'tcp' };

  test.each([
    [
      'the neutral form',
      {
        time: AT,
        from: { pod: 'web/client-7c9f8-abcde', ip: '10.0.0.1' },
        to: { pod: 'shop/orders-5d4c7-fghij', ip: '10.0.0.2' },
        port: 8080,
      },
    ],
    [
      'Hubble',
      {
        flow: {
          time: AT,
          verdict: 'FORWARDED',
          IP: { source: '10.0.0.1', destination: '10.0.0.2' },
          l4: { TCP: { source_port: 40000, destination_port: 8080 } },
          source: { namespace: 'web', pod_name: 'client-7c9f8-abcde' },
          destination: { namespace: 'shop', pod_name: 'orders-5d4c7-fghij' },
        },
        time: AT,
      },
    ],
    [
      'GKE network policy logs',
      {
        timestamp: AT,
        connection,
        disposition: 'allow',
        src: { pod_namespace: 'web', pod_name: 'client-7c9f8-abcde' },
        dest: { pod_namespace: 'shop', pod_name: 'orders-5d4c7-fghij' },
      },
    ],
    [
      'GKE logs behind an envelope',
      {
        timestamp: AT,
        jsonPayload: {
          connection: { ...connection, protocol: 6 },
          src: { pod_namespace: 'web', pod_name: 'client-7c9f8-abcde' },
          dest: { pod_namespace: 'shop', pod_name: 'orders-5d4c7-fghij' },
        },
      },
    ],
    [
      'Calico flow logs',
      {
        end_time: MS / 1000,
        source_namespace: 'web',
        source_name: 'client-7c9f8-abcde',
        source_ip: '10.0.0.1',
        dest_namespace: 'shop',
        dest_name: 'orders-5d4c7-fghij',
        dest_ip: '10.0.0.2',
        dest_port: 8080,
        proto: 'tcp',
        action: 'allow',
        num_flows: 1,
      },
    ],
  ])('%s', (_, line) => {
    expect(read(line)).toEqual({ kind: 'flow', flow: expected });
  });

  test('Goldmane, aggregated, in either case of names', () => {
    const snake = {
      Key: {
        source_namespace: 'web',
        source_name: 'client-*',
        dest_namespace: 'shop',
        dest_name: 'orders-*',
        dest_port: '8080',
        proto: 'tcp',
        action: 'Allow',
      },
      end_time: MS / 1000,
      num_connections_started: 12,
    };
    const camel = {
      key: {
        sourceNamespace: 'web',
        sourceName: 'client-*',
        destNamespace: 'shop',
        destName: 'orders-*',
        destPort: '8080',
        proto: 'tcp',
        action: 'Allow',
      },
      endTime: MS / 1000,
      numConnectionsStarted: 12,
    };
    for (const line of [snake, camel])
      expect(read(line)).toMatchObject({
        kind: 'flow',
        flow: { timeMs: MS, count: 12, from: { namespace: 'web', name: 'client-*' }, port: 8080 },
      });
  });

  test('Google Cloud VPC flow logs has addresses alone', () => {
    const line = { jsonPayload: { connection: { ...connection, protocol: 17, dest_port: 53 }, end_time: AT } };
    expect(read(line)).toMatchObject({
      kind: 'flow',
      flow: { protocol: 'UDP', port: 53, from: { name: '', ip: '10.0.0.1' } },
    });
  });

  test('AWS VPC flow logs in the default format', () => {
    const line = `2 123456789010 eni-1 10.0.0.1 10.0.0.2 40000 8080 6 20 4249 1 ${MS / 1000} ACCEPT OK`;
    expect(read(line)).toEqual({
      kind: 'flow',
      flow: {
        ...expected,
        from: { namespace: '', name: '', ip: '10.0.0.1' },
        to: { namespace: '', name: '', ip: '10.0.0.2' },
      },
    });
  });
});

const HUBBLE = {
  verdict: 'DROPPED',
  IP: { source: '10.0.0.1', destination: '10.0.0.2' },
  l4: { TCP: { destination_port: 80 } },
  source: {},
  destination: {},
};
test.each([
  ['dropped, by Hubble', { flow: HUBBLE }],
  ['rejected, by AWS', '2 1 eni-1 10.0.0.1 10.0.0.2 40000 80 6 1 1 1 2 REJECT OK'],
  [
    'denied, by GKE',
    { connection: { src_ip: '10.0.0.1', dest_ip: '10.0.0.2', dest_port: 80, protocol: 'tcp' }, disposition: 'deny' },
  ],
  ['denied, in the neutral form', { from: { ip: '10.0.0.1' }, to: { ip: '10.0.0.2' }, port: 80, verdict: 'denied' }],
])('what was %s did not go through', (_, line) => {
  expect(read(line)).toMatchObject({ kind: 'flow', flow: { allowed: false } });
});

test.each([
  ['a reply, by Hubble', { flow: { ...HUBBLE, is_reply: true } }],
  ['a reply, by AWS', '2 1 eni-1 10.0.0.2 10.0.0.1 8080 40000 6 1 1 1 2 ACCEPT OK'],
  [
    'a heading of AWS',
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
  ],
  ['no data of AWS', '2 1 eni-1 - - - - - - - 1 2 - NODATA'],
  ['ICMP', { flow: { ...HUBBLE, l4: { ICMPv4: {} } } }],
  ['a notice of Hubble', { node_status: { state_change: 'NODE_CONNECTED' } }],
])('%s is no flow', (_, line) => {
  expect(read(line)).toEqual({ kind: 'other' });
});

test.each([
  ['no JSON', '{'],
  ['other text', 'hello'],
  ['something else', { a: 1 }],
  ['a flow without a port', { from: { ip: '10.0.0.1' }, to: { ip: '10.0.0.2' } }],
  ['a flow to port 0', { from: { ip: '10.0.0.1' }, to: { ip: '10.0.0.2' }, port: 0 }],
  ['a flow from nowhere', { from: {}, to: { ip: '10.0.0.2' }, port: 80 }],
  ['keys of prototypes', '{"__proto__": {"flow": {}}}'],
])('%s cannot be read', (_, line) => {
  expect(read(line).kind).toBe('unreadable');
});
