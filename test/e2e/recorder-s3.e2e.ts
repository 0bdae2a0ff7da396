import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROGRAM } from '../cli/run.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { freePorts } from '../control-plane/components.ts';
import { answers, childPrograms, end } from './child-programs.ts';

/** A recorder that ships to a real server of S3's API, which goes and comes: versitygw, over a folder, so that what it keeps can be looked at. */

const KEYS = { AWS_ACCESS_KEY_ID: 'recorder', AWS_SECRET_ACCESS_KEY: 'only-of-this-test' };

let versitygw: string;
let folder: string;
let port = 0;
const { run, killAll } = childPrograms(() => folder);

beforeAll(async () => {
  ({ versitygw } = await findBinaries(['versitygw']));
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-s3-'));
  mkdirSync(join(folder, 'objects', 'records'), { recursive: true });
  [port = 0] = await freePorts(1);
  const s3 = { bucket: 'records', region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, prefix: 'prod/' };
  const spec = { sinks: [{ name: 'bucket', s3 }] };
  const config = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'RecorderConfig', spec };
  writeFileSync(join(folder, 'recorder.yaml'), JSON.stringify(config));
}, 600_000);
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

async function startServer(): Promise<ChildProcess> {
  const keys = { ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY };
  const args = ['--port', `127.0.0.1:${port}`, 'posix', join(folder, 'objects')];
  const child = run(versitygw, args, keys);
  for (let look = 0; look < 200 && !(await answers(port)); look += 1) await sleep(50);
  return child;
}

const startRecorder = (): ChildProcess =>
  run(
    process.execPath,
    [PROGRAM, 'recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0'],
    KEYS,
  );

let written = 0;
/** So much that it is sent at once: a MiB, and some. */
function write(lines: number): void {
  const texts = Array.from({ length: lines }, () =>
    JSON.stringify({ writer: 'one', seq: ++written, padding: 'x'.repeat(400) }),
  );
  appendFileSync(join(folder, 'record.jsonl'), `${texts.join('\n')}\n`);
}

const objects = (): readonly string[] =>
  readdirSync(join(folder, 'objects', 'records'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.jsonl'),
  );
const kept = (): readonly number[] => {
  const lines = objects().flatMap(name =>
    readFileSync(join(folder, 'objects', 'records', name), 'utf8')
      .trim()
      .split('\n'),
  );
  return [...new Set(lines.filter(Boolean).map(line => JSON.parse(line).seq as number))].sort((a, b) => a - b);
};
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 600 && !holds(); look += 1) await sleep(100);
  expect(holds()).toBe(true);
}

test('Every line is in the bucket, though the server is gone at first and again, and the recorder is killed', async () => {
  write(6000);
  let recorder = startRecorder();
  await sleep(1500);
  let server = await startServer();
  await until(() => kept().length >= 2000);
  await end(server, 'SIGKILL');
  write(6000);
  await end(recorder, 'SIGKILL');
  recorder = startRecorder();
  await sleep(1500);
  server = await startServer();
  await until(() => kept().length >= 8000);
  write(10);
  // What is there is sent once more when it is stopped.
  await sleep(1000);
  await end(recorder, 'SIGTERM');
  await end(server, 'SIGTERM');
  expect(kept()).toEqual(upTo(written));
  expect(objects().every(name => /^prod\/\d{4}\/\d{2}\/\d{2}\/[^/]+\.jsonl$/.test(name))).toBe(true);
}, 240_000);
