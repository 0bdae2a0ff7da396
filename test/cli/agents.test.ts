import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfigurationFile } from '../../src/adapters/agents/configuration-file.ts';
import { CLIENT_NAMES } from '../../src/app/agents/write/choices.ts';
import { CLIENT_SCHEMAS } from '../app/agents/client-schemas.ts';
import { expectGolden } from '../support/golden.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

const CONFIG = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  registry:
    servers:
    - {image: registry.example.com/tools/search, owner: team-search}
    - {image: registry.example.com/old/search, owner: team-old}
    - {image: registry.example.com/tools/gone, owner: team-old, status: deleted}
    packages:
    - {from: npm, name: "@modelcontextprotocol/server-everything", owner: team-platform}
    - {from: pypi, name: Weather.py, owner: team-weather}
  perimeter:
    gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32]}
`;

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
});
afterEach(() => folder.remove());

const agents = (...args: readonly string[]): Promise<Ran> => folder.run(['agents', ...args]);

test.each(CLIENT_NAMES)('what is written for %s is its golden file', async client => {
  const { status, stdout, stderr } = await agents('--client', client);
  expect([status, stderr]).toEqual([0, '']);
  expectGolden(`agents/write/${client}`, stdout);
});

test('what is written for all clients, agents check allows as a whole', async () => {
  const { status, stdout } = await agents('--output', 'out');
  expect(status).toBe(0);
  const files = readdirSync(join(folder.path, 'out'), { recursive: true, withFileTypes: true }).filter(one =>
    one.isFile(),
  );
  expect(stdout.trim().split('\n')).toHaveLength(files.length);
  const checked = await folder.run(['agents', 'check', 'out', '--output', 'json']);
  const { summary, servers, problems } = JSON.parse(checked.stdout);
  expect([checked.status, summary.deny, summary.warn, problems]).toEqual([0, 0, 0, []]);
  // VS Code's policies name none as data, JetBrains has two files, and Claude Code an allowlist with one entry besides: four servers in each.
  expect(servers).toHaveLength(4 * (CLIENT_NAMES.length - 1 + 1) + 1);
});

test('what is written is what the schemas of clients take', async () => {
  await agents('--output', 'out');
  const ajv = new Ajv({ allErrors: true });
  for (const [file, schema] of Object.entries(CLIENT_SCHEMAS)) {
    const read = readConfigurationFile(file, readFileSync(join(folder.path, 'out', file), 'utf8'));
    const value = read.kind === 'value' ? read.value : read.problem;
    expect([file, ajv.validate(schema, value), ajv.errors]).toEqual([file, true, null]);
  }
});

const SERVERS = ['old-search', 'server-everything', 'tools-search', 'Weather-py'].sort();

test.each(CLIENT_NAMES.filter(name => name !== 'vscode-managed'))(
  '%s is told of servers that are read back',
  async client => {
    await agents('--client', client, '--output', 'out');
    const checked = await folder.run(['agents', 'check', 'out', '--output', 'json']);
    const { servers } = JSON.parse(checked.stdout);
    const read = new Set<string>(servers.map(({ name }: { readonly name: string }) => name));
    expect([...read].filter(name => /[A-Za-z]/.test(name)).sort()).toEqual(SERVERS);
  },
);

test('it is written again over what stands there', async () => {
  await agents('--client', 'cursor', '--output', 'out');
  folder.write('out/cursor/.cursor/mcp.json', 'old');
  await agents('--client', 'cursor', '--output', 'out');
  expect(readFileSync(join(folder.path, 'out/cursor/.cursor/mcp.json'), 'utf8')).toContain('mcp.example.com');
});

test('a path without the name of the server is one entry for all', async () => {
  const { stdout } = await agents('--client', 'cursor', '--path', '/mcp');
  expect(JSON.parse(stdout)).toEqual({ mcpServers: { gateway: { url: 'https://mcp.example.com/mcp' } } });
});

test('another port of the gateway is named', async () => {
  folder.write('chokepoint.yaml', CONFIG.replace('addresses:', 'port: 8443, addresses:'));
  expect((await agents('--client', 'cursor')).stdout).toContain(
    'https://mcp.example.com:8443/weather-py/mcp'.replace('weather', 'Weather'),
  );
});

test.each([
  ['a client that nobody knows', ['--client', 'notepad'], CONFIG],
  ['a path that is none', ['--path', 'mcp'], CONFIG],
  ['a configuration without a perimeter', [], CONFIG.replace(/ {2}perimeter:[\s\S]*/, '')],
  ['a gateway without a name', [], CONFIG.replace('hosts: [mcp.example.com], ', '')],
  ['a configuration without a registry', [], CONFIG.replace(/ {2}registry:[\s\S]*(?= {2}perimeter:)/, '')],
])('%s is refused', async (_, args, config) => {
  folder.write('chokepoint.yaml', config);
  const { status, stdout, stderr } = await agents(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).not.toBe('');
});
