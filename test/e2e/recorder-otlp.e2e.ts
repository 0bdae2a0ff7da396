import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROGRAM } from '../cli/run.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { freePorts } from '../control-plane/components.ts';
import { answers, childPrograms, end } from './child-programs.ts';

/** A recorder that ships to a real OpenTelemetry Collector, which goes and comes, and hands on to a store that takes half of it at first. */

let program: string;
let folder: string;
let port = 0;
let store: Server;
/** Bodies of log records, and the number of their lines as an attribute says. */
const received: { readonly body: string; readonly seq: string; readonly writer: string }[] = [];
let asked = 0;
let isFailing = true;
const { run, killAll } = childPrograms(() => folder);

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string | number };
}
interface LogRecord {
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly Attribute[];
}
interface Logs {
  readonly resourceLogs: readonly { readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[] }[];
}

function take(text: string): void {
  const { resourceLogs } = JSON.parse(text) as Logs;
  const records = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
  for (const { body, attributes } of records) {
    const attribute = (name: string): string => {
      const { stringValue, intValue } = attributes.find(({ key }) => key === name)?.value ?? {};
      return String(stringValue ?? intValue ?? '');
    };
    received.push({
      body: body.stringValue,
      seq: attribute('chokepoint.seq'),
      writer: attribute('chokepoint.writer'),
    });
  }
}

/** What is behind the collector. */
function startStore(): Promise<Server> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      asked += 1;
      const isRefused = isFailing && asked % 2 === 1;
      if (!isRefused) take(Buffer.concat(pieces).toString());
      response.writeHead(isRefused ? 503 : 200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)));
}

beforeAll(async () => {
  program = (await findBinaries(['collector'])).collector;
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-otlp-'));
  [port = 0] = await freePorts(1);
  store = await startStore();
  const behind = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  const collector = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      otlp_http: {
        ...{ endpoint: behind, encoding: 'json', compression: 'none' },
        // What is behind answers for it: whoever sends is told when a line is safe there.
        ...{ sending_queue: { enabled: false }, retry_on_failure: { enabled: false } },
      },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { logs: { receivers: ['otlp'], exporters: ['otlp_http'] } },
    },
  };
  writeFileSync(join(folder, 'collector.yaml'), JSON.stringify(collector));
  const spec = { sinks: [{ name: 'logs', otlp: { url: `http://127.0.0.1:${port}/v1/logs` } }] };
  const config = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'RecorderConfig', spec };
  writeFileSync(join(folder, 'recorder.yaml'), JSON.stringify(config));
}, 1_200_000);
afterAll(() => {
  killAll();
  store?.closeAllConnections();
  store?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startCollector(): Promise<ChildProcess> {
  const child = run(program, ['--config', `file:${join(folder, 'collector.yaml')}`]);
  for (let look = 0; look < 400 && !(await answers(port)); look += 1) await sleep(50);
  return child;
}

const startRecorder = (): ChildProcess =>
  run(process.execPath, [
    ...[PROGRAM, 'recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0'],
  ]);

let written = 0;
const lines: string[] = [];
function write(count: number): void {
  const texts = Array.from({ length: count }, () =>
    JSON.stringify({
      ...{ writer: 'one', seq: ++written, type: 'decision', decision: 'deny', operation: 'CREATE' },
      ...{ object: { namespace: 'tools' }, user: { name: 'dana' }, padding: 'ä'.repeat(200) },
    }),
  );
  lines.push(...texts);
  appendFileSync(join(folder, 'record.jsonl'), `${texts.join('\n')}\n`);
}

const kept = (): ReadonlySet<string> => new Set(received.map(({ body }) => body));
async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 1200 && !holds(); look += 1) await sleep(100);
  expect(holds()).toBe(true);
}

test('Every line is behind the collector as it stands, though the collector is gone at first and again, what is behind it fails, and the recorder is killed', async () => {
  write(1000);
  let recorder = startRecorder();
  await sleep(2000);
  let collector = await startCollector();
  await until(() => kept().size >= 300);
  await end(collector, 'SIGKILL');
  write(1000);
  await end(recorder, 'SIGKILL');
  recorder = startRecorder();
  await sleep(2000);
  collector = await startCollector();
  await until(() => kept().size >= 1500);
  isFailing = false;
  write(10);
  await until(() => kept().size >= written);
  await end(recorder, 'SIGTERM');
  await end(collector, 'SIGTERM');
  expect([...kept()].toSorted()).toEqual(lines.toSorted());
  expect(received.every(({ body, seq, writer }) => writer === 'one' && JSON.parse(body).seq === Number(seq))).toBe(
    true,
  );
  process.stderr.write(`of ${written} lines 0 are lost; ${received.length - written} came twice\n`);
}, 400_000);
