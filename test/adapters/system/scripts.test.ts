import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** What V8 compiled is kept when a process ends: so each run is one. */

let root: string;
let folder: string;
let cache: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scripts-'));
  [folder, cache] = [join(root, 'chunks'), join(root, 'cache')];
  mkdirSync(folder);
  write('main.cjs', "const { greet } = require('./greet.cjs'); require('./greet.cjs'); console.log(greet('you'));");
  write('greet.cjs', "console.log('loaded'); exports.greet = name => 'hello ' + name;");
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string): void =>
  writeFileSync(join(folder, name), `(function (exports, require, module, __dirname) { ${text} })`);

const SCRIPTS = new URL('../../../src/adapters/system/scripts.ts', import.meta.url).href;

/** Runs `main.cjs` in a process of its own; returns what it printed. */
function run(
  places: { readonly cache: string | undefined; readonly kind: string },
  env: Readonly<Record<string, string>> = {},
): string {
  const text = `import(${JSON.stringify(SCRIPTS)}).then(({ runScript }) => runScript(${JSON.stringify({ folder, ...places })}, 'main.cjs'))`;
  return execFileSync(process.execPath, ['-e', text], { encoding: 'utf8', env: { ...process.env, ...env } });
}

const KEPT_FOR = `${process.version}-${process.arch}`;
const kept = (): readonly string[] => readdirSync(join(cache, KEPT_FOR)).sort();
const keptFile = (name: string): string => join(cache, KEPT_FOR, name);

test('a script is loaded once, and what was compiled is kept by the kind of the run', () => {
  expect(run({ cache, kind: 'check' })).toBe('loaded\nhello you\n');
  expect(kept()).toEqual(['greet.cjs.check', 'main.cjs.check']);
  run({ cache, kind: 'scan' });
  expect(kept()).toEqual(['greet.cjs.check', 'greet.cjs.scan', 'main.cjs.check', 'main.cjs.scan']);
});

test('what is kept is used, and not written again', () => {
  run({ cache, kind: 'check' });
  const { ino } = statSync(keptFile('main.cjs.check'));
  expect(run({ cache, kind: 'check' })).toBe('loaded\nhello you\n');
  expect(statSync(keptFile('main.cjs.check')).ino).toBe(ino);
});

test('what a run needs for the first time is kept with all that it ran', () => {
  write('main.cjs', "if (process.env.MORE) require('./greet.cjs'); console.log('done');");
  expect(run({ cache, kind: 'check' })).toBe('done\n');
  const { ino } = statSync(keptFile('main.cjs.check'));
  expect(run({ cache, kind: 'check' }, { MORE: 'yes' })).toBe('loaded\ndone\n');
  expect(kept()).toEqual(['greet.cjs.check', 'main.cjs.check']);
  expect(statSync(keptFile('main.cjs.check')).ino).not.toBe(ino);
});

/** A file of the cache that was written so many days ago. */
function writtenAgo(days: number, version: string, name: string): string {
  const file = join(cache, version, name);
  mkdirSync(join(cache, version), { recursive: true });
  writeFileSync(file, '');
  const time = Date.now() / 1000 - days * 24 * 60 * 60;
  utimesSync(file, time, time);
  return file;
}

test('what was kept over 30 days ago is removed when something is kept, and nothing else', () => {
  const old = [
    writtenAgo(31, KEPT_FOR, 'before.cjs.check'),
    writtenAgo(31, 'v22.1.0-x64', 'main.cjs.check'),
    writtenAgo(400, 'v20.19.4-arm64', 'main.cjs.scan'),
  ];
  const others = [
    writtenAgo(29, 'v22.1.0-x64', 'main.cjs.scan'),
    writtenAgo(400, 'control-plane', 'kube-apiserver'),
    writtenAgo(400, 'v1-of-somebody', 'letter'),
  ];
  run({ cache, kind: 'check' });
  expect(old.filter(existsSync)).toEqual([]);
  expect(others.filter(existsSync)).toEqual(others);
  expect(readdirSync(cache).sort()).toEqual([KEPT_FOR, 'control-plane', 'v1-of-somebody', 'v22.1.0-x64'].sort());
});

test('a run that keeps nothing removes nothing', () => {
  run({ cache, kind: 'check' });
  const file = writtenAgo(31, KEPT_FOR, 'before.cjs.check');
  run({ cache, kind: 'check' });
  expect(existsSync(file)).toBe(true);
});

test('only its user may read what is kept', () => {
  run({ cache, kind: 'check' });
  expect(statSync(keptFile('main.cjs.check')).mode & 0o777).toBe(0o600);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
});

test.each([
  ['was cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['is empty', () => Buffer.alloc(0)],
  ['was made by another version of V8', (bytes: Buffer) => Buffer.concat([Buffer.alloc(8), bytes.subarray(8)])],
])('what %s is made anew', (_, spoil) => {
  run({ cache, kind: 'check' });
  const file = keptFile('main.cjs.check');
  const spoilt = spoil(readFileSync(file));
  writeFileSync(file, spoilt);
  expect(run({ cache, kind: 'check' })).toBe('loaded\nhello you\n');
  const { ino } = statSync(file);
  expect(readFileSync(file).equals(spoilt)).toBe(false);
  run({ cache, kind: 'check' });
  expect(statSync(file).ino).toBe(ino);
});

test('without a folder nothing is kept, and where none can be made it runs all the same', () => {
  expect(run({ cache: undefined, kind: 'check' })).toBe('loaded\nhello you\n');
  writeFileSync(cache, 'a file');
  expect(run({ cache, kind: 'check' })).toBe('loaded\nhello you\n');
});

test('where nothing can be written nothing is, and no part of a file stays', () => {
  run({ cache, kind: 'check' });
  rmSync(keptFile('main.cjs.check'));
  mkdirSync(keptFile('main.cjs.check'));
  chmodSync(join(cache, KEPT_FOR), 0o500);
  expect(run({ cache, kind: 'check' })).toBe('loaded\nhello you\n');
  expect(kept()).toEqual(['greet.cjs.check', 'main.cjs.check']);
  chmodSync(join(cache, KEPT_FOR), 0o700);
});
