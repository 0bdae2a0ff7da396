import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSelfSigned } from '../../../src/adapters/certificates/make.ts';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { readLines, readRecorded, recordedOf } from '../../../src/adapters/witness/read-recorded.ts';
import { createRing } from '../../../src/app/witness/ring.ts';
import { review } from '../../support/reviews.ts';
import { testServer } from '../../support/serving.ts';

const SERVER_NAME = 'chokepoint.chokepoint-system.svc';
const pair = createSelfSigned([SERVER_NAME], new Date());
const ring = createRing('one', HASHING.hash);
ring.note(review('recorded/deployment-create'));
let answer: string | undefined;
const lines = async (): Promise<string> => answer ?? Promise.reject(new Error('no recorder'));
const { app } = testServer({ tls: pair, recorded: { ring, isController: async token => token === 'mine', lines } });
const never = new AbortController().signal;

let folder: string;
let port = 0;
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  writeFileSync(file('ca.crt'), pair.cert);
  writeFileSync(file('other.crt'), createSelfSigned([SERVER_NAME], new Date()).cert);
  writeFileSync(file('empty.crt'), '');
  writeFileSync(file('token'), 'mine\n');
  writeFileSync(file('stranger'), 'yours');
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const ask = (names: { token?: string; ca?: readonly string[]; serverName?: string; port?: number } = {}) =>
  readRecorded(
    {
      tokenFile: file(names.token ?? 'token'),
      caFiles: (names.ca ?? ['absent.crt', 'ca.crt']).map(file),
      serverName: names.serverName ?? SERVER_NAME,
    },
    { pod: 'a', address: '127.0.0.1', port: names.port ?? port },
    { instance: '', position: 0 },
    never,
  );

test('A Pod tells whoever shows the token, by a certificate of the name', async () => {
  expect(await ask()).toEqual({ kind: 'told', recorded: ring.since('', 0) });
});

test('Nobody listens there', async () => {
  expect(await ask({ port: 1 })).toEqual({ kind: 'refused' });
});

test.each<[what: string, names: Parameters<typeof ask>[0], reason: RegExp]>([
  ['a token that the webhook does not know', { token: 'stranger' }, /keeps no record, or does not know/],
  ['no token', { token: 'absent' }, /ENOENT/],
  ['a certificate of another authority', { ca: ['other.crt'] }, /certificate/],
  ['a certificate for another name', { serverName: 'elsewhere.svc' }, /altnames/],
  ['no authority', { ca: ['absent.crt', 'empty.crt'] }, /no certificate in/],
])('Nothing is told with %s', async (_, names, reason) => {
  expect(await ask(names)).toEqual({ kind: 'failed', reason: expect.stringMatching(reason) });
});

test('A Pod hands over lines as its recorder gives them', async () => {
  const source = { tokenFile: file('token'), caFiles: [file('ca.crt')], serverName: SERVER_NAME };
  const take = (): Promise<unknown> => readLines(source, { pod: 'a', address: '127.0.0.1', port }, '1:5', never);
  answer = '{"lines": ["a"], "mark": "1:7"}';
  expect(await take()).toEqual({ lines: ['a'], mark: '1:7' });
  answer = '{"lines": [1], "mark": "1:7"}';
  await expect(take()).rejects.toThrow('it answers 200');
  answer = undefined;
  await expect(take()).rejects.toThrow('has no recorder that notifies');
});

test.each([
  {},
  { instance: '', entries: [], last: 0 },
  { instance: 'a', entries: {}, last: 0 },
  { instance: 'a', entries: [], last: 'x' },
])('%j is nothing that a Pod tells', told => {
  expect(recordedOf(told)).toBeUndefined();
});

test('What makes no sense in an answer is passed over', () => {
  const entries = [1, { position: 1 }, { position: 2, uid: 'u', marks: ['m', 3] }];
  expect(recordedOf({ instance: 'a', hasGap: false, entries, last: 2 })).toEqual({
    instance: 'a',
    hasGap: false,
    entries: [{ position: 2, uid: 'u', marks: ['m'] }],
    last: 2,
  });
});
