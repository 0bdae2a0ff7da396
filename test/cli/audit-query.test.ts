import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fields } from '../app/audit-query/lines.ts';
import { ROOT } from '../docs/pages.ts';
import { expectGolden } from '../support/golden.ts';
import { type Folder, temporaryFolder } from './run.ts';

const RECORD = readFileSync(join(ROOT, 'docs/samples/record.jsonl'), 'utf8');

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('record.jsonl', RECORD);
});
afterAll(() => folder.remove());

const query = (...args: readonly string[]) => folder.run(['audit', 'query', 'record.jsonl', ...args]);

describe('audit query', () => {
  test.each<[golden: string, args: readonly string[]]>([
    ['all', []],
    ['csv', ['-o', 'csv']],
    ['ocsf', ['-o', 'ocsf']],
    ['state', ['--object', 'tools/search', '--state-at', '2026-11-23']],
    ['state-later', ['--object', 'tools/search', '--state-at', '2026-11-26']],
    ['state-before', ['--object', 'tools/search', '--state-at', '2026-11-01']],
    ['state-deleted', ['--object', 'tools/NetworkPolicy/search-debug', '--state-at', '2026-11-26']],
    ['reach', ['--reach', 'tools/search', '--on', '2026-11-23']],
    ['reach-later', ['--reach', 'tools/search', '--on', '2026-11-25']],
  ])('answers as in the golden file %s', async (golden, args) => {
    const { status, stdout, stderr } = await query(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expectGolden(`audit-query/${golden}`, stdout);
  });

  test('says of what was refused which traffic it would have opened', async () => {
    const [first = '', ...others] = RECORD.split('\n');
    const opened = others.find(line => line.includes('"gained":[{') && line.includes('"allowed":true')) ?? first;
    folder.write('refused.jsonl', `${opened.replace('"allowed":true', '"allowed":false')}\n`);
    const { stdout } = await folder.run(['audit', 'query', 'refused.jsonl']);
    expect(stdout).toContain('    would open: ');
    expect(stdout).not.toContain('    opens: ');
  });

  test.each<[what: string, given: object, text: string]>([
    ['that it was not judged, in a word', { note: 'not-synced', allowed: false }, ' (refused, not-synced)\n'],
    [
      'why it cannot be judged',
      { causes: ['who it selects is not known'] },
      '    cannot be judged: who it selects is not known\n',
    ],
    [
      'nothing of a change that was seen',
      { type: 'seen', note: 'unwitnessed' },
      ' (seen alone, nobody knows by whom)\n',
    ],
    ['what an update changed', { operation: 'UPDATE', change: ['scale', 'restart'] }, ' (scale, restart)\n'],
  ])('tells %s', async (_, given, text) => {
    folder.write('told.jsonl', `${JSON.stringify(fields(given))}\n`);
    expect((await folder.run(['audit', 'query', 'told.jsonl'])).stdout).toContain(text);
  });

  test.each<[what: string, args: readonly string[], seqs: readonly number[]]>([
    ['a server', ['--server', 'tools/search'], [1, 2, 3, 4, 5]],
    ['an object of a kind', ['--object', 'tools/Deployment/search'], [1, 3, 5]],
    ['a user', ['--user', 'bob@example.com'], [3, 4]],
    ['either of two users', ['--user', 'bob@example.com', '--user', 'alice@example.com'], [1, 2, 3, 4, 5]],
    ['a decision and a user', ['--decision', 'allow', '--user', 'alice@example.com'], [1]],
    ['a rule', ['--rule', 'host-network'], [5]],
    ['a time', ['--since', '2026-11-24T09:12:44.003Z', '--until', '2026-11-25T10:00:00.000Z'], [3, 4]],
    ['an operation on a kind', ['--operation', 'DELETE', '--kind', 'NetworkPolicy'], [4]],
    ['a sort of change', ['--change', 'image', '--change', 'delete'], [3, 4]],
    ['another namespace', ['-n', 'shop'], []],
  ])('finds the lines of %s, as they stand in the file', async (_, args, seqs) => {
    const { stdout } = await query(...args, '-o', 'json');
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines.map(line => JSON.parse(line).seq)).toEqual(seqs);
    expect(lines.every(line => RECORD.includes(`${line}\n`))).toBe(true);
  });

  test.each<[args: readonly string[], message: string]>([
    [['--since', 'yesterday'], '--since "yesterday" is no time'],
    [['--decision', 'denied'], "argument 'denied' is invalid. Allowed choices are allow, warn, deny, undetermined"],
    [['--operation', 'create'], 'Allowed choices are CREATE, UPDATE, DELETE, CONNECT'],
    [['--change', 'replicas'], "argument 'replicas' is invalid. Allowed choices are create, update, delete, scale"],
    [['--server', 'search'], '"search" names no object'],
    [['--server', 'a/b/c/d'], '"a/b/c/d" names no object'],
    [['--state-at', '1d'], '--state-at needs one --object'],
    [['--state-at', '1d', '--object', 'a/b', '--object', 'a/c'], '--state-at needs one --object'],
    [['--reach', 'tools/search'], '--reach and --on are given together'],
    [['--on', '2026-11-20'], '--reach and --on are given together'],
    [['--reach', 'Namespace/tools', '--on', '2026-11-20'], '"Namespace/tools" names no server'],
    [['--reach', 'tools/search', '--on', '2026-11-20', '--user', 'bob'], '--user does nothing beside --reach'],
    [['--reach', 'tools/search', '--on', '2026-11-20', '--object', 'a/b'], '--object does nothing beside --reach'],
    [['--reach', 'tools/search', '--on', '2026-11-20', '-o', 'csv'], '--reach is answered as text or json, not as csv'],
    [['--state-at', '1d', '--object', 'a/b', '--since', '2d'], '--since does nothing beside --state-at'],
    [['--state-at', '1d', '--object', 'a/b', '-o', 'ocsf'], '--state-at is answered as text or json, not as ocsf'],
    [['--state-at', '1d', '--object', 'a/b', '--on', '2026-11-20'], 'are two questions: ask one'],
    [['--reach', 'tools/search', '--on', '1d'], '--on "1d" is no day'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await query(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test.each(['text', 'json'])('takes a server with its kind, as %s', async output => {
    const asked = (server: string) => query('--reach', server, '--on', '2026-11-23', '-o', output);
    expect(await asked('tools/Deployment/search')).toEqual(await asked('tools/search'));
  });

  test.each<[what: string, server: string, given: object, stderr: string]>([
    ['that no line knows', 'tools/serach', {}, 'no line of the record is about a server tools/serach'],
    ['of another kind', 'tools/Job/search', {}, 'no line of the record is about a server tools/search'],
    [
      'that was changed alone',
      'tools/search',
      { operation: 'UPDATE' },
      'no line of the record tells who could reach tools/search',
    ],
    [
      'that was refused',
      'tools/search',
      { allowed: false },
      'no line of the record tells who could reach tools/search',
    ],
  ])('does not say of a server %s that nobody could reach it', async (_, server, given, stderr) => {
    folder.write('known.jsonl', `${JSON.stringify(fields(given))}\n`);
    const ran = await folder.run(['audit', 'query', 'known.jsonl', '--reach', server, '--on', '2026-11-23']);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain(stderr);
  });

  test('says of a server that was made closed that nobody could reach it', async () => {
    folder.write('known.jsonl', `${JSON.stringify(fields())}\n`);
    const ran = await folder.run(['audit', 'query', 'known.jsonl', '--reach', 'tools/search', '--on', '2026-11-23']);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toContain('the record tells of no way to tools/search');
  });

  test('names a line that leaves out what it changed', async () => {
    folder.write('large.jsonl', `${JSON.stringify(fields({ truncated: ['reach: too large to be compared'] }))}\n`);
    const ran = await folder.run(['audit', 'query', 'large.jsonl', '--reach', 'tools/search', '--on', '2026-11-23']);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('this line leaves out some of what it changed (reach: too large to be compared): ');
  });

  test('reads several files in the order of time, each line once', async () => {
    const lines = RECORD.split('\n');
    folder.write('older.jsonl', `${lines.slice(0, 3).join('\n')}\n`);
    folder.write('newer.jsonl', lines.slice(2).join('\n'));
    const args = ['audit', 'query', 'newer.jsonl', 'older.jsonl', '-o', 'json'];
    expect((await folder.run(args)).stdout).toBe(RECORD);
  });

  test.each<[how: string, options: readonly string[]]>([
    ['read whole', []],
    ['read by an index', ['--index', 'joined-index']],
  ])('answers alike from a file that was joined out of order, %s', async (_, options) => {
    const lines = RECORD.trim().split('\n');
    folder.write('joined.jsonl', `${[...lines.slice(2), ...lines.slice(0, 3)].join('\n')}\n`);
    const asked = ['audit', 'query', 'joined.jsonl', ...options];
    expect((await folder.run([...asked, '-o', 'json'])).stdout).toBe(RECORD);
    const reach = ['--reach', 'tools/search', '--on', '2026-11-23'];
    expect((await folder.run([...asked, ...reach])).stdout).toBe((await query(...reach)).stdout);
  });

  test.each([['query'], ['query', '--index', 'gzip-index'], ['verify']])(
    'says what to type of a compressed file: %s',
    async (command, ...options) => {
      writeFileSync(join(folder.path, 'record.jsonl.gz'), gzipSync(RECORD));
      const { status, stdout, stderr } = await folder.run(['audit', command ?? '', 'record.jsonl.gz', ...options]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(
        `is compressed by gzip: type gunzip -c < record.jsonl.gz | chokepoint audit ${command} -`,
      );
    },
  );

  test('reads standard input', async () => {
    const { stdout } = await folder.run(['audit', 'query', '-', '-o', 'json'], { stdin: RECORD });
    expect(stdout).toBe(RECORD);
  });

  test('names lines that cannot be read, answers from the others, and ends with 2', async () => {
    const bad = Array.from({ length: 11 }, () => 'x\n').join('');
    folder.write('bad.jsonl', `${bad}${RECORD}{"seq":6,`);
    const { status, stdout, stderr } = await folder.run(['audit', 'query', 'bad.jsonl', '-o', 'json']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: RECORD });
    expect(stderr).toContain('chokepoint: bad.jsonl:10 cannot be read: it is no JSON\n');
    expect(stderr).toContain('chokepoint: and 2 more lines cannot be read\n');
  });

  test('tells a last line that is not complete', async () => {
    folder.write('torn.jsonl', `${RECORD}{"seq":6,`);
    const { stderr } = await folder.run(['audit', 'query', 'torn.jsonl', '-o', 'json']);
    expect(stderr).toBe('chokepoint: torn.jsonl:6 cannot be read: it is not complete: being written, or torn\n');
  });

  test('keeps an index in a folder that is named, without a word of the runtime', async () => {
    const args = ['audit', 'query', 'record.jsonl', '--index', 'indexes', '--decision', 'deny', '-o', 'json'];
    const { status, stdout, stderr } = await folder.start(args);
    expect({ status, stderr, lines: stdout.split('\n').length - 1 }).toEqual({ status: 0, stderr: '', lines: 2 });
    expect(readdirSync(join(folder.path, 'indexes'))).toHaveLength(1);
  });

  test('warns of a rule that this version does not have, and answers', async () => {
    const { status, stderr } = await query('--rule', 'host-netwrok', '--rule', 'host-network');
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'chokepoint: this version has no rule "host-netwrok": `chokepoint rules` lists those that it has\n',
    });
  });

  test('names a file that is not there', async () => {
    const { status, stderr } = await folder.run(['audit', 'query', 'nothing.jsonl']);
    expect(status).toBe(2);
    expect(stderr).toContain('nothing.jsonl cannot be read');
  });

  test('prints nothing that a spreadsheet works out, and nothing that a terminal hides', async () => {
    const hostile = fields({
      user: { name: '=HYPERLINK("https://evil.example")', groups: ['\t+1', '＠SUM(1)'] },
      object: { kind: 'Pod', namespace: 'tools', name: '-2+3\u202e' },
      operation: '\n@x',
    });
    folder.write('hostile.jsonl', `${JSON.stringify(hostile)}\n`);
    const { stdout: csv } = await folder.run(['audit', 'query', 'hostile.jsonl', '-o', 'csv']);
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
    expect(csv.match(/"[\s]*[=+\-@＝＋－＠]/gu)).toBeNull();
    const { stdout: text } = await folder.run(['audit', 'query', 'hostile.jsonl']);
    expect(text).not.toMatch(/[\u202e\t]/);
  });
});
