import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAM } from '../cli/run.ts';
import { firstLine } from '../support/first-line.ts';

/** A recorder in a process of its own, which is killed in the middle of its work, between a gate that writes and a collector that fails. */

let folder: string;
let collector: Server;
let received: string[];
/** Of a request, by its number. */
let answer: (count: number) => number;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-recorder-'));
  received = [];
  answer = () => 200;
  let count = 0;
  collector = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      count += 1;
      const status = answer(count);
      // What is taken and not answered is what a killed recorder sends again.
      if (status !== 503) received.push(...Buffer.concat(pieces).toString().trim().split('\n'));
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, { 'retry-after': '0' }).end();
    });
  });
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;
  const sinks = `{name: siem, http: {url: "${url}"}}, {name: archive, file: {path: "${join(folder, 'archive.jsonl')}"}}`;
  writeFileSync(
    join(folder, 'recorder.yaml'),
    `apiVersion: chokepoint.dev/v1alpha1\nkind: RecorderConfig\nspec: {sinks: [${sinks}]}\n`,
  );
});
afterEach(() => {
  collector.closeAllConnections();
  collector.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly process: ChildProcess;
  readonly healthPort: number;
  readonly ended: Promise<number | null>;
}

async function start(): Promise<Started> {
  const args = ['recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0'];
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>(resolve => child.on('exit', resolve));
  return { process: child, healthPort: JSON.parse(await firstLine(child.stdout)).healthPort, ended };
}

const record = (): string => join(folder, 'record.jsonl');
const lineOf = (seq: number): string => JSON.stringify({ writer: 'one', seq, padding: 'x'.repeat(400) });
const seqs = (lines: readonly string[]): readonly number[] =>
  [...new Set(lines.map(line => JSON.parse(line).seq as number))].sort((one, other) => one - other);
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
const archived = (): readonly string[] => {
  const file = join(folder, 'archive.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
};

async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 600 && !holds(); look += 1) await new Promise(resolve => setTimeout(resolve, 50));
  expect(holds()).toBe(true);
}

describe('The recorder', () => {
  test('loses nothing, though it is killed again and again, and the collector fails half of the time', async () => {
    answer = count => [200, 503, 0, 200][count % 4] ?? 200;
    let written = 0;
    for (let round = 0; round < 6; round += 1) {
      const { process: child, ended } = await start();
      for (let part = 0; part < 20; part += 1) {
        appendFileSync(record(), `${Array.from({ length: 25 }, () => lineOf(++written)).join('\n')}\n`);
        await new Promise(resolve => setTimeout(resolve, Math.random() * 60));
      }
      child.kill('SIGKILL');
      await ended;
      // The gate goes on in a new file where its own was moved away.
      if (round === 2) renameSync(record(), join(folder, 'record.jsonl.000001'));
    }
    const { process: child, ended } = await start();
    await until(() => seqs(received).length === written && seqs(archived()).length === written);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect([seqs(received), seqs(archived())]).toEqual([upTo(written), upTo(written)]);
  });

  test('sends what is there when it is stopped, and keeps to itself what it has shipped', async () => {
    appendFileSync(record(), `${lineOf(1)}\n`);
    const first = await start();
    await until(() => existsSync(join(folder, 'archive.jsonl')) && statSync(join(folder, 'archive.jsonl')).size > 0);
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(seqs(received)).toEqual([1]);
    const second = await start();
    appendFileSync(record(), `${lineOf(2)}\n`);
    await until(() => seqs(archived()).length === 2);
    second.process.kill('SIGTERM');
    await second.ended;
    expect([received.length, archived().length]).toEqual([2, 2]);
  });

  test('takes over a changed configuration where it stood, and keeps the last good one', async () => {
    const config = join(folder, 'recorder.yaml');
    const good = readFileSync(config, 'utf8');
    appendFileSync(record(), `${lineOf(1)}\n`);
    const { process: child, ended, healthPort } = await start();
    await until(() => received.length === 1 && archived().length === 1);
    const reloads = async (result: string): Promise<boolean> => {
      const answer = await fetch(`http://127.0.0.1:${healthPort}/metrics`).catch(() => undefined);
      return (
        (await answer?.text())?.includes(`chokepoint_reloads_total{what="recorder",result="${result}"} 1`) ?? false
      );
    };
    const eventuallyReloaded = async (result: string): Promise<void> => {
      for (let look = 0; look < 300 && !(await reloads(result)); look += 1)
        await new Promise(resolve => setTimeout(resolve, 100));
      expect(await reloads(result)).toBe(true);
    };
    writeFileSync(config, good.replace('archive.jsonl', 'archive.jsonl", maxBytes: "many'));
    await eventuallyReloaded('bad');
    appendFileSync(record(), `${lineOf(2)}\n`);
    await until(() => archived().length === 2);
    writeFileSync(
      config,
      good.replace('sinks: [', `sinks: [{name: second, file: {path: "${join(folder, 'second.jsonl')}"}}, `),
    );
    await eventuallyReloaded('good');
    appendFileSync(record(), `${lineOf(3)}\n`);
    const second = (): string =>
      existsSync(join(folder, 'second.jsonl')) ? readFileSync(join(folder, 'second.jsonl'), 'utf8') : '';
    await until(() => archived().length === 3 && received.length === 3 && second().trim().split('\n').length === 3);
    expect([seqs(archived()), received.length]).toEqual([upTo(3), 3]);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('tells how it stands in metrics', async () => {
    appendFileSync(record(), `${lineOf(1)}\n`);
    const { process: child, ended, healthPort } = await start();
    await until(() => received.length === 1 && archived().length === 1);
    await new Promise(resolve => setTimeout(resolve, 300));
    const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
    expect(text).toContain('chokepoint_recorder_shipped_lines_total{sink="siem"} 1');
    expect(text).toContain('chokepoint_recorder_waiting_bytes{sink="archive"} 0');
    expect(text).toContain('chokepoint_recorder_lost_lines_total{sink="siem"} 0');
    child.kill('SIGTERM');
    await ended;
  });
});

test.each<[what: string, config: string, message: string]>([
  ['that is not there', '', 'cannot be read'],
  ['of another kind', 'kind: GatePolicy\n', 'one document of kind RecorderConfig is required'],
  ['with faults', 'kind: RecorderConfig\nspec: {sinks: [{name: a, http: {}}]}\n', 'recorder.yaml:2:'],
])('A configuration %s is told, and the status is 2', async (_, config, message) => {
  if (config === '') rmSync(join(folder, 'recorder.yaml'));
  else writeFileSync(join(folder, 'recorder.yaml'), config);
  const args = [PROGRAM, 'recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0'];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', text => {
    stderr += text;
  });
  const status = await new Promise(resolve => child.on('close', resolve));
  expect({ status, told: stderr.includes(message) ? message : stderr }).toEqual({ status: 2, told: message });
});
