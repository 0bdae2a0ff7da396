import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fields } from '../app/audit-query/lines.ts';
import { PROGRAM } from '../cli/run.ts';
import { eventually } from '../control-plane/eventually.ts';
import { firstLine } from '../support/first-line.ts';
import { writeRecorderConfig } from '../support/recorder-config.ts';

/** Notifications by a recorder in a process of its own: killed in the middle of its work, to an endpoint that fails in every way, and to Debian's Alertmanager. */

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-notify-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const configure = (receiver: string, rule: string): void => writeRecorderConfig(folder, receiver, rule);

interface Started {
  readonly child: ChildProcess;
  readonly healthPort: number;
  readonly ended: Promise<number | null>;
}

async function start(...more: readonly string[]): Promise<Started> {
  const args = ['recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0', ...more];
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  const ended = new Promise<number | null>(resolve => child.on('exit', resolve));
  return { child, healthPort: JSON.parse(await firstLine(child.stdout)).healthPort, ended };
}

const append = (...lines: readonly object[]): void =>
  appendFileSync(join(folder, 'record.jsonl'), lines.map(line => `${JSON.stringify(line)}\n`).join(''));
/** Waits until nothing that is expected fails. */
const soon = async (check: () => Promise<void>, timeoutMs: number): Promise<void> => {
  const isSo = (): Promise<true> => check().then(() => true);
  await eventually('what is expected', isSo, { timeoutMs });
};
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
const refused = (seq: number): object =>
  fields({ seq, allowed: false, servers: [{ kind: 'Deployment', namespace: 'tools', name: `server-${seq}` }] });

/** Ways in which an endpoint does not take a message, or takes it and does not say so. */
const OUTAGES: readonly ((response: ServerResponse, take: () => void) => void)[] = [
  response => void response.writeHead(503).end(),
  response => void response.writeHead(500).end('broken'),
  response => void response.writeHead(429, { 'retry-after': '0' }).end(),
  response => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  response => void response.socket?.destroy(),
  (response, take) => {
    take();
    response.socket?.destroy();
  },
  (response, take) => {
    take();
    setTimeout(() => response.writeHead(200).end(), 150);
  },
];

test('Of 1,000 notifications none is lost, with the endpoint down half of the time and the recorder killed at random', async () => {
  const COUNT = 1000;
  const taken = new Map<string, readonly string[]>();
  let [asked, doubled] = [0, 0];
  const begun = Date.now();
  const endpoint: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      asked += 1;
      const take = (): void => {
        const { id, data } = JSON.parse(Buffer.concat(pieces).toString());
        if (taken.has(id)) doubled += 1;
        taken.set(
          id,
          data.events.map((event: { subject: { name: string } }) => event.subject.name),
        );
      };
      const isDown = Math.floor((Date.now() - begun) / 700) % 2 === 1;
      if (isDown) return OUTAGES[asked % OUTAGES.length]?.(response, take);
      take();
      response.writeHead(200).end();
    });
  });
  await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
  configure(
    `{name: own, http: {url: "${url}"}, allowInsecure: true, allowAddresses: [127.0.0.0/8]}`,
    '{name: each, to: [own], events: [refused], groupBy: [server], groupSeconds: 0}',
  );
  for (let round = 0; round < 5; round += 1) {
    const { child, ended } = await start();
    for (let part = 0; part < 10; part += 1) {
      const first = round * 200 + part * 20;
      append(...Array.from({ length: 20 }, (_, index) => refused(first + index + 1)));
      await pause(Math.random() * 120);
    }
    child.kill('SIGKILL');
    await ended;
  }
  const { child, ended } = await start();
  const names = (): Set<string> => new Set([...taken.values()].flat());
  await soon(async () => expect(names().size).toBe(COUNT), 200_000);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  endpoint.closeAllConnections();
  endpoint.close();
  // Each is in one message: what came twice bore the id that it had before.
  expect([...taken.values()].flat().length).toBe(COUNT);
  process.stderr.write(
    `notify: ${COUNT} of ${COUNT} in ${Date.now() - begun} ms, ${asked} requests, ${doubled} twice\n`,
  );
}, 300_000);

