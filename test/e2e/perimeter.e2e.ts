import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PerimeterObserved } from '../../src/app/perimeter/observed.ts';
import { type Folder, temporaryFolder } from '../cli/run.ts';
import { ENVOY } from '../control-plane/envoy.ts';
import { type Host, type RoutedNetwork, startRoutedNetwork } from './routed-network.ts';

/** What `perimeter` writes, loaded by the programs that it is for, and tried with packets in both families. */

const HOSTS = {
  agent: { v4: '10.20.0.5', v6: 'fd00:20::5' },
  stranger: { v4: '10.30.0.5', v6: 'fd00:30::5' },
  gateway: { v4: '203.0.113.10', v6: '2001:db8::10' },
  server: { v4: '10.244.0.5', v6: 'fd00:244::5' },
  allowed: { v4: '192.0.2.70', v6: '2001:db8:a::70' },
  outside: { v4: '198.51.100.5', v6: '2001:db8:b::5' },
  metadata: { v4: '169.254.169.254', v6: 'fd00:ec2::254' },
} as const satisfies Record<string, Host>;
type HostName = keyof typeof HOSTS;

const CONFIG = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  provider: aws
  perimeter:
    gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32, "2001:db8::10/128"]}
    internalNetworks: [10.0.0.0/8, "fd00::/16"]
    agentNetworks: [10.20.0.0/16, "fd00:20::/32"]
    serverNetworks: [10.244.0.0/16, "fd00:244::/32"]
    allowedEgress: [{name: partner, addresses: [192.0.2.64/28, "2001:db8:a::/64"]}]
    mcpHosts: [mcp.vendor.example]
