import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../control-plane/cluster.ts';
import { buildProgram, startWorkingGate } from '../e2e/gate.ts';
import { newScene, PODS, POLICIES, pathIn } from '../e2e/scene.ts';
import { pod } from '../e2e/servers.ts';
import { commandLine } from '../support/developer-command.ts';
import { LARGEST, TOO_MUCH_FOR_THE_API_SERVER } from './hostile-objects.ts';
import { reviewOf, send } from './hostile-senders.ts';
import { timesOf } from './percentile.ts';
import { SOAK_SPEC } from './places.ts';

/**
 * What an innocent review and /healthz take while somebody sends the largest object of one shape, over and over, straight to the webhook; and what that
 * object takes. See README.md.
 */

const { values } = commandLine({
  name: 'npm run soak:shapes',
  does: 'What an innocent review waits on a real API server beside the worst object of each shape.',
  options: { seconds: { value: 'N', means: 'how long with each shape', default: 4 } },
});
const MS = values.seconds * 1000;
const SENDERS = 2;
const EVERY_MS = 20;

buildProgram();
const cluster = await startCluster();
const gate = await startWorkingGate(cluster, 'shapes', SOAK_SPEC);
const target = { host: cluster.address.host, port: gate.process.port, ca: cluster.address.authority.cert };
const off = await newScene(cluster, 'off');
const { namespace } = await newScene(cluster, 'enforce');
const innocent = Buffer.from(JSON.stringify(reviewOf(Object(pod('innocent')), namespace)));

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** Calls again and again, until `end`. */
async function repeat(end: number, pauseMs: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  while (performance.now() < end) {
    times.push(await timed(work));
    await sleep(pauseMs);
  }
  return times;
}

const healthz = (): Promise<unknown> =>
  fetch(`http://${target.host}:${gate.process.healthPort}/healthz`).then(answer => answer.text());

async function askInnocently(): Promise<void> {
  const { text, status } = await send(target, innocent);
  if (status !== 200 || !text.includes('"allowed":true'))
    process.stdout.write(`innocent: ${status} ${text.slice(0, 200)}\n`);
}

async function beside(what: string, body: Buffer | undefined): Promise<void> {
  const end = performance.now() + MS;
  const said = new Set<string>();
  const hostile = async (): Promise<void> => {
    if (body === undefined) return;
    const { status, text } = await send(target, body, { ms: 60_000 });
    said.add(
      `${status} ${/"allowed":(true|false)/.exec(text)?.[1] ?? text.slice(0, 60)}${text.includes('too large') ? ' too large' : ''}`,
    );
  };
  const [reviews, probes, ...own] = await Promise.all([
    repeat(end, EVERY_MS, askInnocently),
    repeat(end, EVERY_MS, healthz),
    ...Array.from({ length: body === undefined ? 0 : SENDERS }, () => repeat(end, 0, hostile)),
  ]);
  const [innocents, health, itself] = [reviews, probes, own.flat()].map(times => timesOf(times));
  const cell = (value: number | undefined): string => String(Math.round(value ?? 0)).padStart(6);
  process.stdout.write(
    `${what.padEnd(52)}${cell(innocents?.p50)}${cell(innocents?.p99)}${cell(innocents?.max)} |${cell(health?.p99)}${cell(health?.max)} |${cell(itself?.p50)}${cell(itself?.max)}  ${[...said].join(', ')}\n`,
  );
}

/** What the API server alone takes for the object, in a namespace that the gate is not asked about. */
async function withoutGate(object: ReturnType<(typeof LARGEST)[number][1]>): Promise<string> {
  const collection = { NetworkPolicy: POLICIES, Pod: PODS }[String(object.kind)] ?? 'apis/apps/v1/deployments';
  const metadata = { name: 'large' };
  const ms = await timed(() =>
    cluster
      .request(
        'POST',
        pathIn(off.namespace, `${collection}?dryRun=All`),
        { ...object, metadata },
        { timeoutMs: 60_000 },
      )
      .catch(() => undefined),
  );
  return `${Math.round(ms)} ms`;
}

try {
  process.stdout.write(`${new Date().toISOString()}, ${SENDERS} senders, ms\n`);
  process.stdout.write(
    `${''.padEnd(52)}${['p50', 'p99', 'max'].map(name => name.padStart(6)).join('')} |   p99   max |   p50   max\n`,
  );
  await beside('nothing', undefined);
  for (const [what, make] of LARGEST) {
    const object = make();
    await beside(what, Buffer.from(JSON.stringify(reviewOf(object, namespace))));
    process.stdout.write(
      `    the API server alone: ${await withoutGate(object)}${TOO_MUCH_FOR_THE_API_SERVER.has(what) ? ' (left out of the soak)' : ''}\n`,
    );
  }
} finally {
  await gate.close();
  await cluster.stop();
}
