import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Request } from '../control-plane/client.ts';
import { connect } from '../control-plane/connection.ts';
import { callsOf, type OrdinaryCall } from './ordinary-calls.ts';
import type { OrdinaryRecord, OrdinaryWork } from './ordinary-load.ts';
import type { Place } from './places.ts';

/** Whoever works while the soak runs, in a thread of their own, so that what the attacker prepares delays nobody. */

const { address, places, everyMs, run } = workerData as OrdinaryWork;
const EVERYTHING = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];

const records: OrdinaryRecord[] = [];
let isStopped = false;

/** Whether it passed. */
async function make({ what, send }: OrdinaryCall, { purpose }: Place): Promise<boolean> {
  const start = performance.now();
  const done = (status: number, message: string): boolean => {
    records.push({ what, purpose, ms: performance.now() - start, status, message });
    return status >= 200 && status < 300;
  };
  try {
    const { status, body } = await send();
    return done(status, status < 300 ? '' : String(body?.message ?? JSON.stringify(body)).slice(0, 1000));
  } catch (error) {
    return done(0, String(error));
  }
}

/** One call each `everyMs`, or as soon as the last is answered where that is later. Resolves to whether all passed: where one does not, the rest is not tried. */
async function makeAll(calls: readonly OrdinaryCall[], place: Place): Promise<boolean> {
  for (const call of calls) {
    const next = sleep(everyMs);
    const isPassed = await make(call, place);
    await next;
    if (!isPassed) return false;
  }
  return true;
}

/** Whole turns: nothing of a user is left but his last policies, and what a failure left. */
async function work(request: Request, place: Place, user: string): Promise<void> {
  const whole: number[] = [];
  for (let turn = 0; !isStopped; turn += 1) {
    const past = whole.length > 1 ? whole.shift() : undefined;
    if (await makeAll(callsOf(request, place, user, turn, past), place)) whole.push(turn);
  }
}

const cluster = connect(address);
parentPort?.once('message', () => {
  isStopped = true;
});
const users = await Promise.all(
  places.map(({ purpose }) => cluster.user(`${purpose}-${run}`, { rules: EVERYTHING }).then(user => user.request)),
);
await Promise.all(
  places.flatMap((place, index) => {
    const request = users[index];
    return request ? [work(request, place, place.purpose)] : [];
  }),
);
cluster.close();
parentPort?.postMessage(records);
