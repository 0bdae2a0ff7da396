import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gkeCluster } from '../support/cloud-answers.ts';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, PROGRAM, temporaryFolder } from './run.ts';

/** A start costs what it loads: each command loads the packages that it needs, and no other. */

/** What the program itself is made of. */
const EVERYWHERE = new Set(['commander', 'picocolors']);

/** Receivers that no message gets to. */
const RECORDER = `apiVersion: chokepoint.dev/v1alpha1
kind: RecorderConfig
spec:
  notifications:
    receivers:
    - {name: hook, http: {url: "https://127.0.0.1:1"}}
    - {name: mail, email: {host: 127.0.0.1, port: 1, from: a@example.com, to: [b@example.com]}}
    rules: [{name: all, to: [hook]}]
`;

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('open.yaml', [SERVER, CLOSED, OPEN].join('---\n'));
  folder.write('config.yaml', CONFIG);
  folder.write('record.jsonl', '');
  folder.write('registry.json', '{"servers": []}');
  folder.write('recorder.yaml', RECORDER);
  folder.write('cluster.json', JSON.stringify(gkeCluster()));
  folder.write('ranges.yaml', CONFIG.replace('spec:\n', 'spec:\n  protectedNetworks: {extra: [192.0.2.0/24]}\n'));
});
afterAll(() => folder.remove());

/** Writes the packages whose modules were loaded to a file descriptor of its own when the process ends. */
const RECORD = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  const packages = new Set();
  registerHooks({
    load(url, context, next) {
      const [, name] = /^.*[/]node_modules[/]((?:@[^/]+[/])?[^/]+)/.exec(url) ?? [];
      if (name !== undefined) packages.add(name);
      return next(url, context);
    },
  });
  process.on('exit', () => writeSync(2, 'LOADED ' + JSON.stringify([...packages].sort()) + '\\n'));
`)}`;

const loadedBy = (args: readonly string[]): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, ['--import', RECORD, PROGRAM, ...args], { cwd: folder.path }, (_error, _out, stderr) => {
      const [, list] = /^LOADED (.*)$/m.exec(stderr) ?? [];
      if (list === undefined) reject(new Error(stderr));
      else resolve(JSON.parse(list) as string[]);
    });
  });

test.each([
  ['--version', ['--version'], []],
  ['explain', ['explain', 'host-network'], ['js-yaml']],
  ['check', ['check', 'open.yaml'], ['js-yaml']],
  ['check with a configuration', ['check', 'open.yaml', '--config', 'config.yaml'], ['js-yaml']],
  ['check with addresses in one', ['check', 'open.yaml', '--config', 'ranges.yaml'], ['ip-num', 'js-yaml']],
  [
    'reach',
    ['reach', 'open.yaml', '--from', '192.0.2.1', '--to', 'tools/weather', '--port', '80'],
    ['ip-num', 'js-yaml'],
  ],
  ['audit verify', ['audit', 'verify', 'record.jsonl'], ['canonicalize']],
  ['check for a page', ['check', 'open.yaml', '--output', 'html'], ['elkjs', 'esbuild', 'js-yaml', 'yaml']],
  ['generate', ['generate', 'open.yaml'], ['js-yaml', 'yaml']],
  ['audit query', ['audit', 'query', 'record.jsonl'], []],
  ['init', ['init', '--no-cluster', '--dry-run'], ['js-yaml', 'yaml']],
  ['registry entries', ['registry', 'entries', 'registry.json', '--owner', 'me'], []],
  ['observe', ['observe', 'open.yaml', '--flows', 'record.jsonl'], ['js-yaml']],
  ['agents check', ['agents', 'check', '--allow-empty', 'open.yaml'], ['js-yaml', 'smol-toml']],
  ['doctor', ['doctor', '--help'], []],
  ['dashboard', ['dashboard', '--help'], []],
  ['doctor --probe', ['doctor', '--probe', '--print-rights'], ['js-yaml']],
  ['inventory', ['inventory', 'open.yaml'], ['js-yaml']],
  ['notify test', ['notify', 'test', 'hook', '--config', 'recorder.yaml'], ['js-yaml']],
  ['notify test of mail', ['notify', 'test', 'mail', '--config', 'recorder.yaml'], ['js-yaml', 'nodemailer']],
  ['notify dead', ['notify', 'dead', '--record', 'record.jsonl'], []],
  ['cidrs', ['cidrs', 'gke', '--from-file', 'cluster.json'], ['ip-num']],
])('%s loads what it needs', async (_, args, packages) => {
  const loaded = await loadedBy(args);
  expect(loaded.filter(name => !EVERYWHERE.has(name))).toEqual(packages);
});
