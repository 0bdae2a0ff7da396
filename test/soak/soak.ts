import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../control-plane/connection.ts';
import { startWorkingGate } from '../e2e/gate.ts';
import { ROUTE_KINDS, serveKinds } from '../e2e/served-kinds.ts';
import { deleteNamespaces } from '../e2e/shared-cluster.ts';
import { createRandom } from '../support/random.ts';
import { type Attack, startAttack } from './attack.ts';
import { startHostileSenders } from './hostile-senders.ts';
import { type Memory, watchMemory } from './memory.ts';
import { type OrdinaryRecord, startOrdinaryLoad } from './ordinary-load.ts';
import { newPlaces, SOAK_SPEC } from './places.ts';

export interface SoakOptions {
  /** Of the load; what is under way then ends. */
  readonly seconds: number;
  /** Of the attacker's choices. */
  readonly seed: number;
  /** Between two calls of one of the four ordinary users. */
  readonly everyMs?: number;
}

export interface Soak {
  readonly seed: number;
  readonly started: Date;
  readonly seconds: number;
  readonly attack: Attack;
  readonly ordinary: readonly OrdinaryRecord[];
  /** By what went straight to the webhook's port. */
  readonly sent: ReadonlyMap<string, number>;
  readonly memory: { readonly webhook: Memory; readonly controller: Memory };
  /** Of the processes that should have gone on. */
  readonly ended: readonly string[];
  /** Lines of the logs that speak of an error of ours. */
  readonly bugs: readonly string[];
}

const EVERYTHING = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const EVERY_MS = 250;

/** The gate as it is shipped, with its controller, under ordinary work and attacks at once, for so many seconds. */
export async function soak(cluster: Connection, { seconds, seed, everyMs = EVERY_MS }: SoakOptions): Promise<Soak> {
  const run = randomBytes(4).toString('hex');
  const started = new Date();
  const takeKindsAway = await serveKinds(cluster, ROUTE_KINDS);
  const gate = await startWorkingGate(cluster, `soak-${run}`, SOAK_SPEC);
  try {
    const controller = await gate.startController();
    const places = await newPlaces(cluster);
    const { request: attacker } = await cluster.user(`mallory-${run}`, { rules: EVERYTHING });
    const { host, authority } = cluster.address;
    const target = { host, port: gate.process.port, ca: authority.cert };
    let next = seed;
    const random = () => createRandom(next++ * 1000);
    const memory = {
      webhook: watchMemory(gate.process.program.pid()),
      controller: watchMemory(controller.program.pid()),
    };
    const ordinary = startOrdinaryLoad({ address: cluster.address, places: places.shared, everyMs, run });
    const attack = startAttack({ cluster, attacker, places, random });
    const senders = startHostileSenders(target, random());
    await sleep(seconds * 1000);
    const [attacked, sent, records] = await Promise.all([attack.stop(), senders.stop(), ordinary.stop()]);
    const programs = [gate.process.program, controller.program];
    const result: Soak = {
      ...{ seed, started, attack: attacked, ordinary: records, sent },
      seconds: (Date.now() - started.getTime()) / 1000,
      memory: { webhook: memory.webhook(), controller: memory.controller() },
      ended: programs.flatMap(program => program.ended() ?? []),
      bugs: programs.flatMap(program => program.log().match(/.*("msg":"bug"|this is a bug).*/g) ?? []),
    };
    await deleteNamespaces(
      cluster,
      [...places.shared, places.alone].map(({ namespace }) => namespace),
    );
    return result;
  } finally {
    await gate.close();
    await takeKindsAway();
  }
}
