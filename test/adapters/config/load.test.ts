import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUILTIN_SOURCE, loadGatePolicy } from '../../../src/adapters/config/load.ts';
import { LARGEST_FILE } from '../../../src/adapters/config/read-bytes.ts';
import { asOrdinaryUser } from '../../support/as-ordinary-user.ts';

const GOOD = 'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nmetadata: {name: team}\nspec: {mode: warn}\n';

let workingFolder = '';

beforeEach(async () => {
  workingFolder = await mkdtemp(join(tmpdir(), 'chokepoint-config-'));
});

afterEach(async () => {
  await rm(workingFolder, { recursive: true });
});

const put = (name: string, content: string | Uint8Array): Promise<void> =>
  writeFile(join(workingFolder, name), content);

async function refusal(file?: string): Promise<readonly string[]> {
  const loaded = await loadGatePolicy({ file, workingFolder });
  expect([loaded.kind, loaded.policy]).toEqual(['refused', undefined]);
  return loaded.problems.map(one => `${one.file}:${one.line}:${one.column} ${one.code}: ${one.message}`);
}

describe('Loading a GatePolicy', () => {
  it('takes the built-in preset where there is no file', async () => {
    const loaded = await loadGatePolicy({ workingFolder });
    expect([loaded.kind, loaded.source, loaded.problems]).toEqual(['loaded', BUILTIN_SOURCE, []]);
    expect([loaded.policy?.preset, loaded.policy?.mode, loaded.policy?.gateways.kind]).toEqual([
      'baseline',
      'audit',
      'assumed',
    ]);
  });

  it('takes chokepoint.yaml of the working folder', async () => {
    await put('chokepoint.yaml', GOOD);
    const loaded = await loadGatePolicy({ workingFolder });
    expect([loaded.source, loaded.policy?.name, loaded.policy?.mode]).toEqual(['chokepoint.yaml', 'team', 'warn']);
  });

  it('takes the named file rather than chokepoint.yaml', async () => {
    await put('chokepoint.yaml', 'not: it');
    await put('other.yaml', GOOD);
    const loaded = await loadGatePolicy({ file: 'other.yaml', workingFolder });
    expect([loaded.source, loaded.policy?.name]).toEqual(['other.yaml', 'team']);
  });

  it('takes a file by its absolute path', async () => {
    const file = join(workingFolder, 'other.yaml');
    await put('other.yaml', GOOD);
    const loaded = await loadGatePolicy({ file, workingFolder: tmpdir() });
    expect([loaded.source, loaded.policy?.name]).toEqual([file, 'team']);
  });

  it('refuses a file with a fault instead of falling back', async () => {
    await put('chokepoint.yaml', GOOD.replace('warn', 'wran'));
    expect(await refusal()).toEqual(['chokepoint.yaml:4:14 invalid-value: must be one of off, audit, warn, enforce']);
  });

  it('refuses a named file that is not there', async () => {
    expect(await refusal('none.yaml')).toEqual([
      'none.yaml:0:0 unreadable-file: the file cannot be read: there is no such file',
    ]);
  });

  it('refuses a folder', async () => {
    await mkdir(join(workingFolder, 'chokepoint.yaml'));
    expect(await refusal()).toEqual(['chokepoint.yaml:0:0 unreadable-file: the file cannot be read: it is a folder']);
  });

  it('refuses a file that may not be read', async () => {
    await put('chokepoint.yaml', GOOD);
    await chmod(join(workingFolder, 'chokepoint.yaml'), 0);
    expect(await asOrdinaryUser(workingFolder, refusal)).toEqual([
      'chokepoint.yaml:0:0 unreadable-file: the file cannot be read: permission denied',
    ]);
  });

  it('refuses what no ConfigMap could hold', async () => {
    await put('chokepoint.yaml', `${GOOD}${'#'.repeat(LARGEST_FILE - GOOD.length)}`);
    expect((await loadGatePolicy({ workingFolder })).kind).toBe('loaded');
    await put('chokepoint.yaml', `${GOOD}${'#'.repeat(LARGEST_FILE - GOOD.length + 1)}`);
    expect(await refusal()).toEqual(['chokepoint.yaml:0:0 file-too-large: the file is larger than 1048576 bytes']);
  });

  it.each(['a device', 'a pipe that nobody writes to'])('refuses %s at once', async what => {
    const file = join(workingFolder, 'chokepoint.yaml');
    if (what === 'a device') await symlink('/dev/zero', file);
    else execFileSync('mkfifo', [file]);
    expect(await refusal()).toEqual([
      'chokepoint.yaml:0:0 unreadable-file: the file cannot be read: it is a pipe or a device, and a configuration is read again when it changes: write it to a file',
    ]);
  });

  it.each([
    [
      'bytes that are no UTF-8',
      [0x6b, 0xff],
      '1:2 not-utf-8: this file is not valid UTF-8 from byte 1 on: save it as UTF-8',
    ],
    ['a NUL byte', [0x6b, 0x00], '0:0 binary-file: this file is binary, not YAML or JSON: byte 1 is zero'],
    ['UTF-16', [0xff, 0xfe, 0x6b, 0x00], '0:0 utf-16: this file is encoded in UTF-16: save it as UTF-8'],
  ])('refuses %s', async (_title, bytes, problem) => {
    await put('chokepoint.yaml', Uint8Array.from(bytes));
    expect(await refusal()).toEqual([`chokepoint.yaml:${problem}`]);
  });

  it('reads a byte order mark and the line breaks of Windows', async () => {
    await put(
      'chokepoint.yaml',
      `\uFEFF${`kind: ConfigMap\n---\n${GOOD.replace('warn', 'x')}`.replaceAll('\n', '\r\n')}`,
    );
    expect(await refusal()).toEqual(['chokepoint.yaml:6:14 invalid-value: must be one of off, audit, warn, enforce']);
  });
});
