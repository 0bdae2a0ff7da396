import { describe, expect, test } from 'vitest';
import { optionsOf } from '../../../src/core/mcp/command-options.ts';
import { programsOf } from '../../../src/core/mcp/programs.ts';
import { workload } from '../../support/workload.ts';

/** What a command line is found to run: the kind, the whole name, the name with its next word, and which word of the command it is. */
function found(words: readonly string[]): readonly string[] {
  const isOption = words[0]?.startsWith('-');
  const [container] = workload(isOption ? { args: words } : { command: words }).containers;
  if (container === undefined) throw new Error('a workload has a container');
  const { programs } = programsOf(container);
  return programs.map(
    ({ kind, full, withNext, path }) => `${kind} ${full} "${withNext}" ${/\d+(?=\]$)/.exec(path)?.[0]}`,
  );
}

// biome-ignore format: one line a case
const ROWS: readonly (readonly [words: readonly string[], found: readonly string[]])[] = [
  [['npx', '-y', '@scope/name@1.2', 'stdio'], ['package @scope/name "name stdio" 2']],
  [['npx', 'name@1.2'], ['package name "name" 1']],
  [['npx', '--yes', '--', 'name', '-x', 'go'], ['package name "name go" 3']],
  [['npx', '-p', 'one', '-p', 'two', 'run'], ['package one "one run" 2', 'package two "two run" 4', 'package run "run" 5']],
  [['npx', '--package=one', 'run', 'now'], ['package one "one run" 1', 'package run "run now" 2']],
  [['npx', '-c', 'one a', 'two'], ['program one "one a" 2', 'package two "two" 3']],
  [['npx'], []],
  [['npx', 'A=b', 'name'], ['program name "name" 2']],
  [['npx', 'node', 'server.js'], ['program server.js "server" 2']],
  [['npm', 'exec', '--package', 'one', '--', 'two'], ['package one "one two" 3', 'package two "two" 5']],
  [['npm', '--package=one', 'exec', 'two'], ['package one "one two" 1', 'package two "two" 3']],
  [['npm', 'start'], ['program npm "npm start" 0']],
  [['npm'], ['program npm "npm" 0']],
  [['uvx', 'name==1.0'], ['package name "name" 1']],
  [['uvx', 'name[extra]>=1'], ['package name "name" 1']],
  [['uvx', 'name~=1'], ['package name "name" 1']],
  [['uvx', '--from', 'git+https://host/x/name.git@v1#sub', 'cmd'], ['package git+https://host/x/name.git "name cmd" 2']],
  [['uvx', '--from', 'https://host/x', 'cmd'], ['package https://host/x "x cmd" 2']],
  [['uvx', 'a#b'], ['package a "a" 1']],
  [['npx', 'alias@npm:@scope/name@2'], ['package @scope/name "name" 1']],
  [['deno', 'run', '-A', 'jsr:@scope/name@2'], ['package @scope/name "name" 3']],
  [['deno', 'run', 'npm:name'], ['package name "name" 2']],
  [['/app/run.sh', '-v', 'go'], ['program /app/run.sh "run go" 0']],
  [['./server.exe'], ['program ./server.exe "server" 0']],
  [['C:\\tools\\Server.EXE', 'go'], ['program c:\\tools\\server.exe "c:\\tools\\server go" 0']],
  [['npx.cmd', 'name'], ['package name "name" 1']],
  [['node', '/app/node_modules/@scope/name/dist/index.js'], ['program /app/node-modules/@scope/name/dist/index.js "index" 1', 'package @scope/name "name" 1']],
  [['node', '/app/node_modules/.bin/name'], ['program /app/node-modules/.bin/name "name" 1', 'package name "name" 1']],
  [['node', '/srv/@scope/name/build/index.js'], ['program /srv/@scope/name/build/index.js "index" 1', 'package @scope/name "name" 1']],
  [['python', '/usr/lib/python3/dist-packages/name/__main__.py'], ['program /usr/lib/python3/dist-packages/name/--main--.py "--main--" 1', 'package name "name" 1']],
  [['node', '--inspect', 'index.mjs', '--port', '80', 'go'], ['program index.mjs "index 80" 2']],
  [['node', 'index.js', '--', 'npx', 'name'], ['program index.js "index npx" 1', 'package name "name" 4']],
  [['node', 'index.js', 'uvx', 'name'], ['program index.js "index uvx" 1', 'package name "name" 3']],
  [['python3.12', '-m', 'a.b', 'x'], ['program a.b "a.b x" 2']],
  [['python', '-m', 'a'], ['program a "a" 2']],
  [['python', '-Im', 'a', 'x'], ['program a "a x" 2']],
  [['python', '-m', 'uv', 'run', 'x'], ['program uv "uv run" 2', 'package x "x" 4']],
  [['python', '-u', 'x.py'], ['program x.py "x" 2']],
  [['python'], []],
  [['python', '-c', 'import a.b; from c import d; importx'], ['package a.b "a.b" 2', 'package c "c" 2', 'package d "d" 2', 'package x "x" 2']],
  [['node', '-e', 'require("a"); import("b")'], ['package a "a" 2', 'package b "b" 2']],
  [['python', '-c', 'x', 'y.py'], ['program y.py "y" 3']],
  [['docker', 'run', '-it', '--rm', 'acme/x:1', 'npx', 'y'], ['image acme/x:1 "x:1" 4', 'package y "y" 6']],
  [['docker', 'ps'], ['program docker "docker ps" 0']],
  [['docker', 'run'], []],
  [['pip', 'install', 'a==1', '-r', 'b.txt', 'c'], ['install a "a" 2', 'install b.txt "b.txt" 4', 'install c "c" 5']],
  [['kubectl', 'exec', 'x', '--', 'npx', 'y'], ['program kubectl "kubectl exec" 0']],
  [['ssh', 'host', 'npx', 'y'], ['program ssh "ssh host" 0']],
  [['timeout', '5', 'x'], ['program x "x" 2']],
  [['timeout', '-k', '5', '9', 'x', 'y'], ['program x "x y" 4']],
  [['nice', 'x'], ['program x "x" 1']],
  [['nice', '-n', '5', 'x'], ['program x "x" 3']],
  [['timeout', '5'], []],
  [['timeout'], []],
  [['gosu', 'user', 'x'], ['program x "x" 2']],
  [['su', 'user', '-c', 'x y'], ['program x "x y" 3']],
  [['su', '-c', 'x', 'user'], ['program x "x" 2', 'program user "user" 3']],
  [['su', 'user', '-c'], ['program user "user" 1']],
  [['env', 'A=b', 'x'], ['program x "x" 2']],
  [['env', '-u', 'A', 'x'], ['program x "x" 3']],
  [['env', '-S', 'x y'], ['program x "x y" 2']],
  [['A=b', 'x'], ['program x "x" 1']],
  [['A=b'], []],
  [['sh', 'x.sh', 'y'], ['program x.sh "x y" 1']],
  [['sh', '-c', 'x; y'], ['program x "x" 2', 'program y "y" 2']],
  [['sh', '-ec', 'x'], ['program x "x" 2']],
  [['sh', '-c', '-e', 'x'], ['program x "x" 3']],
  [['sh', '-c', 'x "$1"', 'sh', 'y'], ['program x "x y" 2']],
  [['sh', '-c', '"$0" y', 'x'], ['program x "x y" 2']],
  [['sh'], []],
  [['sh', '-c', 'eval "x y"'], ['program x "x y" 2']],
  [['sh', '-c', 'echo a b | xargs x -y'], ['program echo "echo a" 2', 'program x "x a" 2']],
  [['sh', '-c', 'echo x y | sh'], ['program echo "echo x" 2', 'program x "x y" 2']],
  [['sh', '-c', 'exec x > y'], ['program x "x" 2']],
  [['x', '--', 'y', 'z'], ['program x "x y" 0', 'program y "y z" 2']],
  [['x', 'npx', 'y'], ['program x "x npx" 0', 'package y "y" 2']],
  [['x', '--', 'npx', 'y'], ['program x "x npx" 0', 'package y "y" 3']],
  [['x', '-a', '--b=c', 'd'], ['program x "x d" 0']],
  [['x', '-', 'd'], ['program x "x -" 0']],
  [['echo', 'npx', 'y'], ['program echo "echo npx" 0']],
  [['x', 'y', 'z'], ['program x "x y" 0']],
  [['http://host/x'], []],
  [['host:8080'], []],
  [['x', 'host:80'], ['program x "x host:80" 0']],
  [['/a/b:80'], []],
  [['uv', 'run', 'x'], ['package x "x" 2']],
  [['uv', '--directory', '/app', 'run', 'x'], ['package x "x" 4']],
  [['uv', 'tool', 'run', 'x'], ['package x "x" 3']],
  [['uv', 'sync'], ['program uv "uv sync" 0']],
  [['uv', 'tool'], ['program uv "uv tool" 0']],
  [['poetry', 'run', 'x'], ['program x "x" 2']],
  [['/lib64/ld-linux-x86-64.so.2', '/bin/x'], ['program /bin/x "x" 1']],
  [['bun', 'x', 'y'], ['package y "y" 2']],
  [['bun', 'run', 'y.ts'], ['program y.ts "y" 2']],
  [['+x', 'y'], ['program +x "+x y" 0']],
  [['/c', 'y'], ['program /c "c y" 0']],
  [['java', '-jar', 'x-1.2.jar'], ['program x-1.2.jar "x-1.2" 2']],
  [['java', '-cp', 'a', 'b.Main'], ['program b.main "b.main" 3']],
  [['--port', '80'], []],
  [['-y', 'name'], ['package name "name" 1']],
  [['--yes', 'name', 'go'], ['package name "name go" 1']],
  [['--', 'npx', 'name'], ['package name "name" 2']],
  [['-x', 'npx', 'name'], ['package name "name" 2']],
  [['A=name', 'sh', '-c', 'npx $A'], ['package name "name" 3']],
  [['cmd', '/c', 'x y'], ['program x "x y" 2']],
  [['pwsh', '/app/x.sh', 'y'], ['program /app/x.sh "x y" 1']],
  [['x', '-a', '-b', 'c'], ['program x "x c" 0']],
  [['npx', 'name', '-y', 'uvx', 'other'], ['package name "name uvx" 1', 'package other "other" 4']],
  [['npx', 'name', '--', 'x'], ['package name "name x" 1', 'program x "x" 3']],
  [['python', 'x.py', 'sh', '-c', 'y'], ['program x.py "x sh" 1', 'program y "y" 4']],
  [['su', 'user', '-s', '-c', 'x'], ['program x "x" 4']],
  [['su', 'user', 'x'], ['program user "user x" 1']],
  [['flock', '/tmp/lock', '-c', 'x'], ['program x "x" 3']],
  [['flock', '/tmp/lock', 'x'], ['program x "x" 2']],
  [['timeout', '-s', 'KILL', '5', 'x'], ['program x "x" 4']],
  [['chpst', '-u', 'user', 'x'], ['program x "x" 3']],
  [['script', '-c', 'x'], ['program x "x" 2']],
  [['nix-shell', '-p', 'a', '--run', 'x'], ['program x "x" 4']],
  [['conda', 'run', '-n', 'env', 'x'], ['program x "x" 4']],
  [['dotenv', 'run', '-f', '.env', 'x'], ['program x "x" 4']],
  [['eval', 'x', 'y'], ['program x "x y" 1']],
  [['xargs', '-n', '1', 'x'], ['program x "x" 3']],
];

