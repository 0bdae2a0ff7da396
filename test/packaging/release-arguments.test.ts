import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { optionsOf, type ReleaseOptions } from '../../packaging/release/options.ts';
import { fillOutput, makeOutput } from '../../packaging/release/output.ts';
import { commitOf } from '../../packaging/release/sources.ts';
import { UsageError } from '../../packaging/usage.ts';
import { ROOT } from './action-runner.ts';
import { type Ended, runProgram } from './packed.ts';

/** What is refused before anything is made or deleted. */

let folder: string;
const at = (...names: readonly string[]): string => join(folder, ...names);
const put = (name: string, text = name): void => {
  mkdirSync(at(name, '..'), { recursive: true });
  writeFileSync(at(name), text);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-release-arguments-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the command', () => {
  const command = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    runProgram(process.execPath, [file, ...args], { cwd: ROOT, env: { TMPDIR: at('tmp'), ...env } });
  const RELEASE = 'packaging/release/run.ts';
  const SEA = 'packaging/sea.ts';
  beforeEach(() => mkdirSync(at('tmp')));

  test.each<readonly [string, string, readonly string[], Readonly<Record<string, string>>, string]>([
    ['an unknown option', RELEASE, ['--no-such'], {}, "'--no-such'"],
    ['a word too many', RELEASE, ['--dry-run', 'more'], {}, "'more'"],
    ['a release that nobody called a try', RELEASE, [], {}, '--dry-run is missing'],
    ['a time that is none', RELEASE, ['--dry-run'], { SOURCE_DATE_EPOCH: 'today' }, 'SOURCE_DATE_EPOCH'],
    ['an unknown option of the executables', SEA, ['--no-such'], {}, "'--no-such'"],
    ['a time that is none for executables', SEA, [], { SOURCE_DATE_EPOCH: 'today' }, 'SOURCE_DATE_EPOCH'],
    ['a platform that is none', SEA, ['--platform', 'plan9-amd64'], {}, 'nothing is built for plan9-amd64'],
  ])('refuses %s in one line, and leaves nothing behind', async (_, file, args, env, said) => {
    const { status, stdout, stderr } = await command(file, args, env);
    expect([status, stdout, stderr.trimEnd().split('\n')]).toEqual([2, '', [expect.stringContaining(said)]]);
    expect(readdirSync(at('tmp'))).toEqual([]);
  });

  test('tells of all options', async () => {
    const { status, stdout } = await command(RELEASE, ['--help']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('--repository')]);
  });
});

describe('the options', () => {
  const options = (...args: readonly string[]): ReleaseOptions | 'help' =>
    optionsOf(['--dry-run', '--kubectl', 'true', '--output', at('release'), ...args], '1.0.0', {
      SOURCE_DATE_EPOCH: '7',
    });

  test('are taken as they are, without a slash at the end of a folder of the web', () => {
    expect(options('--image', 'registry.test:5000/a/gate', '--downloads', 'https://web.test/files//')).toMatchObject({
      image: 'registry.test:5000/a/gate',
      downloads: 'https://web.test/files',
      repository: undefined,
      dirty: false,
      epoch: 7,
    });
  });

  test.each<readonly [string, readonly string[]]>([
    ['a key that is not there', ['--key', '/no/key.pem']],
    ['an image in capital letters', ['--image', 'ghcr.io/Acme/gate']],
    ['a repository that is no URL', ['--repository', 'acme/gate']],
    ['a kubectl that does not run', ['--kubectl', '/no/kubectl']],
    ['a folder of executables that is not there', ['--executables', '/no/folder']],
  ])('with %s are refused, and the output stays', (_, args) => {
    put('release/RELEASE_NOTES.md');
    put('release/SHA256SUMS', `${'a'.repeat(64)}  RELEASE_NOTES.md\n`);
    expect(() => options(...args)).toThrow(UsageError);
    expect(() => options(...args)).toThrow(new RegExp(`^${args[0]} `));
    expect(readdirSync(at('release'))).toEqual(['RELEASE_NOTES.md', 'SHA256SUMS']);
  });

  test('with a key of another kind are refused', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    put('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    expect(() => options('--key', at('key.pem'))).toThrow('holds no key of the curve P-256');
  });

  test('with executables of another version are refused', () => {
    put('macos/chokepoint-0.9.0-darwin-arm64.tar.gz');
    expect(() => options('--executables', at('macos'))).toThrow('is no executable of 1.0.0 for macOS');
  });
});

