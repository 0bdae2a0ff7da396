import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAUSES } from '../../src/core/causes.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { expectGolden } from '../support/golden.ts';
import { BUNDLE, type Folder, PROGRAM, temporaryFolder } from './run.ts';

const COMMANDS = [
  'init',
  'check',
  'reach',
  'generate',
  'scan',
  'dashboard',
  'audit',
  'cidrs',
  'doctor',
  'registry',
  'observe',
  'inventory',
  'rollout',
  'serve',
  'controller',
  'recorder',
  'notify',
  'perimeter',
  'agents',
  'demo',
  'explain',
  'rules',
  'completion',
  'version',
];

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

describe('help', () => {
  test.each([['', ['--help']], ...COMMANDS.map(command => [command, [command, '--help']] as const)] as const)(
    'of "%s" is its golden file, and ends with 0',
    async (command, args) => {
      const { status, stdout, stderr } = await folder.run(args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expectGolden(`help/${command || 'chokepoint'}`, stdout);
    },
  );

  test.each([
    ['audit verify', ['audit', 'verify', '--help']],
    ['audit query', ['audit', 'query', '--help']],
    ['agents check', ['agents', 'check', '--help']],
    ['perimeter gateway', ['perimeter', 'gateway', '--help']],
    ['perimeter observed', ['perimeter', 'observed', '--help']],
    ['notify test', ['notify', 'test', '--help']],
    ['notify dead', ['notify', 'dead', '--help']],
    ...(['status', 'plan', 'promote', 'pause', 'resume'] as const).map(
      name => [`rollout ${name}`, ['rollout', name, '--help']] as const,
    ),
  ] as const)('of "%s" is its golden file, and ends with 0', async (command, args) => {
    const { status, stdout } = await folder.run(args);
    expect(status).toBe(0);
    expectGolden(`help/${command.replace(' ', '-')}`, stdout);
  });

  test('names every command that there is, so that none is without a golden file', async () => {
    const { stdout } = await folder.run(['--help']);
    const groups = stdout.slice(stdout.indexOf('Begin'), stdout.indexOf('Examples:'));
    const names = [...groups.matchAll(/^ {2}(\S+)/gm)].map(match => match[1]);
    expect(names).toEqual([...COMMANDS, 'help']);
  });
});

test.each([
  [['serve', '--stale-after', '9'], "argument '9' is invalid. It must be whole seconds from 10 to 600."],
  [['serve', '--stale-after', '1m'], "argument '1m' is invalid. It must be whole seconds from 10 to 600."],
  [['controller', '--stale-after', '601'], "argument '601' is invalid. It must be whole seconds from 10 to 600."],
  [['serve', '--world', '.', '--stale-after', '60'], "'--world <dir>' cannot be used with option '--stale-after"],
  [['scan', '-A', '-n', 'shop'], "option '-A, --all-namespaces' cannot be used with option '-n, --namespace <name>'"],
  [['scan', '-n', 'Shop'], 'It must be the name of a namespace'],
  [['check', '.', '-q', '-v'], "option '-q, --quiet' cannot be used with option '-v, --verbose'"],
  [['serve', '--record-key', 'key.pem'], "option '--record-key' needs '--record'"],
  [['serve', '--record-required'], "option '--record-required' needs '--record'"],
  [['serve', '--record-fsync', 'always'], "argument 'always' is invalid. Allowed choices are none, group."],
  [['dashboard', '--port', '65536'], "argument '65536' is invalid. It must be a whole number from 0 to 65535."],
  [['controller', '--dashboard-name', 'a.example.com'], "go together, with '--dashboard-port'"],
  [
    ['controller', '--dashboard-port', '0', '--dashboard-name', 'a.example.com', '--dashboard-proxy-ca', 'ca.crt'],
    "go together, with '--dashboard-port'",
  ],
  [['serve', '--mode-limit', 'strict'], "argument 'strict' is invalid. Allowed choices are off, audit, warn, enforce."],
])('%j is refused', async (args, message) => {
  const { status, stderr } = await folder.run(args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

test('the version is a command too', async () => {
  const { status, stdout } = await folder.run(['version']);
  expect({ status, stdout }).toEqual({ status: 0, stdout: (await folder.run(['--version'])).stdout });
});

describe('explain', () => {
  test('tells everything that a rule says of itself', async () => {
    const { status, stdout } = await folder.run(['explain', 'egress-reaches-metadata']);
    expect(status).toBe(0);
    expectGolden('explain/egress-reaches-metadata', stdout);
  });

  test.each(Object.keys(CAUSES))('tells of %s why, and what to do', async cause => {
    const { status, stdout } = await folder.run(['explain', cause]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Why\n {2}.+/m);
    expect(stdout).toMatch(/^Fix\n {2}.+/m);
  });

  test('lists the rules when it is asked for none', async () => {
    expect((await folder.run(['explain'])).stdout).toBe((await folder.run(['rules'])).stdout);
  });
});

test('rules are all there, as JSON', async () => {
  const { stdout } = await folder.run(['rules', '--output', 'json']);
  expect(JSON.parse(stdout).map(({ id }: { id: string }) => id)).toEqual(RULES.map(({ id }) => id));
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('for %s is its golden file', async shell => {
    const { status, stdout } = await folder.run(['completion', shell]);
    expect(status).toBe(0);
    expectGolden(`completion/${shell}`, stdout);
  });

  test.each([
    ['a command', 'chokepoint ch', ['check']],
    ['an option', 'chokepoint check --ou', ['--output']],
    ['a value', 'chokepoint check --output s', ['sarif']],
    ['a value after a short option', 'chokepoint scan -o j', ['json', 'junit']],
    ['a rule', 'chokepoint explain host', ['host-network']],
    ['a cause', 'chokepoint explain foreign', ['foreign-policy']],
    ['no file where a value is meant', 'chokepoint check --output completion.b', ['']],
    ['a file where one is meant', 'chokepoint check --config completion.b', ['completion.bash']],
    ['a shell', 'chokepoint completion f', ['fish']],
    ['a command below another', 'chokepoint audit v', ['verify']],
    ['an option of another command below one', 'chokepoint audit query --stat', ['--state-at']],
    ['an option of a command below another', 'chokepoint audit verify --he', ['--head', '--help']],
    ['a file for a command below another', 'chokepoint audit verify completion.b', ['completion.bash']],
  ])('bash completes %s', async (_, line, expected) => {
    folder.write('completion.bash', (await folder.run(['completion', 'bash'])).stdout);
    const words = line.split(' ');
    const script = `source completion.bash; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _chokepoint; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const printed = execFileSync('bash', ['-c', script], { cwd: folder.path, encoding: 'utf8' });
    expect(printed.trim().split('\n')).toEqual(expected);
  });
});

test('a reader that has had enough (`| head`) ends the run without a word', async () => {
  const lines = `${JSON.stringify({ from: { ip: '10.0.0.1' }, to: { ip: '10.0.0.2' }, port: 80 })}\n`.repeat(100_000);
  folder.write('queries.jsonl', lines);
  folder.write('world/pod.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
  const script = '"$0" "$1" reach world --queries queries.jsonl 2>&1 | head -n 1; echo $PIPESTATUS';
  const printed = execFileSync('bash', ['-c', script, process.execPath, PROGRAM], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  expect(printed).toBe('{"allowed":true,"egress":{"allowed":true,"by":[]},"ingress":{"allowed":true,"by":[]}}\n0\n');
});

test('the bundle can be run by its name, and prints the version of the package', () => {
  expect(execFileSync(BUNDLE, ['--version'], { encoding: 'utf8' })).toBe('0.1.0\n');
  const text = readFileSync(BUNDLE, 'utf8');
  expect(text.split('\n', 1)).toEqual(['#!/usr/bin/env node']);
  expect(statSync(BUNDLE).mode & 0o111).toBe(0o111);
});