test.each(ROWS)('%j runs what it names', (words, expected) => {
  expect(found(words)).toEqual(expected);
});

describe('Commands within commands are read as deep as 24 steps', () => {
  const isUnread = (words: readonly string[]): boolean => {
    const [container] = workload({ command: words }).containers;
    if (container === undefined) throw new Error('a workload has a container');
    return programsOf(container).isUnread;
  };

  // biome-ignore format: one line a case
  test.each<[begins: readonly string[], most: number]>([
    [['nohup'], 24],
    [['x', '--'], 24],
    [['sh'], 24],
    [['docker', 'run', 'image'], 24],
    [['npx', 'env'], 12],
    [['x', '-a', 'y', '--'], 24],
    [['python', '-m', 'uv', 'run'], 12],
    [['eval'], 12],
  ])('%j stands %d times before a program that is found', (begins, most) => {
    const nested = (times: number): readonly string[] => [...Array.from({ length: times }, () => begins).flat(), 'last'];
    expect([isUnread(nested(most)), isUnread(nested(most + 1))]).toEqual([false, true]);
    expect(found(nested(most)).some(text => text.includes(' last '))).toBe(true);
  });
});

test.each<[image: string, args: readonly string[], found: readonly string[]]>([
  ['ghcr.io/astral-sh/uv:0.9', ['run', 'name'], ['program run "run name"', 'package name "name"']],
  ['docker.io/library/npm', ['exec', 'name'], ['program name "name"', 'package name "name"']],
  ['acme/app', ['run', 'name'], ['program run "run name"']],
  ['ghcr.io/astral-sh/uv:0.9', [], []],
])('The arguments of the image %s, %j, are those of its own program', (image, args, expected) => {
  const [container] = workload({ image, args }).containers;
  if (container === undefined) throw new Error('a workload has a container');
  expect(programsOf(container).programs.map(({ kind, full, withNext }) => `${kind} ${full} "${withNext}"`)).toEqual(
    expected,
  );
  const [commanded] = workload({ image, command: ['x'], args }).containers;
  if (commanded === undefined) throw new Error('a workload has a container');
  expect(programsOf(commanded).programs.map(({ full }) => full)).toEqual(['x']);
});

test.each<[commandLine: readonly string[], options: readonly string[]]>([
  [
    ['x', '--port', '80', '--', '-v'],
    ['--port=80', '--', '-v'],
  ],
  [
    ['--a=b', 'c', '-d', '-e', 'f'],
    ['--a=b', '-d', '-e=f'],
  ],
  [['-', '--last'], ['--last']],
  [['x', 'y'], []],
])('The options of %j are %j', (words, expected) => {
  expect(optionsOf(words.map(text => ({ text, path: '' }))).map(({ text }) => text)).toEqual(expected);
});
