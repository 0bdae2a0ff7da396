import { type Case, row } from './case.ts';

const TO = (...peers: string[]) => [
  `{podSelector: {matchLabels: {app: mcp}}, policyTypes: [Egress], egress: [{to: [${peers.map(peer => `{ipBlock: ${peer}}`).join(', ')}]}]}`,
];
const FROM = (...peers: string[]) => [
  `{podSelector: {matchLabels: {app: mcp}}, ingress: [{from: [${peers.map(peer => `{ipBlock: ${peer}}`).join(', ')}]}]}`,
];
const to = (ip: string) => `mcp/server > ${ip.includes(':') ? `[${ip}]` : ip}:443`;
const from = (ip: string) => `${ip} > mcp/server:8080`;

/** Which addresses a block means (IPBlock; KEP-4858 for text that is read differently). */
export const addressCases: readonly Case[] = [
  row(
    'a block holds its first and last address',
    TO('{cidr: 198.51.100.0/24}'),
    [to('198.51.100.0'), to('198.51.100.255')],
    [to('198.51.99.255'), to('198.51.101.0')],
  ),
  row(
    'a block of all IPv4 holds no IPv6',
    TO('{cidr: 0.0.0.0/0}'),
    [to('0.0.0.0'), to('255.255.255.255')],
    [to('2001:db8::1'), to('::')],
  ),
  row(
    'a block of all IPv6 holds no IPv4',
    TO('{cidr: "::/0"}'),
    [to('::'), to('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), to('64:ff9b::a9fe:a9fe')],
    [to('198.51.100.1'), to('0.0.0.0')],
  ),
  row(
    'an except takes its first and last address away',
    TO('{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}'),
    [to('9.255.255.255'), to('11.0.0.0')],
    [to('10.0.0.0'), to('10.255.255.255')],
  ),
  row(
    'excepts may end at the last address',
    TO('{cidr: 0.0.0.0/0, except: [255.255.255.255/32, 0.0.0.0/32]}'),
    [to('0.0.0.1'), to('255.255.255.254')],
    [to('0.0.0.0'), to('255.255.255.255')],
  ),
  row(
    'an except of IPv6 ends at the last address',
    TO('{cidr: "fd00::/8", except: ["fdff:ffff::/32"]}'),
    [to('fdff:fffe:ffff:ffff:ffff:ffff:ffff:ffff')],
    [to('fdff:ffff::'), to('fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), to('fe00::')],
  ),
  row(
    'excepts may overlap and repeat',
    TO('{cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.1.2.0/24, 10.0.0.0/15, 10.1.0.0/16]}'),
    [to('10.2.0.0')],
    [to('10.0.0.0'), to('10.1.2.3'), to('10.1.255.255')],
  ),
  row(
    'excepts that cover the block leave nothing',
    TO('{cidr: 0.0.0.0/0, except: [0.0.0.0/1, 128.0.0.0/1]}'),
    [],
    [to('0.0.0.0'), to('127.255.255.255'), to('128.0.0.0'), to('255.255.255.255')],
  ),
  row(
    'an except holds for its own block only',
    TO('{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}', '{cidr: 10.1.0.0/16}'),
    [to('10.1.0.1')],
    [to('10.2.0.1')],
  ),
  row(
    'a second policy opens again what the first excepts',
    [
      ...TO('{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}'),
      '{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 169.254.0.0/16}}]}]}',
    ],
    [to('169.254.169.254')],
    [],
  ),
  row('null excepts are none', TO('{cidr: 10.0.0.0/8, except: null}'), [to('10.0.0.1')], [to('11.0.0.1')]),
  row(
    'host bits are ignored',
    TO('{cidr: 10.1.2.3/8, except: [10.9.9.9/16]}'),
    [to('10.0.0.0'), to('10.255.255.255')],
    [to('10.9.0.0'), to('11.0.0.0')],
  ),
  row('leading zeros are decimal', TO('{cidr: 010.0.0.0/8}'), [to('10.0.0.1')], [to('8.0.0.1')]),
  row(
    'leading zeros of an except are decimal',
    TO('{cidr: 0.0.0.0/0, except: [010.0.0.0/8]}'),
    [to('8.0.0.1')],
    [to('10.0.0.1')],
  ),
  row(
    'leading zeros of the prefix length are decimal',
    TO('{cidr: 10.0.0.0/08}'),
    [to('10.255.0.1')],
    [to('11.0.0.1')],
  ),
  row(
    'a prefix length may have many zeros',
    TO('{cidr: "fd00::/0008"}'),
    [to('fdff::1')],
    [to('fe00::1'), to('10.0.0.1')],
  ),
  row(
    'leading zeros of a mapped block are decimal',
    TO('{cidr: "::ffff:010.0.0.0/104"}'),
    [to('10.0.0.1')],
    [to('8.0.0.1'), to('11.0.0.1')],
  ),
  row(
    'a mapped block is the IPv4 block',
    TO('{cidr: "::ffff:10.0.0.0/104"}'),
    [to('10.1.2.3')],
    [to('11.0.0.1'), to('2001:db8::1')],
  ),
  row(
    'a mapped block in hexadecimal is the IPv4 block',
    TO('{cidr: "::FFFF:0a00:0/104"}'),
    [to('10.1.2.3')],
    [to('11.0.0.1')],
  ),
  row(
    'a mapped except takes the IPv4 block away',
    TO('{cidr: 0.0.0.0/0, except: ["::ffff:10.0.0.0/104"]}'),
    [to('11.0.0.1')],
    [to('10.1.2.3')],
  ),
  row(
    'the mapped /96 is all of IPv4',
    TO('{cidr: "::ffff:0:0/96"}'),
    [to('0.0.0.0'), to('255.255.255.255')],
    [to('2001:db8::1')],
  ),
  row(
    'a mapped address is the IPv4 address',
    TO('{cidr: 10.0.0.0/8}'),
    [to('::ffff:10.0.0.1'), to('::ffff:a00:1')],
    [to('::ffff:11.0.0.1')],
  ),
  row(
    'IPv6 text may be long and in capitals',
    TO('{cidr: "2001:0DB8:0000:0000:0000:0000:0000:0000/32", except: ["2001:DB8:0:0::/64"]}'),
    [to('2001:db8:0:1::')],
    [to('2001:db8::1'), to('2001:db9::')],
  ),
  row(
    'text that is no block allows everything',
    TO('{cidr: 10.0.0.0}'),
    [to('198.51.100.1'), to('2001:db8::1'), to('169.254.169.254')],
    [],
  ),
  row(
    'a prefix that is too long allows everything',
    TO('{cidr: 10.0.0.0/33}'),
    [to('198.51.100.1'), to('2001:db8::1')],
    [],
  ),
  row(
    'an except that is no block takes nothing away',
    TO('{cidr: 0.0.0.0/0, except: [169.254.169.254]}'),
    [to('169.254.169.254')],
    [to('2001:db8::1')],
  ),
  row(
    'a readable except narrows unreadable text',
    TO('{cidr: nonsense, except: [10.0.0.0/8]}'),
    [to('11.0.0.0')],
    [to('10.0.0.1')],
  ),
  row(
    'a block means pods by their addresses',
    TO('{cidr: 10.244.2.10/32}'),
    ['mcp/server > gateway/envoy:1', to('10.244.2.10')],
    ['mcp/server > gateway/debug:1'],
  ),
  row(
    'a block means pods as sources too',
    FROM('{cidr: 10.244.2.0/24, except: [10.244.2.11/32]}'),
    ['gateway/envoy > mcp/server:1', from('10.244.2.10')],
    ['gateway/debug > mcp/server:1', from('10.244.3.10')],
  ),
  row(
    'pods of two families meet in either',
    FROM('{cidr: "fd00:10:244:2::/64"}'),
    ['gateway/envoy > mcp/server:1', from('fd00:10:244:2::10')],
    ['other/web > mcp/server:1', from('10.244.2.10')],
  ),
  row(
    'both sides must allow in the same family',
    [
      ...FROM('{cidr: "fd00:10:244:1::/64"}'),
      '{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.244.1.0/24}}]}]}',
    ],
    [from('fd00:10:244:1::99')],
    ['mcp/client > mcp/server:8080'],
  ),
  row(
    'sources outside are admitted by block',
    FROM('{cidr: 203.0.113.0/24}'),
    [from('203.0.113.7')],
    [from('203.0.114.7'), 'other/web > mcp/server:8080'],
  ),
  row(
    'an outer address is not governed',
    ['{policyTypes: [Ingress, Egress]}'],
    ['198.51.100.1 > 203.0.113.1:1', '198.51.100.1 > other/web:1'],
    [from('198.51.100.1'), to('198.51.100.1')],
  ),
  row(
    'ends without a common family are judged by what policies say',
    [
      ...FROM('{cidr: 203.0.113.0/24}'),
      '{podSelector: {matchLabels: {only: ipv4}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: "2001:db8::/32"}}]}]}',
    ],
    [
      'mcp/four > [2001:db8::1]:443',
      '198.51.100.1 > [2001:db8::1]:1',
      'other/six > [2001:db8::1]:1',
      '203.0.113.9 > other/six:1',
    ],
    ['mcp/four > [2001:db9::1]:443', '203.0.114.9 > mcp/six:1'],
    `{kind: Pod, apiVersion: v1, metadata: {name: four, namespace: mcp, labels: {only: ipv4}}, status: {podIP: 10.244.1.44}}
---
{kind: Pod, apiVersion: v1, metadata: {name: six, namespace: mcp, labels: {app: mcp}}, status: {podIP: "fd00:10:244:1::66"}}
---
{kind: Pod, apiVersion: v1, metadata: {name: six, namespace: other}, status: {podIP: "fd00:10:244:3::66"}}`,
  ),
];
