import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, type TriedEnd } from '../adapters/probe/connect.ts';
import { listen } from '../adapters/probe/listen.ts';
import { ATTEMPT_MS, type Attempts, ROUND_MS, ROUNDS, readPort } from '../app/probe/attempts.ts';

/** Where a kubelet reads what a container has to say at its end (core/v1 Container.terminationMessagePath). */
const MESSAGE_FILE = '/dev/termination-log';

/** All attempts at these ends, in rounds that begin one after the other at a fixed distance. */
async function attemptAll(ends: readonly TriedEnd[]): Promise<Attempts> {
  const rounds: Promise<readonly string[]>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await sleep(ROUND_MS);
    rounds.push(Promise.all(ends.map(end => attempt(end, ATTEMPT_MS))));
  }
  const results = await Promise.all(rounds);
  return ends.map((_, index) => results.map(round => round[index] ?? '').join(''));
}

/** Ends with 0 whatever was seen. */
async function tell(ends: readonly TriedEnd[]): Promise<number> {
  writeFileSync(MESSAGE_FILE, JSON.stringify(await attemptAll(ends)));
  return 0;
}

/** `probe-pod listen PORT[/PROTOCOL]…`: what a target of a probe runs. Ends only with the Pod. */
export const runProbeTarget = (ports: readonly string[]): Promise<never> => listen(ports.map(readPort));

/** `probe-pod connect PORT ADDRESS…`: what a client of a probe runs. */
export const runProbeClient = (port: number, addresses: readonly string[]): Promise<number> =>
  tell(addresses.map(address => ({ address, port, protocol: 'TCP', isAnybody: false })));

/** `probe-pod connect-each 'ADDRESS PORT[/PROTOCOL][ any]'…`: what a client runs that connects to several ports. */
export const runProbeClientOfEach = (ends: readonly string[]): Promise<number> =>
  tell(
    ends.map(end => {
      const [address = '', text = '', who = ''] = end.split(' ');
      const { number: port, protocol } = readPort(text);
      return { address, port, protocol, isAnybody: who === 'any' };
    }),
  );
