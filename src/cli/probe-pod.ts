import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from '../adapters/probe/connect.ts';
import { listen } from '../adapters/probe/listen.ts';
import { ATTEMPT_MS, type Attempts, ROUND_MS, ROUNDS } from '../app/probe/attempts.ts';

/** Where a kubelet reads what a container has to say at its end (core/v1 Container.terminationMessagePath). */
const MESSAGE_FILE = '/dev/termination-log';

/** All attempts at these addresses, in rounds that begin one after the other at a fixed distance. */
async function attemptAll(port: number, addresses: readonly string[]): Promise<Attempts> {
  const rounds: Promise<readonly string[]>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await sleep(ROUND_MS);
    rounds.push(Promise.all(addresses.map(address => attempt(address, port, ATTEMPT_MS))));
  }
  const results = await Promise.all(rounds);
  return addresses.map((_, index) => results.map(round => round[index] ?? '').join(''));
}

/** `probe-pod listen PORT`: what a target of a probe runs. Ends only with the Pod. */
export const runProbeTarget = (port: number): Promise<never> => listen(port);

/** `probe-pod connect PORT ADDRESS…`: what a client of a probe runs. Ends with 0 whatever it saw. */
export async function runProbeClient(port: number, addresses: readonly string[]): Promise<number> {
  writeFileSync(MESSAGE_FILE, JSON.stringify(await attemptAll(port, addresses)));
  return 0;
}
