import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPEN, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

const FORMATS = ['text', 'json', 'sarif', 'junit', 'github'];

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('open/all.yaml', `${SERVER}---\n${OPEN}`);
  folder.write('bad-config.yaml', 'kind: GatePolicy\n');
});
afterAll(() => folder.remove());

const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');

describe('check --report', () => {
  test('writes each file as standard output would be in its format, of one run', async () => {
    const reports = FORMATS.flatMap(format => ['--report', `${format}=all.${format}`]);
    const { status, stdout, stderr } = await folder.run(['check', 'open', '--output', 'github', ...reports]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toBe(read('all.github'));
    for (const format of FORMATS)
      expect(read(`all.${format}`)).toBe((await folder.run(['check', 'open', '--output', format])).stdout);
  });

  test('takes any name of a file, and replaces what is there', async () => {
    const name = 'a b=$(touch owned)"\'.json';
    folder.write(name, 'x'.repeat(100_000));
    expect((await folder.run(['check', 'open', '--report', `json=${name}`])).status).toBe(1);
    expect(JSON.parse(read(name)).summary.deny).toBe(1);
    expect(existsSync(join(folder.path, 'owned'))).toBe(false);
  });

  test('says why there are no verdicts, where the configuration cannot be used', async () => {
    const { status } = await folder.run([
      'check',
      'open',
      '--config',
      'bad-config.yaml',
      '--report',
      'json=refused.json',
    ]);
    expect(status).toBe(2);
    expect(JSON.parse(read('refused.json')).problems.length).toBeGreaterThan(0);
  });

  test.each([['json'], ['json='], ['xml=a.xml'], ['=a.json'], ['toString=a']])('refuses %s as usage', async value => {
    const { status, stdout, stderr } = await folder.run(['check', 'open', '--report', value]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(
      'It must be FORMAT=FILE, where FORMAT is one of text, json, sarif, junit, github, gitlab, markdown, html, compliance, compliance-csv.',
    );
  });

  test.each([
    [['json=-'], 'It must be a file; what goes to standard output is chosen by --output.'],
    [['json=a.out', 'sarif=a.out'], 'Another report is written there.'],
  ])('refuses %j as usage', async (values, message) => {
    const reports = values.flatMap(value => ['--report', value]);
    const { status, stdout, stderr } = await folder.run(['check', 'open', ...reports]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('that cannot be written is an error in one line, after the report on standard output', async () => {
    const { status, stdout, stderr } = await folder.run(['check', 'open', '--report', 'json=nowhere/a.json']);
    expect(status).toBe(2);
    expect(stdout).toContain('shop/orders');
    expect(stderr).toMatch(/^chokepoint: the report nowhere\/a\.json cannot be written: ENOENT.*\n$/);
  });
});