describe('the output', () => {
  const RELEASED = [
    'RELEASE_NOTES.md',
    'SHA256SUMS',
    'SHA256SUMS.sig',
    'chokepoint-1.0.0.intoto.dsse.json',
    'cosign.pub',
  ];
  const check = (): unknown =>
    optionsOf(['--dry-run', '--kubectl', 'true', '--output', at('output')], '1.0.0', { SOURCE_DATE_EPOCH: '7' });
  function release(name: string, ...more: readonly string[]): void {
    for (const file of [...RELEASED, ...more]) put(join(name, file));
    put(join(name, 'SHA256SUMS'), ['RELEASE_NOTES.md', ...more].map(file => `${'a'.repeat(64)}  ${file}\n`).join(''));
  }

  test('takes the place of an earlier release as a whole', () => {
    release('output', 'chokepoint-0.9.0.tgz');
    release('made', 'chokepoint-1.0.0.tgz');
    check();
    expect(fillOutput(at('output'), at('made'))).toContain(at('output', 'chokepoint-1.0.0.tgz'));
    expect(readdirSync(at('output')).sort()).toEqual([...RELEASED, 'chokepoint-1.0.0.tgz'].sort());
  });

  test('may be a folder with nothing in it', () => {
    mkdirSync(at('output'));
    check();
    expect(readdirSync(at('output'))).toEqual([]);
  });

  test.each<readonly [string, () => void, string]>([
    ['a file', () => put('output'), 'is no folder'],
    ['a folder of somebody else', () => put('output/thesis.txt'), '"thesis.txt"'],
    [
      'a release beside which somebody has put something',
      () => {
        release('output');
        put('output/thesis.txt');
      },
      '"thesis.txt"',
    ],
  ])('is not in the place of %s', (_, prepare, said) => {
    prepare();
    expect(check).toThrow(UsageError);
    expect(check).toThrow(said);
    expect(() => fillOutput(at('output'), at())).toThrow(said);
    expect(readFileSync(at(said === 'is no folder' ? 'output' : 'output/thesis.txt'), 'utf8')).toContain('output');
  });

  test('is made with the folders above it', () => {
    makeOutput(at('a/b/c'));
    expect(readdirSync(at('a/b'))).toEqual(['c']);
  });

  test.each(['/proc/x', '/proc/x/y', '/dev/null/x'])('is not made where no folder can be: %s', name => {
    expect(() => makeOutput(name)).toThrow(UsageError);
  });
});

describe('the sources', () => {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      encoding: 'utf8',
    });
  let commit: string;
  beforeEach(() => {
    git('init', '--quiet');
    put('.gitignore', 'dist/\n*.log\n');
    put('docs/a.md');
    put('policies/a.json');
    git('add', '.');
    git('commit', '--quiet', '--no-verify', '--message', 'first');
    commit = git('rev-parse', 'HEAD').trim();
  });

  test('are of their commit, whatever was built or lies beside them', () => {
    put('dist/a.js');
    put('dist-macos/chokepoint-1.0.0-darwin-arm64.tar.gz');
    put('notes.txt');
    expect(commitOf(folder, false)).toBe(commit);
    expect(commitOf(folder, true)).toBe(commit);
  });

  test.each<readonly [string, () => void, string]>([
    ['a file was changed', () => put('docs/a.md', 'changed'), 'M docs/a.md'],
    ['a file was deleted', () => rmSync(at('policies/a.json')), 'D policies/a.json'],
    ['a new file would go with it', () => put('policies/new.json'), '?? policies/new.json'],
    ['a file that git ignores would go with it', () => put('policies/new.log'), '!! policies/new.log'],
  ])('are of no commit where %s, and a release of them has to be asked for', (_, change, said) => {
    change();
    expect(() => commitOf(folder, false)).toThrow(`not in the commit: ${said}; for a try of your own, add --dirty`);
    expect(commitOf(folder, true)).toBeUndefined();
  });

  test('are of no commit by so many changes that not all are named', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) put(`src/${name}.ts`);
    expect(() => commitOf(folder, false)).toThrow('?? src/e.ts and 2 more; ');
  });
});
