import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fsync, openRecordFile, type RecordFile } from '../../../src/adapters/record/append.ts';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { readSignatureCheck, readSigner } from '../../../src/adapters/record/keys.ts';
import { type Members, membersOf } from '../../../src/app/record/chain.ts';
import type { SignatureCheck, Signer } from '../../../src/app/record/head.ts';
import { type Verification, Verifier } from '../../../src/app/record/verify.ts';
import { saying, withField } from '../../app/record/chains.ts';

let folder: string;
let file: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  file = join(folder, 'record.jsonl');
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (path = file, signer?: Signer, signEveryMs?: number, fsync: Fsync = 'none'): RecordFile =>
  openRecordFile({
    file: path,
    fsync,
    version: '1.2.3',
    signer,
    ...(signEveryMs !== undefined && { signEveryMs }),
    time: () => '2026-01-02T03:04:05.678Z',
    telemetry: {
      written: lines => void told.push(`written ${lines}`),
      lost: (lines, reason) => void told.push(`lost ${lines}: ${reason}`),
      told: what => void told.push(what.replace(`${file}: `, '')),
    },
  });
const members = (text: string): Members => membersOf(saying(text), HASHING);

// biome-ignore lint/suspicious/noExplicitAny: a line as JSON gives it, of which a test looks at one field or two
type Line = any;
const linesOf = (path = file): readonly Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line));
/** What each line says: its note, or its type where it has none. */
const notes = (path = file): readonly string[] => linesOf(path).map(({ note, type }) => note ?? type);

function verify(...given: readonly (string | ReadonlyMap<string, SignatureCheck>)[]): Verification {
  const paths = given.filter(one => typeof one === 'string');
  const keys = given.find(one => typeof one !== 'string') ?? new Map();
  const verifier = new Verifier({ hashing: HASHING, heads: [], keys });
  for (const path of paths) {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    for (const [index, line] of lines.entries()) verifier.add({ file: path, line: index + 1 }, line, true);
  }
  return verifier.finish('');
}

async function writeRecord(...texts: readonly string[]): Promise<void> {
  const record = open();
  expect(await Promise.all(texts.map(text => record.append(members(text))))).toEqual(texts.map(() => true));
  await record.close();
}