`;

let folder: Folder;
let network: RoutedNetwork;
beforeAll(async () => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  network = await startRoutedNetwork(HOSTS, [22, 80, 443, 8080]);
});
afterAll(() => {
  network.remove();
  folder.remove();
});

async function written(form: string, phase: string): Promise<string> {
  const { status, stdout, stderr } = await folder.run(['perimeter', '--as', form, '--phase', phase]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** From whom, to whom, on which port, and whether the phase enforce lets it through. */
const PACKETS: readonly (readonly [HostName, HostName, number, boolean])[] = [
  ['agent', 'gateway', 443, true],
  ['stranger', 'gateway', 443, false],
  ['outside', 'gateway', 443, false],
  ['agent', 'gateway', 8080, false],
  ['gateway', 'server', 8080, true],
  ['agent', 'server', 8080, false],
  ['stranger', 'server', 8080, false],
  ['outside', 'server', 8080, false],
  ['agent', 'server', 22, true],
  ['agent', 'stranger', 8080, false],
  ['server', 'metadata', 80, false],
  ['server', 'allowed', 443, true],
  ['server', 'allowed', 80, false],
  ['server', 'outside', 443, false],
  ['server', 'stranger', 22, true],
  ['agent', 'outside', 443, true],
];

/** What got through, by host and family, beside what should. */
async function tried(
  expected: (isLet: boolean) => boolean,
): Promise<{ readonly seen: unknown; readonly wanted: unknown }> {
  const probes = PACKETS.flatMap(([from, to, port, isLet]) =>
    (['v4', 'v6'] as const).map(async family => ({
      name: `${from} to ${to}:${port} by ${family}`,
      seen: await network.connects(from, HOSTS[to][family], port),
      wanted: expected(isLet),
    })),
  );
  const results = await Promise.all(probes);
  return {
    seen: results.map(({ name, seen }) => `${name}: ${seen}`),
    wanted: results.map(({ name, wanted }) => `${name}: ${wanted}`),
  };
}

/** Runs the commands of a file's head under this title on the router. */
function obey(text: string, title: string): void {
  const file = join(folder.path, 'rules');
  writeFileSync(file, text);
  const lines = text.split('\n').map(line => line.replace(/^#/, ''));
  const first = lines.indexOf(` ${title}`) + 1;
  for (const line of lines.slice(first, lines.indexOf('', first)))
    network.onRouter(['sh', '-c', line.replace('FILE', file)]);
}

describe.each([
  ['nftables', ['nftables']],
  ['iptables', ['iptables', 'ip6tables']],
] as const)('%s', (_, forms) => {
  test('stops what goes past the gateway where it enforces, and nothing where it logs, loaded and taken back as its head says', async () => {
    for (const phase of ['log', 'enforce', 'enforce', 'log'] as const) {
      for (const form of forms) obey(await written(form, phase), 'Load, as often as you like:');
      const { seen, wanted } = await tried(isLet => phase === 'log' || isLet);
      expect(seen).toEqual(wanted);
    }
    for (const form of forms) obey(await written(form, 'log'), 'Take back:');
    expect(network.onRouter(['sh', '-c', 'nft list ruleset; iptables -S; ip6tables -S'])).not.toMatch(/chokepoint/i);
  });
});

test('BIND reads the zone, in which names of MCP services and those below them lead to the gateway', async () => {
  const file = join(folder.path, 'zone');
  writeFileSync(file, await written('rpz', 'enforce'));
  const compiled = execFileSync('named-checkzone', ['-D', '-q', '-o', '-', 'chokepoint-rpz', file], {
    encoding: 'utf8',
  });
  const lines = compiled.split('\n').map(line => line.replace(/\s+/g, ' '));
  expect(lines).toContain('mcp.vendor.example.chokepoint-rpz. 60 IN CNAME mcp.example.com.');
  expect(lines).toContain('*.mcp.vendor.example.chokepoint-rpz. 60 IN CNAME mcp.example.com.');
});

describe('a forward proxy', () => {
  const HTTP_PORT = 18_080;
  const PROXY_PORT = 3128;
  let web: Server;
  beforeAll(async () => {
    web = createServer((_, response) => response.end('ok'));
    await new Promise<void>(resolve => void web.listen(HTTP_PORT, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise(resolve => web.close(resolve)));

  /** The status that a request through the proxy gets. */
  const status = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const { host } = new URL(url);
      const asked = request({
        host: '127.0.0.1',
        port: PROXY_PORT,
        path: url,
        headers: { host, ...headers },
        agent: false,
      });
      asked
        .once('response', response => resolve(response.resume().statusCode ?? 0))
        .once('error', reject)
        .end();
    });

  /** What is asked for, and whether the phase enforce refuses it. */
  const REQUESTS: readonly (readonly [string, string, Readonly<Record<string, string>>, boolean])[] = [
    ['a page', '/', {}, false],
    ['a page below something that is called like MCP', '/mcpx/', {}, false],
    ['the path of MCP', '/mcp', {}, true],
    ['the path of MCP with a query', '/mcp?a=b', {}, true],
    ['the path of older MCP', '/sse', {}, true],
    ['a path below that of MCP', '/mcp/messages', {}, true],
    ['the path of MCP below another', '/v1/search/mcp', {}, true],
    ['the path of MCP in capitals, with a slash', '/V1/MCP/', {}, true],
    ['what has the path of MCP in its query', '/page?from=/mcp', {}, false],
    ['a session of MCP', '/', { 'mcp-session-id': 'a' }, true],
    ['a version of MCP', '/', { 'mcp-protocol-version': '2025-11-25' }, true],
  ];

  async function answers(phase: string): Promise<void> {
    await expect.poll(() => status(`http://127.0.0.1:${HTTP_PORT}/`).catch(() => 0), { timeout: 30_000 }).toBe(200);
    for (const [what, path, headers, isRefused] of REQUESTS) {
      const seen = await status(`http://127.0.0.1:${HTTP_PORT}${path}`, headers);
      expect(`${what}: ${seen}`).toBe(`${what}: ${isRefused && phase === 'enforce' ? 403 : 200}`);
    }
    // The names lead nowhere here, and nobody listens on the port: what is let through fails otherwise than by 403.
    for (const url of [
      'http://mcp.vendor.example/',
      'http://eu.mcp.vendor.example/',
      'http://127.0.0.1:8443/',
      'http://[::1]:8443/',
      'http://mcp.example.com:8080/',
    ])
      expect(`${url}: ${(await status(url)) === 403}`).toBe(`${url}: ${phase === 'enforce'}`);
    expect(await status('http://mcp.example.com/mcp')).toBeGreaterThanOrEqual(500);
  }

  /** What `perimeter observed` makes of a log of these requests. */
  async function readBack(log: string, phase: string): Promise<void> {
    const { status, stdout, stderr } = await folder.run(['perimeter', 'observed', log, '--output', 'json']);
    expect([status, stderr]).toEqual([1, '']);
    const { endpoints, summary }: PerimeterObserved = JSON.parse(stdout);
    expect(summary.unreadable).toBe(0);
    const told = endpoints.map(({ host, port, isApproved }) => `${host}:${port} ${isApproved}`);
    expect(told).toContain('mcp.example.com:80 true');
    expect(told).toContain('mcp.vendor.example:80 false');
    expect(told).toContain('eu.mcp.vendor.example:80 false');
    // The requests that show MCP; the pages beside them are none.
    expect(endpoints.find(({ port }) => port === HTTP_PORT)).toMatchObject({
      host: '127.0.0.1',
      clients: ['127.0.0.1'],
      signs: ['session', 'version', 'path'],
      calls: 8,
      refused: phase === 'enforce' ? 8 : 0,
    });
  }

  async function beside(program: string, args: readonly string[], what: () => Promise<void>): Promise<string> {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.on('data', data => {
      printed += data;
    });
    const ended = new Promise(resolve => child.once('close', resolve));
    try {
      await what();
    } finally {
      // It writes what it still holds of its log.
      child.kill('SIGTERM');
      await ended;
    }
    return printed;
  }

  test.each(['log', 'enforce'])('Squid does in the phase %s what it is told, and logs what tells MCP', async phase => {
    const log = join(folder.path, `squid-${phase}.log`);
    const fragment = (await written('squid', phase)).replace('/var/log/squid/chokepoint.log', log);
    folder.write('chokepoint.conf', fragment);
    folder.write(
      'squid.conf',
      `http_port 127.0.0.1:${PROXY_PORT}\npid_filename none\ncache_log /dev/null\ncoredump_dir ${folder.path}\ndns_nameservers 127.0.0.1\ndns_timeout 1 seconds\npinger_enable off\nshutdown_lifetime 0 seconds\nnetdb_filename none\ninclude ${folder.path}/chokepoint.conf\nhttp_access allow all\n`,
    );
    // It does not run as root, which is the one user that there is here.
    const asAnother = ['-U', '--map-user=13', '--map-group=13', 'squid', '-N', '-f', join(folder.path, 'squid.conf')];
    await beside('unshare', asAnother, () => answers(phase));
    // Squid keeps what stands in a query out of its log.
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines.filter(line => line.includes(`http://127.0.0.1:${HTTP_PORT}/mcp? `))).toHaveLength(1);
    for (const line of lines) expect(line.split(' ')).toHaveLength(8);
    expect(lines.filter(line => line.endsWith(' - 2025-11-25'))).toHaveLength(1);
    await readBack(log, phase);
  });

  test.each(['log', 'enforce'])('Envoy does in the phase %s what it is told, and logs what tells MCP', async phase => {
    const file = join(folder.path, 'envoy.yaml');
    writeFileSync(file, await written('envoy', phase));
    const printed = await beside(ENVOY, ['--config-path', file, '--concurrency', '1'], () => answers(phase));
    const lines = printed
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(lines.filter(({ path }) => path === '/mcp?a=b')).toHaveLength(1);
    expect(lines.filter(({ protocolVersion }) => protocolVersion === '2025-11-25')).toHaveLength(1);
    folder.write('envoy.log', printed);
    await readBack(join(folder.path, 'envoy.log'), phase);
  });
});
