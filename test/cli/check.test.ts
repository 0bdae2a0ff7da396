import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RULES } from '../../src/core/rules/index.ts';
import { expectGolden } from '../support/golden.ts';
import { BROKEN, CLOSED, CONFIG, HARMLESS, OPEN, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
  folder.write('closed/server.yaml', SERVER);
  folder.write('closed/policy.yaml', `# the gateway alone\n${CLOSED}`);
  folder.write('open/all.yaml', [SERVER, CLOSED, OPEN, HARMLESS].join('---\n'));
  folder.write('broken/broken.yaml', `${BROKEN}---\n${SERVER}`);
  folder.write('harmless.yaml', HARMLESS);
  folder.write('config.yaml', CONFIG);
  folder.write('bad-config.yaml', CONFIG.replace('gateways:', 'gatewais:'));
});

afterAll(() => folder.remove());

describe('check ends with the status of what it found', () => {
  test.each([
    ['nothing is denied', ['closed', '--config', 'config.yaml'], 0],
    ['warnings alone are no denial', ['closed'], 0],
    ['no server at all', ['harmless.yaml'], 0],
    ['one server is denied', ['open', '--config', 'config.yaml'], 1],
    ['a document that cannot be read weighs more than a denial', ['broken', '--config', 'config.yaml'], 2],
    ['a path that is not there', ['nowhere'], 2],
    ['a configuration that cannot be used', ['closed', '--config', 'bad-config.yaml'], 2],
    ['a configuration that is not there', ['closed', '--config', 'nowhere.yaml'], 2],
    ['a warning, where warnings fail', ['closed', '--fail-on', 'warn'], 1],
    ['a denial, where nothing fails', ['open', '--config', 'config.yaml', '--fail-on', 'never'], 0],
    ['a document that cannot be read, where nothing fails', ['broken', '--fail-on', 'never'], 2],
    ['no path', [], 2],
    ['an unknown option', ['closed', '--outptu', 'json'], 2],
    ['an unknown format', ['closed', '--output', 'xml'], 2],
  ])('%s', async (_, args, status) => {
    expect((await folder.run(['check', ...args])).status).toBe(status);
  });
});

describe('check prints exactly this', () => {
  test.each([
    ['closed.text', ['closed', '--config', 'config.yaml']],
    ['assumed-gateway.text', ['closed']],
    ['open.text', ['open', '--config', 'config.yaml']],
    ['open.quiet.text', ['open', '--config', 'config.yaml', '-q']],
    ['open.json', ['open', '--config', 'config.yaml', '--output', 'json']],
    ['open.junit.xml', ['open', '--config', 'config.yaml', '--output', 'junit']],
    ['open.github', ['open', '--config', 'config.yaml', '--output', 'github']],
    ['broken.text', ['broken', '--config', 'config.yaml']],
    ['bad-config.text', ['closed', '--config', 'bad-config.yaml']],
    ['harmless.text', ['harmless.yaml']],
  ])('%s', async (name, args) => {
    const { stdout, stderr } = await folder.run(['check', ...args]);
    expect(stderr).toBe('');
    expectGolden(`check/${name}`, stdout);
  });

  test.each([
    ['no-path.text', ['check']],
    ['unknown-option.text', ['check', 'closed', '--outptu', 'json']],
    ['unknown-command.text', ['chek', 'closed']],
    ['no-command.text', []],
    ['unknown-rule.text', ['explain', 'egress-reach-cluster']],
  ])('on standard error: %s', async (name, args) => {
    const { status, stdout, stderr } = await folder.run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expectGolden(`usage/${name}`, stderr);
  });
});

test('quiet says nothing where nothing is denied', async () => {
  expect(await folder.run(['check', 'closed', '-q'])).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('the SARIF log holds the whole ruleset and exactly these results', async () => {
  const { stdout } = await folder.run(['check', 'open', '--config', 'config.yaml', '--output', 'sarif']);
  const [{ tool, results }] = JSON.parse(stdout).runs;
  const ids = tool.driver.rules.map(({ id }: { id: string }) => id);
  expect(ids.slice(0, RULES.length)).toEqual(RULES.map(({ id }) => id));
  expectGolden('check/open.sarif-results', `${JSON.stringify(results, null, 2)}\n`);
});

test('standard input is read as a file called -', async () => {
  const { status, stdout } = await folder.run(['check', '-', '--output', 'json'], { stdin: SERVER });
  const report = JSON.parse(stdout);
  expect(status).toBe(1);
  expect(report.summary).toEqual({ files: 1, objects: 1, servers: 1, deny: 1, warn: 0, undetermined: 0 });
  expect(report.servers[0].findings.map(({ rule, file, line }: Record<string, unknown>) => [rule, file, line])).toEqual(
    [
      ['egress-not-isolated', '-', 10],
      ['ingress-not-isolated', '-', 10],
    ],
  );
});

test('chokepoint.yaml of the working folder is found', async () => {
  const other = temporaryFolder();
  other.write('chokepoint.yaml', CONFIG);
  other.write('m/all.yaml', `${SERVER}---\n${CLOSED}`);
  const { status, stdout } = await other.run(['check', 'm', '--output', 'json']);
  other.remove();
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ policySource: 'chokepoint.yaml', summary: { servers: 1, warn: 0 } });
});

test('nothing is coloured without a terminal, whatever FORCE_COLOR says', async () => {
  const { stdout } = await folder.start(['check', 'open'], { env: { FORCE_COLOR: '1' } });
  expect(stdout).not.toContain('\u001b');
});

test('an object that is a stranger\u2019s cannot write to the terminal', async () => {
  const evil = SERVER.replace('registry.example/orders:1', '"mcp/\\e]0;owned\\a\\u202Eserver"');
  const { stdout } = await folder.run(['check', '-'], { stdin: evil });
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
});

test.each(['-v', '--verbose'])('what looks close to a server is counted, and listed with %s', async flag => {
  folder.write(
    'close.yaml',
    '{apiVersion: v1, kind: Pod, metadata: {name: search-mcp-v2}, spec: {containers: [{name: main, image: x}]}}',
  );
  const short = await folder.run(['check', 'close.yaml']);
  expect(short.stdout).toContain('1 workload looks close to an MCP server: label it, or see --verbose.');
  const { status, stdout } = await folder.run(['check', 'close.yaml', flag]);
  expect(status).toBe(0);
  expect(stdout).toContain('called MCP: search-mcp-v2 (called-mcp, metadata.name): not enough by itself');
});
