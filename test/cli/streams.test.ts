import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Folder, PROGRAM, temporaryFolder } from './run.ts';

const DENIED = `apiVersion: v1
kind: Pod
metadata: {name: search, labels: {chokepoint.dev/mcp-server: "true"}}
spec: {containers: [{name: main, image: nginx}]}
`;

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('denied.yaml', DENIED);
});
afterAll(() => folder.remove());

/** What a line of bash prints, with `chokepoint` as the built command line. */
const bash = (line: string): string =>
  execFileSync('bash', ['--norc', '-c', `chokepoint() { "$NODE" "$PROGRAM" "$@"; }; ${line}`], {
    cwd: folder.path,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', NODE: process.execPath, PROGRAM },
  });

test('a reader that is gone leaves the status of what was judged', () => {
  expect(bash('chokepoint check denied.yaml | true; echo $PIPESTATUS')).toBe('1\n');
});

test.runIf(existsSync('/dev/full')).each(['check denied.yaml', 'rules', '--help'])(
  'standard output that takes nothing is an error in one line: %s',
  args => {
    expect(bash(`chokepoint ${args} 2>&1 > /dev/full; echo $?`)).toBe(
      'chokepoint: standard output cannot be written: ENOSPC: no space left on device, write\n2\n',
    );
  },
);

test.runIf(existsSync('/dev/full'))('standard error that takes nothing changes nothing', () => {
  expect(bash('chokepoint check gone.yaml denied.yaml 2> /dev/full | tail -n 1; echo $PIPESTATUS')).toBe(
    'Configuration: built-in baseline preset.\n2\n',
  );
});

test('a pipe that is full and does not wait loses nothing', () => {
  const servers = Array.from({ length: 100 }, (_, index) => DENIED.replace('search', `search-${index}`));
  folder.write('many.yaml', servers.join('---\n'));
  // Node.js opens a pipe so that writing does not wait, and leaves it so to who writes after it.
  const opens = `"$NODE" -e 'process.stdout.write("")'`;
  const [size, ...rest] = bash(`
    chokepoint check many.yaml -o json > report.json; wc -c < report.json
    { ${opens}; chokepoint check many.yaml -o json; } | { sleep 1; cmp - report.json && echo same; }`).split('\n');
  expect(Number(size)).toBeGreaterThan(100_000);
  expect(rest).toEqual(['same', '']);
});
