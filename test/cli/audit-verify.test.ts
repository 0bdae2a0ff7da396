import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HASHING } from '../../src/adapters/record/hashing.ts';
import { readSignatureCheck, readSigner } from '../../src/adapters/record/keys.ts';
import { placed } from '../../src/app/record/chain.ts';
import { headMembers, type Signer } from '../../src/app/record/head.ts';
import { chainOf, withField } from '../app/record/chains.ts';
import { type Folder, temporaryFolder } from './run.ts';

const { lines, end } = chainOf(['one', 'two', 'three']);
const [ONE = '', TWO = '', THREE = ''] = lines;
const text = (...all: readonly string[]): string => all.map(line => `${line}\n`).join('');

const KEYS = generateKeyPairSync('ed25519');
const signer = (privateKey: KeyObject): Signer => ({
  key: createHash('sha256')
    .update(KEYS.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex'),
  sign: said => sign(null, Buffer.from(said), privateKey).toString('base64'),
});
const headBy = (key: KeyObject) =>
  placed(end, headMembers(end, '2026-01-02T03:04:05.678Z', signer(key), HASHING), HASHING);
const signed = headBy(KEYS.privateKey);
const SIGNED = [...lines, signed.text];
/** It names the key, and is signed by another. */
const FORGED = headBy(generateKeyPairSync('ed25519').privateKey).text;

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('record.jsonl', text(...lines));
  folder.write('first.jsonl', text(ONE));
  folder.write('second.jsonl', text(TWO, THREE));
  folder.write('edited.jsonl', text(ONE, withField(TWO, 'note', 'no'), THREE));
  folder.write('cut.jsonl', text(ONE, TWO));
  folder.write('torn.jsonl', text(ONE) + TWO.slice(0, 20));
  folder.write('signed.jsonl', text(...SIGNED));
  folder.write('cut-signed.jsonl', text(...SIGNED.slice(0, -1)));
  folder.write('forged.jsonl', text(...SIGNED.slice(0, -1), FORGED));
  folder.write('more.jsonl', text(...SIGNED, ...chainOf(['four'], signed.end).lines));
  folder.write('later.jsonl', text(...chainOf(['four'], signed.end).lines));
  folder.write('empty.jsonl', '');
  folder.write('key.pub', KEYS.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  folder.write(
    'other.pub',
    generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  );
  folder.write(
    'rsa.pub',
    generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  );
  folder.write('head.txt', `${end.hash}\n`);
  folder.write('head.jsonl', text(THREE));
});
afterAll(() => folder.remove());

