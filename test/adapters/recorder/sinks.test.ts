import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFileSink } from '../../../src/adapters/recorder/file-sink.ts';
import { createHttpSink, retryAfterMs } from '../../../src/adapters/recorder/http-sink.ts';
import { createOtlpSink } from '../../../src/adapters/recorder/otlp-sink.ts';
import { createS3Sink } from '../../../src/adapters/recorder/s3-sink.ts';
import type { Batch, Sink } from '../../../src/app/recorder/ports.ts';
import { fields } from '../../app/audit-query/lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-sinks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const batch = (...lines: readonly string[]): Batch => ({
  lines,
  from: { segment: 7, offset: 1024 },
  to: { segment: 7, offset: 2048 },
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers each request as it is told, and keeps what it was asked. */
let server: Server;
let answers: { status: number; headers?: Record<string, string> }[];
let seen: Seen[];
let base: string;
beforeEach(async () => {
  [answers, seen] = [[], []];
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(pieces).toString() });
      const { status, headers: given } = answers.shift() ?? { status: 200 };
      response.writeHead(status, given).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('A collector', () => {
  const sink = (format: 'lines' | 'array' = 'lines', tokenFile?: string) =>
    createHttpSink({ kind: 'http', name: 'siem', url: `${base}/in`, format, tokenFile }, () => 0);

  test('gets lines, or a list of them', async () => {
    await sink().send(batch('{"a":1}', '{"b":2}'));
    await sink('array').send(batch('{"a":1}', '{"b":2}'));
    expect(seen.map(({ body, headers }) => [headers['content-type'], body])).toEqual([
      ['application/x-ndjson', '{"a":1}\n{"b":2}\n'],
      ['application/json', '[{"a":1},{"b":2}]'],
    ]);
  });

  test('gets the token as the file holds it then', async () => {
    const file = join(folder, 'token');
    const one = sink('lines', file);
    for (const token of ['first', 'second\n']) {
      writeFileSync(file, token);
      await one.send(batch('{}'));
    }
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  test.each([301, 307, 400, 404, 500, 503])('that answers %i has not got the lines', async status => {
    answers = [{ status, headers: { location: `${base}/elsewhere` } }];
    await expect(sink().send(batch('{}'))).rejects.toThrow(`answered ${status}`);
    expect(seen.map(({ url }) => url)).toEqual(['/in']);
  });

  test('that asks for time is given it', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '7' } }];
    await expect(sink().send(batch('{}'))).rejects.toMatchObject({ delayMs: 7000 });
  });

  test('that is not there has not got the lines', async () => {
    server.close();
    await expect(sink().send(batch('{}'))).rejects.toThrow();
  });

  test.each([
    [null, undefined],
    ['30', 30_000],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
    ['Wed, 31 Dec 1969 00:00:00 GMT', 0],
    ['soon', undefined],
  ])('whose Retry-After is %s asks for %s ms', (header, ms) => {
    expect(retryAfterMs(header, 10_000)).toBe(ms);
  });
});

describe('A file', () => {
  const path = join(folder, 'archive.jsonl');
  const MIB = 1024 * 1024;
  const opened: Sink[] = [];
  const open = (...args: Parameters<typeof createFileSink>): Sink => {
    const sink = createFileSink(...args);
    opened.push(sink);
    return sink;
  };
  const sink = (nowMs = 0) =>
    open(
      { kind: 'file', name: 'archive', path, maxBytes: MIB, keepFiles: 2, maxHours: undefined, keepDays: undefined },
      () => nowMs,
    );
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    for (const name of readdirSync(folder)) if (name.startsWith('archive')) rmSync(join(folder, name));
  });

  test('gets lines behind those that it has; of one that was begun nothing stays', async () => {
    appendFileSync(path, 'one\ntw');
    await sink().send(batch('two', 'three'));
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  test('that would grow too big is set aside, and the oldest of those are deleted', async () => {
    for (const hour of [1, 2, 3, 4]) await sink(hour * 3_600_000).send(batch(String(hour).padEnd(MIB - 1, '.')));
    expect(readdirSync(folder).filter(name => name.startsWith('archive'))).toEqual([
      'archive.jsonl',
      'archive.jsonl.1970-01-01T03-00-00-000Z',
      'archive.jsonl.1970-01-01T04-00-00-000Z',
    ]);
    expect(readFileSync(path, 'utf8')[0]).toBe('4');
  });

  test('that is too old is set aside for the next lines, and what was set aside too long ago is deleted', async () => {
    const HOUR_MS = 3_600_000;
    const begunMs = Date.now();
    const aged = (hours: number) =>
      open(
        { kind: 'file', name: 'archive', path, maxBytes: MIB, keepFiles: 9, maxHours: 24, keepDays: 2 },
        () => begunMs + hours * HOUR_MS,
      );
    const setAside = (): readonly string[] =>
      readdirSync(folder)
        .filter(name => name.startsWith('archive.jsonl.'))
        .sort();
    await aged(0).send(batch('one'));
    await aged(23).send(batch('two'));
    expect([setAside(), readFileSync(path, 'utf8')]).toEqual([[], 'one\ntwo\n']);
    await aged(25).send(batch('three'));
    const [first] = setAside();
    expect([setAside().length, readFileSync(path, 'utf8')]).toEqual([1, 'three\n']);
    await aged(25 + 47).send(batch('four'));
    expect([setAside().length, setAside()[0]]).toEqual([2, first]);
    await aged(25 + 49).send(batch('five'));
    expect(setAside()).not.toContain(first);
    expect(readFileSync(path, 'utf8')).toBe('five\n');
  });
});

test('A receiver of OTLP gets each line as the body of a log record, with its time and what it is asked by', async () => {
  const sink = createOtlpSink({ kind: 'otlp', name: 'logs', url: `${base}/v1/logs`, tokenFile: undefined });
  const text = JSON.stringify(fields({ decision: 'deny' }));
  await sink.send(batch(text, 'no JSON'));
  const [{ url, body } = { url: '', body: '{}' }] = seen;
  const [{ scopeLogs }] = JSON.parse(body).resourceLogs;
  const [first, second] = scopeLogs[0].logRecords;
  expect(url).toBe('/v1/logs');
  expect(first).toMatchObject({
    timeUnixNano: `${Date.parse('2026-11-20T08:00:00Z')}000000`,
    severityNumber: 13,
    body: { stringValue: text },
  });
  expect(JSON.stringify(first.attributes)).toContain('{"key":"chokepoint.decision","value":{"stringValue":"deny"}}');
  expect(second.body).toEqual({ stringValue: 'no JSON' });
  answers = [{ status: 400 }];
  await expect(sink.send(batch(text))).rejects.toThrow();
  await sink.close();
});

test('A bucket gets an object, by a name that the same lines always have', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const config = {
    kind: 's3',
    name: 'bucket',
    bucket: 'record',
    region: 'eu-central-1',
    endpoint: base,
    prefix: 'gate/',
  } as const;
  const sink = createS3Sink(config, 'host-0', () => Date.parse('2026-11-27T08:00:00Z'));
  await sink.send(batch('{"a":1}', '{"b":2}'));
  const [{ method, url = '', body } = { method: '', url: '', body: '' }] = seen;
  expect([method, url.split('?')[0]]).toEqual(['PUT', '/record/gate/2026/11/27/host-0-000007-00000000001024.jsonl']);
  expect(body).toContain('{"a":1}\n{"b":2}\n');
  answers = [{ status: 503 }];
  await expect(sink.send(batch('{}'))).rejects.toThrow();
  await sink.close();
  vi.unstubAllEnvs();
});