test('A digest of tomorrow goes when its Pod does, and the Pod that follows tells nothing of it again', async () => {
  const digests: (readonly number[])[] = [];
  const endpoint: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      const { data } = JSON.parse(Buffer.concat(pieces).toString());
      const names = data.events.map((event: { subject: { name: string } }) => event.subject.name);
      digests.push(names.map((name: string) => Number(name.replace('server-', ''))));
      response.writeHead(200).end();
    });
  });
  await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
  const day = new Date(Date.now() - 3_600_000).toISOString().slice(11, 16);
  configure(
    `{name: own, http: {url: "${url}"}, allowInsecure: true, allowAddresses: [127.0.0.0/8]}`,
    `{name: daily, to: [own], events: [refused], digest: {timeZone: UTC, at: "${day}"}}`,
  );
  const first = await start('--send-at-end');
  append(refused(1), refused(2));
  const metric = async (text: string): Promise<void> =>
    soon(
      async () => expect(await (await fetch(`http://127.0.0.1:${first.healthPort}/metrics`)).text()).toContain(text),
      30_000,
    );
  await metric('chokepoint_recorder_shipped_lines_total{sink="notifications"} 2');
  // Another configuration is no end: the digest goes on being gathered.
  configure(
    `{name: own, http: {url: "${url}"}, allowInsecure: true, allowAddresses: [127.0.0.0/8]}`,
    `{name: daily, to: [own], events: [refused, opened], digest: {timeZone: UTC, at: "${day}"}}`,
  );
  await metric('chokepoint_reloads_total{what="recorder",result="good"} 1');
  expect(digests).toEqual([]);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  expect(digests).toEqual([[1, 2]]);
  const second = await start('--send-at-end');
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(digests).toEqual([[1, 2]]);
  endpoint.closeAllConnections();
  endpoint.close();
});

test('Debian’s Alertmanager has what is open, and not what is closed any more', async () => {
  const port = await freePort();
  writeFileSync(join(folder, 'alertmanager.yml'), 'route: {receiver: none}\nreceivers: [{name: none}]\n');
  const args = [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  running.push(spawn('prometheus-alertmanager', args, { stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}`;
  await soon(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200), 30_000);
  configure(
    `{name: am, alertmanager: {url: "${url}"}, allowInsecure: true, allowAddresses: [127.0.0.0/8]}`,
    '{name: open, to: [am], events: [opened, modeLowered], groupSeconds: 0, resolved: true}',
  );
  /** `NAME SEVERITY NAMESPACE/SERVER`, of what fires. */
  const firing = async (): Promise<readonly string[]> => {
    const alerts = (await (await fetch(`${url}/api/v2/alerts?active=true`)).json()) as readonly {
      readonly labels: Readonly<Record<string, string>>;
    }[];
    return alerts
      .map(({ labels }) => `${labels.alertname} ${labels.severity} ${labels.namespace}/${labels.name}`)
      .sort();
  };
  const finding = (rule: string): object => ({
    ...{ rule, messageId: 'a', level: 'deny', message: 'open' },
    subject: { kind: 'Deployment', namespace: 'tools', name: 'search' },
  });
  const at = (): { readonly time: string } => ({ time: new Date().toISOString() });
  const { child, ended } = await start();
  append(fields({ ...at(), seq: 1, decision: 'deny', findings: [finding('ingress-beyond-gateway')] }));
  await soon(async () => expect(await firing()).toEqual(['ChokepointServerOpen high tools/search']), 20_000);
  append(fields({ ...at(), seq: 2, change: ['update'], decision: 'deny', findings: [finding('host-network')] }));
  await soon(
    async () =>
      expect(await firing()).toEqual([
        'ChokepointServerOpen critical tools/search',
        'ChokepointServerOpen high tools/search',
      ]),
    20_000,
  );
  append(fields({ ...at(), seq: 3, change: ['update'] }));
  await soon(async () => expect(await firing()).toEqual([]), 20_000);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  const tried = await promisify(execFile)(
    process.execPath,
    [PROGRAM, 'notify', 'test', 'am', '--config', 'recorder.yaml'],
    { cwd: folder },
  );
  expect(tried.stdout).toBe('am answered: 200\n');
  expect(await firing()).toEqual(['ChokepointTest info undefined/am']);
});

test('What the recorder does is in its metrics, what is given up is listed, and waits again', async () => {
  let status = 410;
  const endpoint = createServer((_request, response) => void response.writeHead(status).end());
  await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
  writeFileSync(join(folder, 'url'), url);
  configure(
    `{name: chat, slack: {urlFile: "${join(folder, 'url')}"}, allowInsecure: true, allowAddresses: [127.0.0.0/8]}`,
    '{name: all, to: [chat], events: [refused], groupSeconds: 0}',
  );
  const { child, ended, healthPort } = await start();
  const metric = async (text: string): Promise<void> =>
    soon(
      async () => expect(await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text()).toContain(text),
      20_000,
    );
  append(refused(1));
  await metric('chokepoint_notify_dead_total{receiver="chat"} 1');
  await metric('chokepoint_notify_waiting_messages{receiver="chat"} 0');
  status = 200;
  const dead = ['notify', 'dead', '--record', 'record.jsonl'];
  const run = async (...more: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [PROGRAM, ...dead, ...more], { cwd: folder })).stdout;
  expect(await run()).toContain('answered 410\n1 message given up\n');
  await run('--send-again');
  await metric('chokepoint_notify_sent_total{receiver="chat"} 1');
  expect(await run()).toBe('0 messages given up\n');
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  endpoint.close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