describe('audit verify', () => {
  test.each<[what: string, args: readonly string[], status: number, says: string]>([
    ['a record that is right', ['record.jsonl'], 0, '3 lines: nothing is wrong\n'],
    ['two files of one chain', ['first.jsonl', 'second.jsonl'], 0, '3 lines: nothing is wrong\n'],
    ['what follows a known line', ['second.jsonl', '--after', JSON.parse(ONE).hash], 0, 'lines 2 to 3, head'],
    ['a head by its hash', ['record.jsonl', '--head', end.hash], 0, `lines 1 to 3, head ${end.hash}\n3 lines`],
    ['a head in a file', ['record.jsonl', '--head', 'head.txt'], 0, 'nothing is wrong'],
    ['a head in a line of a record', ['record.jsonl', '--head', 'head.jsonl'], 0, 'nothing is wrong'],
    ['an end that nothing proves', ['record.jsonl'], 0, 'nothing proves that nothing was cut off at the end'],
    ['an edited line', ['edited.jsonl'], 1, 'edited.jsonl:2: edited: its hash is not that of what it says\n'],
    ['files in a wrong order', ['second.jsonl', 'first.jsonl'], 1, 'first.jsonl:1: duplicated'],
    ['a missing file', ['second.jsonl'], 1, 'second.jsonl:1: gap: line 1 of the chain is missing\n'],
    ['a copy of the record that was kept elsewhere', ['record.jsonl', '--head', 'signed.jsonl'], 1, 'cut: no line has'],
    ['the same copy', ['record.jsonl', '--head', 'record.jsonl'], 0, 'nothing is wrong'],
    ['a cut end', ['cut.jsonl', '--head', 'head.txt'], 1, `cut.jsonl: cut: no line has the hash ${end.hash}`],
    ['a torn line', ['torn.jsonl'], 1, 'torn.jsonl:2: cut: the file ends within this line\n'],
    [
      'a cut end, and says no more of it',
      ['cut.jsonl', '--head', 'head.txt'],
      1,
      'cut off at the end, or written anew\n2 lines',
    ],
    ['a head that is signed', ['signed.jsonl', '--public-key', 'key.pub'], 0, '4 lines: nothing is wrong'],
    [
      'how far a head that is signed proves a record',
      ['signed.jsonl', '--public-key', 'key.pub'],
      0,
      'proven up to line 4, signed at 2026-01-02T03:04:05.678Z; a cut after that cannot be seen',
    ],
    [
      'a cut at an earlier head, which a key does not show',
      ['signed.jsonl', '--public-key', 'key.pub', '--head', 'later.jsonl'],
      1,
      'signed.jsonl: cut: no line has the hash',
    ],
    [
      'an end that is known, without a word of a cut',
      ['signed.jsonl', '--public-key', 'key.pub', '--head', signed.end.hash],
      0,
      `head ${signed.end.hash}\n4 lines: nothing is wrong\n`,
    ],
    [
      'a file that was emptied',
      ['empty.jsonl', '--public-key', 'key.pub'],
      1,
      'empty.jsonl: unsigned: there is no line',
    ],
    ['a file without lines', ['empty.jsonl'], 0, 'nothing proves that there never was a line\n0 lines'],
    ['a signed head that nobody looks at', ['signed.jsonl'], 0, 'or --public-key the key of its 1 signed heads'],
    [
      'lines after a signed head',
      ['more.jsonl', '--public-key', 'key.pub'],
      0,
      'proven up to line 4, signed at 2026-01-02T03:04:05.678Z, and no further',
    ],
    ['two keys', ['signed.jsonl', '--public-key', 'other.pub', '--public-key', 'key.pub'], 0, 'nothing is wrong'],
    ['no signed head', ['cut-signed.jsonl', '--public-key', 'key.pub'], 1, 'unsigned: no head of the chain web-0-a1'],
    [
      'a forged head',
      ['forged.jsonl', '--public-key', 'key.pub'],
      1,
      '4: forged: its signature is not that of its key',
    ],
    [
      'another key',
      ['signed.jsonl', '--public-key', 'other.pub'],
      1,
      '4: forged: it is signed by a key that is not given',
    ],
    [
      'a key of another sort',
      ['signed.jsonl', '--public-key', 'rsa.pub'],
      2,
      'rsa.pub: the key must be one of Ed25519',
    ],
    ['no key', ['signed.jsonl', '--public-key', 'head.txt'], 2, 'head.txt: this is no public key as PEM'],
    ['no file of a key', ['signed.jsonl', '--public-key', 'none.pub'], 2, 'none.pub: cannot be read'],
    ['no file', ['nowhere.jsonl'], 2, 'nowhere.jsonl cannot be read'],
    ['a head without a hash', ['record.jsonl', '--head', 'nowhere.txt'], 2, 'nowhere.txt cannot be read'],
    ['a wrong hash', ['record.jsonl', '--after', 'abc'], 2, 'It must be a hash'],
    ['no file to verify', [], 2, "missing required argument 'files'"],
  ])('tells of %s', async (_, args, status, says) => {
    const ran = await folder.run(['audit', 'verify', ...args]);
    expect(ran.status).toBe(status);
    expect(ran.stdout + ran.stderr).toContain(says);
  });

  test('reads standard input', async () => {
    const { status } = await folder.run(['audit', 'verify', '-'], { stdin: text(...lines) });
    expect(status).toBe(0);
  });

  test('prints one JSON document', async () => {
    const { status, stdout } = await folder.run(['audit', 'verify', 'edited.jsonl', '--output', 'json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: 'chokepoint.dev/v1alpha1',
      kind: 'RecordVerification',
      ok: false,
      files: ['edited.jsonl'],
      lines: 3,
      chains: [{ writer: 'web-0-a1', first: 1, last: 3, lines: 3, head: end.hash, proven: 0, signed: 0 }],
      problems: [{ file: 'edited.jsonl', line: 2, fault: 'edited', message: 'its hash is not that of what it says' }],
      problemCount: 1,
    });
  });
});

test('the JSON document says when the head was signed that a chain is proven by', async () => {
  const { stdout } = await folder.run(['audit', 'verify', 'signed.jsonl', '--public-key', 'key.pub', '-o', 'json']);
  expect(JSON.parse(stdout).chains).toMatchObject([{ last: 4, proven: 4, signedAt: '2026-01-02T03:04:05.678Z' }]);
});

test('a pair of keys that openssl makes, as the page says, signs and proves', () => {
  const make =
    'openssl genpkey -algorithm ed25519 -out record.key && openssl pkey -in record.key -pubout -out record.pub';
  execFileSync('sh', ['-c', make], { cwd: folder.path, stdio: 'ignore' });
  const { key, sign: signed } = readSigner(join(folder.path, 'record.key'));
  const [id, check] = readSignatureCheck(join(folder.path, 'record.pub'));
  expect([id === key, check('text', signed('text')), check('other', signed('text'))]).toEqual([true, true, false]);
});

test('audit without a command is a wrong usage', async () => {
  const { status, stderr } = await folder.run(['audit']);
  expect(status).toBe(2);
  expect(stderr).toContain('verify');
});
