import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PerimeterObserved } from '../../src/app/perimeter/observed.ts';
import { expectGolden } from '../support/golden.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

const CONFIG = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  perimeter:
    # where agents go
    gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32]}
    mcpHosts:
    - vendor.example
`;

const squid = (minute: number, client: string, method: string, target: string, rest = '200 - - -'): string => {
  const [status, ...headers] = rest.split(' ');
  const time = Date.UTC(2026, 10, 27, 10, minute) / 1000;
  return `${time}.000 ${client} ${status} ${method} ${target} ${headers.join(' ')}`;
};

const LOG = [
  squid(0, '10.0.0.5', 'CONNECT', 'mcp.example.com:443'),
  squid(1, '10.0.0.5', 'CONNECT', 'mcp.vendor.example:443'),
  squid(2, '10.0.0.6', 'CONNECT', 'mcp.vendor.example:443', '403 - - -'),
  squid(3, '10.0.0.6', 'CONNECT', 'mcp.linear.app:443'),
  squid(4, '10.0.0.7', 'POST', 'http://10.1.2.3:8080/mcp', '200 application/json s1 2025-11-25'),
  squid(5, '10.0.0.7', 'POST', 'http://tools.workers.dev/sse'),
  squid(6, '10.0.0.7', 'POST', 'http://odd.example.org/rpc', '200 application/json s1 -'),
  squid(7, '10.0.0.7', 'GET', 'http://news.example.org/mcpx'),
  squid(8, '10.0.0.7', 'CONNECT', 'shop.example.org:443'),
].join('\n');

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  folder.write('access.log', LOG);
});
afterEach(() => folder.remove());

const observed = (...args: readonly string[]): Promise<Ran> => folder.run(['perimeter', 'observed', ...args]);
const report = async (...args: readonly string[]): Promise<PerimeterObserved> =>
  JSON.parse((await observed(...args, '--output', 'json')).stdout);

test.each(['text', 'json', 'csv'])('MCP endpoints are told, those past the gateway first, as %s', async output => {
  const ran = await observed('access.log', '--output', output);
  expect([ran.status, ran.stderr]).toEqual([1, '']);
  expectGolden(`perimeter-observed/log.${output}`, ran.stdout);
});

test('where all goes to the gateway the status is 0', async () => {
  folder.write('good.log', squid(0, '10.0.0.5', 'CONNECT', 'mcp.example.com:443'));
  expect((await observed('good.log')).status).toBe(0);
});

test('several logs are added up, flow records among them, of which a port inside is a sign', async () => {
  const flow = (to: string, port: number, verdict = 'allowed'): string =>
    JSON.stringify({ time: '2026-11-27T11:00:00Z', from: { ip: '10.0.0.9' }, to: { ip: to }, port, verdict, count: 3 });
  folder.write(
    'flows.jsonl',
    [flow('10.1.2.3', 8080), flow('10.1.2.4', 3000, 'denied'), flow('198.51.100.7', 8080), flow('10.1.2.3', 5432)].join(
      '\n',
    ),
  );
  const { endpoints, summary } = await report('access.log', 'flows.jsonl');
  expect(summary.lines).toBe(13);
  const inside = endpoints.filter(({ host }) => host.startsWith('10.'));
  expect(inside).toMatchObject([
    {
      host: '10.1.2.3',
      port: 8080,
      calls: 4,
      refused: 0,
      clients: ['10.0.0.7', '10.0.0.9'],
      signs: ['session', 'version', 'path', 'port'],
      last: '2026-11-27T11:00:00.000Z',
    },
    { host: '10.1.2.4', port: 3000, calls: 3, refused: 3, signs: ['port'] },
  ]);
  expect(endpoints.some(({ host }) => host === '198.51.100.7')).toBe(false);
});

test('what cannot be read is told, and ends with 2', async () => {
  folder.write('broken.log', `${squid(0, '10.0.0.5', 'CONNECT', 'mcp.example.com:443')}\n{"time\nwhat\n`);
  const { status, stderr } = await observed('broken.log');
  expect(status).toBe(2);
  expect(stderr).toContain('broken.log, line 2: it is no JSON');
  expect((await observed('missing.log')).status).toBe(2);
  folder.write('none.yaml', CONFIG.replace(/ {2}perimeter:[\s\S]*/, '  preset: baseline\n'));
  expect((await observed('access.log', '--config', 'none.yaml')).stderr).toContain('spec.perimeter');
});

