// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how configurations name variables
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CheckReport } from '../../src/app/report/check-report.ts';
import { CLIENT_FORMATS } from '../../src/cli/agents-commands.ts';
import { expectGolden } from '../support/golden.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

const CONFIG = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  registry: {servers: [], packages: [{from: npm, name: "@team/mail", owner: team-mail, version: 2.0.0}]}
  perimeter:
    gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32]}
    mcpHosts: [mcp.vendor.example]
`;

/** Secrets, each of a kind of its own: none of them may be printed anywhere. */
const SECRETS = [
  `ghp_${'0123456789abcdefghijklmnopqrstuvwxyz'}`,
  'Xk29fLq8Zr71mNb4Ty06Wc35',
  'hunter2-not-a-shape',
  'url-password-1',
  'query-key-2',
];
const [TOKEN, RANDOM, PLAIN, PASSWORD, QUERY] = SECRETS;

const CURSOR = `{
  // what this team uses
  "mcpServers": {
    "approved": {"url": "https://mcp.example.com/search/mcp"},
    "direct": {"url": "https://mcp.vendor.example/mcp", "headers": {"Authorization": "Bearer ${TOKEN}"}},
    "mail": {"command": "npx", "args": ["-y", "@team/mail@2.0.0"]},
    "files": {"command": "npx", "args": ["-y", "server-files", "--key", "${RANDOM}"]},
  },
}
`;
const CODEX = `[mcp_servers.docs]
url = "http://ann:${PASSWORD}@docs.example.org/mcp?api_key=${QUERY}"
http_headers = { "X-Api-Key" = "${PLAIN}" }

[mcp_servers.repo]
command = "uvx"
args = ["--from", "git+https://ann:${PASSWORD}@git.example/x/repo", "repo"]
`;
const COMPOSE = `services:
  database: {image: "postgres:16", ports: ["5432:5432"]}
  fetch:
    image: mcp/fetch
    environment:
      API_KEY: ${PLAIN}
    ports:
    - "8080:8080"
    - "127.0.0.1:9000:9000"
