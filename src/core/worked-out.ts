import type { Workload } from './kube/types.ts';
import type { EffectiveTraffic } from './netpol/effective.ts';
import { type ChangedWorlds, changedWorlds } from './world/changed-worlds.ts';
import type { Change, World } from './world/world.ts';

/** Traffic that is kept: that of the servers that are told of a change, before it and after. */
const MAX_KEPT = 100;

/** The traffic of servers as it was worked out to judge them, by the state of the cluster and the server: that of the first ones. What is not known is taken to open. */
export class JudgedTraffic {
  readonly #known = new Map<World, Map<Workload, EffectiveTraffic>>();
  #left = MAX_KEPT;

  keep(world: World, subject: Workload, traffic: EffectiveTraffic): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    const known = this.#known.get(world) ?? new Map<Workload, EffectiveTraffic>();
    this.#known.set(world, known.set(subject, traffic));
  }

  of(world: World, subject: Workload): EffectiveTraffic | undefined {
    return this.#known.get(world)?.get(subject);
  }
}

/** What a judgement of a change works out that whoever tells of the change needs again. */
export interface WorkedOut {
  readonly worlds: ChangedWorlds;
  readonly traffic: JudgedTraffic;
}

export const workedOut = (world: World, change: Change): WorkedOut => ({
  worlds: changedWorlds(world, change),
  traffic: new JudgedTraffic(),
});