test('Lines are appended in the order in which they were given, in one write a turn, for their owner alone to read', async () => {
  await writeRecord('one', 'two', 'three');
  expect(notes()).toEqual(['one', 'two', 'three']);
  expect(told).toEqual(['written 3']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(verify(file)).toMatchObject({ problemCount: 0, chains: [{ first: 1, last: 3 }] });
});

test('Lines that must be on the disk are written as well', async () => {
  const record = open(file, undefined, undefined, 'group');
  expect(await Promise.all(['one', 'two'].map(text => record.append(members(text))))).toEqual([true, true]);
  await record.close();
  expect(notes()).toEqual(['one', 'two']);
});

test('The chain goes on where another process ended', async () => {
  await writeRecord('one');
  await writeRecord('two');
  expect(notes()).toEqual(['one', 'two']);
  expect(verify(file)).toMatchObject({ problemCount: 0, chains: [{ first: 1, last: 2 }] });
});

describe('A line that a killed process left unfinished', () => {
  test.each([
    ['in the middle of it', (text: string) => text.slice(0, -10)],
    ['before its line feed', (text: string) => text.slice(0, -1)],
    ['after its first letter', (text: string) => `${text}{`],
  ])('%s is cut off, and told by a line', async (_, cut) => {
    await writeRecord('one', 'two');
    const text = readFileSync(file, 'utf8');
    const whole = cut(text).lastIndexOf('\n') + 1;
    writeFileSync(file, cut(text));
    await writeRecord('three');
    const torn = cut(text).length - whole;
    expect(linesOf().find(line => line.torn !== undefined)).toMatchObject({ type: 'started', torn });
    expect(told).toContain(`${torn} bytes of an unfinished last line were cut off`);
    expect(notes().at(-1)).toBe('three');
    expect(verify(file)).toMatchObject({ problemCount: 0, chains: [{ first: 1 }] });
  });

  test('as the only one leaves an empty file', async () => {
    writeFileSync(file, '{"seq":1');
    await writeRecord('one');
    expect(linesOf()[0]).toMatchObject({ seq: 1, torn: 8 });
  });
});

test('Where the last line is not as it was written, a chain of its own begins after it, and says why', async () => {
  await writeRecord('zero', 'one');
  const [first = '', last = ''] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${first}\n${withField(last, 'note', 'ONE')}\n`);
  await writeRecord('two');
  expect(linesOf()[2]).toMatchObject({
    type: 'started',
    seq: 1,
    after: 'the last line of the file is not as it was written',
  });
  expect(verify(file).problems.map(({ line, fault }) => `${line}:${fault}`)).toEqual(['2:edited']);
});

describe('What is no record is not written to:', () => {
  test.each([
    ['another file', 'apiVersion: v1\n', 'this is another file, and no record'],
    ['a big file without lines', `{${'x'.repeat(3 * 1024 * 1024)}`, 'this is another file, and no record'],
  ])('%s', (_, text, message) => {
    writeFileSync(file, text);
    expect(() => open()).toThrow(message);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('a device, and a folder', () => {
    expect(() => open('/dev/null')).toThrow('a record must be a regular file');
    expect(() => open(folder)).toThrow('cannot be opened to append to it');
  });
});

describe('While lines are written, a file', () => {
  test('that is moved away goes on in a new one, in which the chain goes on', async () => {
    const record = open();
    await record.append(members('one'));
    renameSync(file, `${file}.1`);
    await record.append(members('two'));
    await record.close();
    expect([notes(`${file}.1`), notes()]).toEqual([['one'], ['two']]);
    expect(told).toContain('it was moved away: the chain goes on in a new file');
    expect(verify(`${file}.1`, file)).toMatchObject({ problemCount: 0, chains: [{ first: 1, last: 2 }] });
  });

  test('that is emptied goes on from its beginning', async () => {
    const record = open();
    await record.append(members('one'));
    truncateSync(file);
    await record.append(members('two'));
    await record.close();
    expect(linesOf().map(({ seq }) => seq)).toEqual([2]);
    expect(told).toContain('it was made shorter: the chain goes on');
  });

  test('that another process writes to gets a chain for each', async () => {
    const [first, second] = [open(), open()];
    await first.append(members('one'));
    await second.append(members('two'));
    await first.append(members('three'));
    await Promise.all([first.close(), second.close()]);
    const { problems, chains } = verify(file);
    expect(chains.length).toBeGreaterThan(1);
    expect(problems).toEqual([]);
    expect(notes().filter(note => note !== 'started')).toEqual(['one', 'two', 'three']);
  });

  test('that cannot be written to loses lines, which the next one tells', async () => {
    const record = open();
    await record.append(members('one'));
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'no record\n');
    expect(await record.append(members('two'))).toBe(false);
    record.lose('the line could not be made');
    rmSync(file);
    expect(await record.append(members('three'))).toBe(true);
    await record.close();
    expect(notes()).toEqual(['lost', 'three']);
    expect(linesOf()[0]).toMatchObject({ lines: 2, reason: 'the line could not be made' });
    expect(told.filter(text => text.startsWith('lost'))).toHaveLength(2);
    expect(verify(`${file}.1`, file).problems).toEqual([]);
  });
});

describe('With a key', () => {
  const KEYS = generateKeyPairSync('ed25519');
  const pem = (key: KeyObject, type: 'pkcs8' | 'spki'): string => key.export({ type, format: 'pem' }).toString();
  const signer = (): Signer => {
    writeFileSync(join(folder, 'key.pem'), pem(KEYS.privateKey, 'pkcs8'));
    return readSigner(join(folder, 'key.pem'));
  };
  const check = () => {
    writeFileSync(join(folder, 'key.pub'), pem(KEYS.publicKey, 'spki'));
    return new Map([readSignatureCheck(join(folder, 'key.pub'))]);
  };

  test('the end is signed when the file is closed, and proves all lines before it', async () => {
    const record = open(file, signer());
    await record.append(members('one'));
    await record.close();
    expect(notes()).toEqual(['one', 'head']);
    expect(verify(check(), file)).toMatchObject({ problemCount: 0, chains: [{ last: 2, proven: 2, signed: 1 }] });
  });

  test('the end is signed at intervals, where it has moved', async () => {
    const record = open(file, signer(), 5);
    await record.append(members('one'));
    while (!notes().includes('head')) await new Promise(resolve => setTimeout(resolve, 5));
    await new Promise(resolve => setTimeout(resolve, 30));
    await record.close();
    expect(notes().filter(note => note === 'head').length).toBeLessThan(3);
    expect(notes().at(-1)).toBe('head');
    expect(verify(check(), file).problems).toEqual([]);
  });

  test.each([
    ['no key', 'x', 'this is no private key as PEM'],
    [
      'a key of another sort',
      pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'pkcs8'),
      'the key must be one of Ed25519',
    ],
  ])('that is none (%s), nothing is begun', (_, text, message) => {
    const path = join(folder, 'bad.pem');
    writeFileSync(path, text);
    expect(() => readSigner(path)).toThrow(`${path}: ${message}`);
  });
});

test('A record that is closed takes no more lines, and counts them', async () => {
  const record = open();
  await record.close();
  expect(await record.append(members('one'))).toBe(false);
  expect(told.at(-1)).toBe('lost 1: the file is closed');
});

test.each(['x\n', 'x'])('What somebody else appends (%j) is a line of its own', async text => {
  const record = open();
  await record.append(members('one'));
  appendFileSync(file, text);
  expect(await record.append(members('two'))).toBe(true);
  await record.close();
  expect(readFileSync(file, 'utf8').split('\n')[1]).toBe('x');
  expect(verify(file).problems.map(({ line, fault }) => `${line}:${fault}`)).toEqual(['2:foreign']);
});