`;

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  folder.write('fleet/host-1/ann/.cursor/mcp.json', CURSOR);
  folder.write('fleet/host-1/ann/.codex/config.toml', CODEX);
  folder.write('fleet/host-2/bob/app/compose.yaml', COMPOSE);
});
afterEach(() => folder.remove());

const check = (...args: readonly string[]): Promise<Ran> => folder.run(['agents', 'check', ...args]);
const report = async (...args: readonly string[]): Promise<CheckReport> =>
  JSON.parse((await check(...args, '--output', 'json')).stdout);

test.each(CLIENT_FORMATS)("a fleet's files are judged, and told as %s", async format => {
  const ran = await check('fleet', '--output', format);
  expect([ran.status, ran.stderr]).toEqual([1, '']);
  expectGolden(`agents/check.${format}`, ran.stdout);
});

test.each(CLIENT_FORMATS)('no secret is printed as %s, in whatever way a file cannot be read', async format => {
  const broken = ['json', 'toml', 'yaml'].map(ending => `broken.${ending}`);
  for (const file of broken) folder.write(file, `mcpServers = {{ "a": "${SECRETS.join(' ')}" : : =\n[[x`);
  const { stdout, stderr, status } = await check('fleet', ...broken, '--output', format, '--report', 'json=saved.json');
  expect(status).toBe(2);
  const said = [stdout, stderr, readFileSync(join(folder.path, 'saved.json'), 'utf8')].join('\n').toLowerCase();
  for (const secret of SECRETS) expect(said).not.toContain(secret.toLowerCase());
});

test('files are found by their names and by what they hold, without those of packages and those that are left out', async () => {
  folder.write('work/a/.vscode/mcp.json', '{"servers": {"x": {"url": "https://mcp.example.com/x/mcp"}}}');
  folder.write('work/a/any.json', '{"mcpServers": {"y": {"url": "https://mcp.example.com/y/mcp"}}}');
  folder.write('work/a/other.json', '{"servers": [{"url": "https://mcp.example.com/z/mcp"}]}');
  folder.write('work/a/node_modules/p/.mcp.json', '{"mcpServers": {"n": {"command": "x"}}}');
  folder.write('work/old/.mcp.json', '{"mcpServers": {"o": {"command": "x"}}}');
  folder.write('work/.chokepointignore', 'old/\n');
  const { servers, leftOut, summary } = await report('work');
  expect(servers.map(({ kind, namespace, name }) => `${kind} ${namespace} ${name}`)).toEqual([
    'MCP client work/a y',
    'VS Code work/a x',
  ]);
  expect([leftOut, summary.servers]).toEqual([{ option: 0, ignoreFile: 1 }, 2]);
  expect((await report('work', '--no-ignore-file')).servers).toHaveLength(3);
  expect((await report('work', '--exclude', 'a/')).servers).toHaveLength(0);
});

test('what cannot be read is an error under the name of a client, and a warning under any other', async () => {
  folder.write('other/my.json', '{"mcpServers": {');
  const { stdout, status } = await check('other', '--allow-empty');
  expect(stdout).toMatch(/my\.json:1:\d+: warning/);
  expect(status).toBe(0);
  folder.write('named/.mcp.json', '{"mcpServers": {');
  expect((await check('named')).status).toBe(2);
});

test('standard input is read', async () => {
  const given = { stdin: '{"mcpServers": {"x": {"url": "https://mcp.example.com/x/mcp"}}}' };
  expect((await folder.run(['agents', 'check', '-'], given)).status).toBe(0);
});

test('where nothing is there to judge, that is an error unless it is expected', async () => {
  folder.write('empty/a.txt', '');
  folder.write('plain/package.json', '{"name": "x"}');
  for (const [args, status] of [
    [['empty'], 2],
    [['plain'], 2],
    [['plain', '--allow-empty'], 0],
    [['empty', '--allow-empty'], 0],
    [['missing', '--allow-empty'], 2],
  ] as const)
    expect([args, (await check(...args)).status]).toEqual([args, status]);
});

test('a configuration without a perimeter is said to know no gateway', async () => {
  folder.write('bare.yaml', CONFIG.replace(/ {2}perimeter:[\s\S]*/, ''));
  folder.write('one/.mcp.json', '{"mcpServers": {"x": {"url": "https://mcp.example.com/x/mcp"}}}');
  const { stdout, status } = await check('one', '--config', 'bare.yaml');
  expect(stdout).toContain('(no-perimeter)');
  expect(status).toBe(0);
});

test('levels of rules are set by the command line, and a rule that is not there is refused', async () => {
  folder.write('one/.mcp.json', '{"mcpServers": {"x": {"command": "/bin/x"}}}');
  expect((await check('one')).status).toBe(1);
  expect((await check('one', '--level', 'client-local-server=warn')).status).toBe(0);
  expect((await check('one', '--level', 'client-local-server=warn', '--fail-on', 'warn')).status).toBe(1);
  expect((await report('one', '--level', 'client-local-server=off')).servers[0]?.findings).toEqual([]);
  const wrong = await check('one', '--level', 'client-local-servers=off');
  expect(wrong).toMatchObject({ status: 2 });
  expect(wrong.stderr).toContain('client-local-server');
  expect((await check('one', '--level', 'client-local-server')).status).toBe(2);
});

test('against a saved report only what is new fails', async () => {
  await check('fleet', '--report', 'json=known.json');
  expect((await check('fleet', '--against', 'known.json')).status).toBe(0);
  folder.write('fleet/host-3/eve/.mcp.json', '{"mcpServers": {"x": {"command": "/bin/x"}}}');
  expect((await check('fleet', '--against', 'known.json')).status).toBe(1);
});

test('hosts of a saved registry are known', async () => {
  const remote = { server: { name: 'x/y', remotes: [{ type: 'sse', url: 'https://tools.listed.example/sse' }] } };
  folder.write('registry.json', JSON.stringify({ servers: [remote] }));
  folder.write('one/.mcp.json', '{"mcpServers": {"x": {"url": "https://tools.listed.example/mcp"}}}');
  const rules = async (...args: readonly string[]) =>
    (await report('one', ...args)).servers.flatMap(({ findings }) => findings.map(({ rule }) => rule));
  expect(await rules()).toEqual(['client-unknown-host']);
  expect(await rules('--registry', 'registry.json')).toEqual(['client-past-gateway']);
  folder.write('broken.json', '{');
  expect((await check('one', '--registry', 'broken.json')).status).toBe(2);
});

test('every rule about clients is explained', async () => {
  const { stdout, status } = await folder.run(['explain', 'client-plain-secret']);
  expect(status).toBe(0);
  expect(stdout).toContain('chokepoint agents check --level client-plain-secret=warn');
  const wrong = await folder.run(['explain', 'client-plain-secrets']);
  expect(wrong.stderr).toContain('client-plain-secret');
});

test('an entry that cannot be read is an error at its place, and the others are judged', async () => {
  folder.write('fleet2/.mcp.json', '{"mcpServers": {\n  "a": {"url": 5},\n  "b": {"url": "http://10.0.0.5/mcp"}}}');
  const { status, stdout } = await check('fleet2');
  expect([status, stdout]).toEqual([2, expect.stringContaining('fleet2/.mcp.json:2:')]);
  expect(stdout).toContain('mcpServers.a.url');
  expect(stdout).toContain('client-plain-http');
});

test('Compose files that others name are read within what is searched, and what is wrong stands at its line', async () => {
  const server = (port: string) => `image: mcp/fetch:1.0\n    ports: ["${port}"]\n`;
  folder.write('app/compose.yaml', 'include:\n- parts/search.yaml\n- parts/gone.yaml\n- ../outside.yaml\n');
  folder.write('app/compose.override.yaml', 'services:\n  mail:\n    extends: {file: parts/base.yml, service: base}\n');
  folder.write('app/parts/search.yaml', `services:\n  search:\n    ${server('80:80')}`);
  folder.write('app/parts/base.yml', `services:\n  base:\n    ${server('81:81')}`);
  folder.write('outside.yaml', `services:\n  other:\n    ${server('82:82')}`);
  const { servers, problems } = await report('app');
  expect(
    servers.map(({ namespace, name, findings: [found] }) => [namespace, name, found?.file, found?.line, found?.path]),
  ).toEqual([
    ['app', 'mail', 'app/parts/base.yml', 4, 'services.base.ports[0]'],
    ['app/parts', 'search', 'app/parts/search.yaml', 4, 'services.search.ports[0]'],
  ]);
  expect(problems.map(({ code, file, line, field }) => [code, file, line, field])).toEqual([
    ['file-not-found', 'app/compose.yaml', 3, 'include[1]'],
    ['file-not-followed', 'app/compose.yaml', 4, 'include[2]'],
  ]);
  expect((await report('.')).servers.map(({ name }) => name)).toContain('other');
});

test('variables of Compose files have the values of .env beside them, or of --env-file', async () => {
  const ports = 'services:\n  a:\n    image: mcp/fetch:${TAG}\n    ports:\n    - $ADDRESS:80:80\n';
  folder.write('app/compose.yaml', ports);
  folder.write('app/.env', 'ADDRESS=127.0.0.1\nTAG=1.0\n');
  folder.write('prod.env', 'ADDRESS=0.0.0.0\n');
  const told = async (...args: readonly string[]) => {
    const { servers, problems } = await report('app', ...args);
    const messages = servers.flatMap(({ findings }) => findings.map(({ message, line }) => `${line}: ${message}`));
    return [messages, problems.map(({ severity, file, line, message }) => `${severity} ${file}:${line} ${message}`)];
  };
  expect(await told()).toEqual([['5: port 127.0.0.1:80:80 is published on the machine itself, past the gateway'], []]);
  expect(await told('--env-file', 'prod.env')).toEqual([
    [
      '3: image mcp/fetch is run in no certain version',
      '5: port 0.0.0.0:80:80 is published on all addresses of the machine, past the gateway',
    ],
    ['warning app/compose.yaml:3 no file that Compose reads here sets TAG: it is taken as empty'],
  ]);
  expect(await told('--env-file', 'prod.env', '--env-file', 'app/.env')).toEqual(await told());
  folder.write('bad.env', 'A B\n');
  for (const file of ['gone.env', 'bad.env']) {
    const { status, stderr } = await check('app', '--env-file', file);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`--env-file ${file}: `)]);
  }
});