test('a line that is far too long is told by its number, and the lines around it are read', async () => {
  const good = squid(0, '10.0.0.5', 'POST', 'http://[2001:db8::7]:3000/mcp');
  folder.write('long.log', `${good}\n\n${'x'.repeat(3_000_000)}\n${good}\n`);
  const { status, stdout, stderr } = await observed('long.log', '--output', 'json');
  expect([status, stderr]).toEqual([2, 'long.log, line 3: it is longer than 1000000 characters\n']);
  expect(JSON.parse(stdout).endpoints).toMatchObject([{ host: '2001:db8::7', port: 3000, calls: 2 }]);
});

test('bytes that are no UTF-8 are told by their line, and the lines around them are read', async () => {
  const good = squid(0, '10.0.0.5', 'POST', 'http://a.example/mcp');
  const bytes = [
    `${good}\n`,
    '1795773600.000 10.0.0.5 200 POST http://b\xff\xfe.example/mcp - - -\n',
    '\xff\0\n',
    good,
  ];
  writeFileSync(join(folder.path, 'bytes.log'), Buffer.from(bytes.join(''), 'latin1'));
  const { status, stdout, stderr } = await observed('bytes.log', '--output', 'json');
  expect([status, stderr.split('\n').map(line => line.split(':')[0])]).toEqual([
    2,
    ['bytes.log, line 2', 'bytes.log, line 3', ''],
  ]);
  expect(JSON.parse(stdout).endpoints).toMatchObject([{ host: 'a.example', calls: 2 }]);
});

test('memory does not grow with the lines', async () => {
  const lines = Array.from({ length: 25_000 }, (_, index) =>
    squid(0, `10.0.${index >> 8}.${index & 255}`, 'POST', `http://h${index}.example.org/mcp`),
  );
  folder.write('many.log', [...lines, ...lines].join('\n'));
  const { summary } = await report('many.log');
  expect(summary).toMatchObject({ lines: 50_000, endpoints: 20_000, notKept: 10_000 });
  const one = Array.from({ length: 1000 }, (_, index) =>
    squid(0, `10.0.${index >> 8}.${index & 255}`, 'POST', 'http://h.example.org/mcp'),
  );
  folder.write('clients.log', one.join('\n'));
  const { endpoints } = await report('clients.log');
  expect(endpoints).toMatchObject([{ calls: 1000, hasMoreClients: true }]);
  expect(endpoints[0]?.clients).toHaveLength(256);
});

test('hosts of a saved registry are known', async () => {
  folder.write(
    'registry.json',
    JSON.stringify({ servers: [{ server: { remotes: [{ url: 'https://shop.example.org/mcp' }] } }] }),
  );
  const hosts = (await report('access.log', '--registry', 'registry.json')).endpoints.map(({ host }) => host);
  expect(hosts).toContain('shop.example.org');
});

test('services outside that were seen are added to the configuration, where its comments stay', async () => {
  const { status, stderr } = await observed('access.log', '--write', 'chokepoint.yaml');
  expect(status).toBe(1);
  expect(stderr).toBe(
    'chokepoint.yaml: added to perimeter.mcpHosts: mcp.linear.app, odd.example.org, tools.workers.dev\n',
  );
  expect(readFileSync(join(folder.path, 'chokepoint.yaml'), 'utf8')).toBe(
    `${CONFIG}    - mcp.linear.app\n    - odd.example.org\n    - tools.workers.dev\n`,
  );
  expect((await observed('access.log', '--write', 'chokepoint.yaml')).stderr).toContain('nothing to add');
});

test.each([
  [
    'a list within brackets',
    (text: string) => text.replace(/mcpHosts:\n.*\n/, 'mcpHosts: [vendor.example]\n'),
    'mcpHosts: [vendor.example, "mcp.linear.app"',
  ],
  [
    'no list',
    (text: string) => text.replace(/ {4}mcpHosts:\n.*\n/, ''),
    '    mcpHosts:\n    - mcp.vendor.example\n    - mcp.linear.app\n',
  ],
])('into %s', async (_, change, expected) => {
  folder.write('chokepoint.yaml', change(CONFIG));
  await observed('access.log', '--write', 'chokepoint.yaml');
  expect(readFileSync(join(folder.path, 'chokepoint.yaml'), 'utf8')).toContain(expected);
});

const APPROVE = ['--write', 'chokepoint.yaml', '--owner', 'team: a'];
const written = (): string => readFileSync(join(folder.path, 'chokepoint.yaml'), 'utf8');

