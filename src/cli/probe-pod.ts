import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from '../adapters/probe/connect.ts';
import { listen } from '../adapters/probe/listen.ts';
import { ATTEMPT_MS, type Attempts, ROUND_MS, ROUNDS } from '../app/probe/attempts.ts';

/** Where a kubelet reads what a container has to say at its end (core/v1 Container.terminationMessagePath). */
const MESSAGE_FILE = '/dev/termination-log';

/** One end that is tried. */
interface TriedEnd {
  readonly address: string;
  readonly port: number;
  /** Whoever takes the connection is the one that is meant; else a target of the probe, which greets. */
  readonly isAnybody: boolean;
}

/** All attempts at these ends, in rounds that begin one after the other at a fixed distance. */
async function attemptAll(ends: readonly TriedEnd[]): Promise<Attempts> {
  const rounds: Promise<readonly string[]>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await sleep(ROUND_MS);
    rounds.push(Promise.all(ends.map(({ address, port, isAnybody }) => attempt(address, port, ATTEMPT_MS, isAnybody))));
  }
  const results = await Promise.all(rounds);
  return ends.map((_, index) => results.map(round => round[index] ?? '').join(''));
}

/** Ends with 0 whatever was seen. */
async function tell(ends: readonly TriedEnd[]): Promise<number> {
  writeFileSync(MESSAGE_FILE, JSON.stringify(await attemptAll(ends)));
  return 0;
}

/** `probe-pod listen PORT…`: what a target of a probe runs. Ends only with the Pod. */
export const runProbeTarget = (ports: readonly number[]): Promise<never> => listen(ports);

/** `probe-pod connect PORT ADDRESS…`: what a client of a probe runs. */
export const runProbeClient = (port: number, addresses: readonly string[]): Promise<number> =>
  tell(addresses.map(address => ({ address, port, isAnybody: false })));

/** `probe-pod connect-each 'ADDRESS PORT[ any]'…`: what a client runs that connects to several ports. */
export const runProbeClientOfEach = (ends: readonly string[]): Promise<number> =>
  tell(
    ends.map(end => {
      const [address = '', port = '', who = ''] = end.split(' ');
      return { address, port: Number(port), isAnybody: who === 'any' };
    }),
  );