test('what is approved goes into the registry, nothing else does, and a second time nothing is written', async () => {
  const approve = [...APPROVE, '--approve', 'mcp.vendor.example,10.1.2.3:8080', '--approve', 'tools.workers.dev:80'];
  const { status, stdout, stderr } = await observed('access.log', ...approve);
  expect(status).toBe(1);
  expect(stdout).toContain('approved, past the gateway  mcp.vendor.example:443  a public MCP service\n');
  expect(stdout).toContain('6 MCP endpoints: 5 past the gateway, 3 of them approved.');
  expect(stderr).toContain('added to registry.remotes: mcp.vendor.example:443, 10.1.2.3:8080, tools.workers.dev:80\n');
  const text = written();
  expect(text).toBe(
    `${CONFIG}    - mcp.linear.app
    - odd.example.org
    - tools.workers.dev
  registry:
    remotes:
    - {host: mcp.vendor.example, owner: "team: a"}
    - {host: 10.1.2.3, port: 8080, owner: "team: a"}
    - {host: tools.workers.dev, port: 80, owner: "team: a"}
`,
  );
  expect((await observed('access.log', ...approve)).stderr).toBe('chokepoint.yaml: nothing to add\n');
  expect(written()).toBe(text);
  const later = await report('access.log', '--config', 'chokepoint.yaml');
  expect(later.summary).toMatchObject({ endpoints: 6, pastGateway: 5, unapproved: 2 });
  expect(later.endpoints.map(({ isApproved }) => isApproved)).toEqual([false, false, true, true, true, true]);
});

test('where all that goes past the gateway is approved the status is 0, and agents offers it at the gateway', async () => {
  folder.write('good.log', squid(0, '10.0.0.5', 'CONNECT', 'mcp.vendor.example:443'));
  expect((await observed('good.log', ...APPROVE, '--approve', 'mcp.vendor.example')).status).toBe(0);
  const { stdout } = await folder.run(['agents', '--client', 'cursor']);
  expect(JSON.parse(stdout)).toEqual({
    mcpServers: { 'mcp-vendor-example': { url: 'https://mcp.example.com/mcp-vendor-example/mcp' } },
  });
});

test('a host that shows no sign of MCP, as of a tunnel, can be approved as well', async () => {
  const { stdout } = await observed('access.log', ...APPROVE, '--approve', 'shop.example.org');
  expect(stdout).toContain('approved, past the gateway  shop.example.org:443  unknown\n');
  expect(written()).toContain('    - {host: shop.example.org, owner: "team: a"}\n');
});

test.each<readonly [string, (text: string) => string, string]>([
  [
    'a registry with a list',
    text =>
      `${text}  registry:\n    servers: []\n    remotes:\n      - {host: a.example, owner: b} # why\n  mode: audit\n`,
    '      - {host: a.example, owner: b} # why\n      - {host: mcp.vendor.example, owner: "team: a"}\n  mode: audit\n',
  ],
  [
    'a registry without a list',
    text => `${text}  registry:\n    # of the cluster\n    servers: []\n`,
    '    servers: []\n    remotes:\n    - {host: mcp.vendor.example, owner: "team: a"}\n',
  ],
  [
    'a registry within braces',
    text => `${text}  registry: {servers: []}\n`,
    '  registry: {servers: [], remotes: [{"host":"mcp.vendor.example","owner":"team: a"}]}\n',
  ],
  [
    'a document of JSON',
    () =>
      '{"apiVersion": "chokepoint.dev/v1alpha1", "kind": "GatePolicy", "spec": {"perimeter": {"gateway": {"addresses": ["203.0.113.10/32"]}}}}',
    '"registry": {"remotes": [{"host":"mcp.vendor.example","owner":"team: a"}]}}}',
  ],
])('what is approved goes into %s', async (_, change, expected) => {
  folder.write('chokepoint.yaml', change(CONFIG));
  const { stderr } = await observed('access.log', ...APPROVE, '--approve', 'mcp.vendor.example');
  expect(stderr).toContain('added to registry.remotes: mcp.vendor.example:443\n');
  expect(written()).toContain(expected);
});

test.each([
  [['--approve', 'mcp.vndor.example'], '--approve mcp.vndor.example:443: no log tells of it'],
  [['--approve', '10.1.2.3'], 'no log tells of it; they tell of 10.1.2.3:8080'],
  [['--approve', 'mcp.example.com'], 'it is the gateway'],
  [['--approve', 'https://mcp.vendor.example/mcp'], 'is no host name in small letters'],
])('%j is refused, and nothing is written', async (approve, said) => {
  const { status, stdout, stderr } = await observed('access.log', ...APPROVE, ...approve);
  expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(said)]);
  expect(written()).toBe(CONFIG);
});

test('--approve needs --write and --owner', async () => {
  const { stderr, status } = await observed('access.log', '--approve', 'mcp.vendor.example');
  expect([status, stderr]).toEqual([2, expect.stringContaining("option '--approve' needs '--write'")]);
  const without = await observed('access.log', '--approve', 'mcp.vendor.example', '--write', 'chokepoint.yaml');
  expect([without.status, without.stderr]).toEqual([2, expect.stringContaining('--approve needs --owner')]);
});
