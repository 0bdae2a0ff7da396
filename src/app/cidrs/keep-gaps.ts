import type { NetworkFacts } from '../../core/gate/discover-networks.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { World } from '../../core/world/world.ts';
import { podAddresses, toldAddresses } from '../report/addresses-in-use.ts';
import { createGapSearch, type RangeGap } from '../report/range-gaps.ts';
import { inSlices, pause, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';

/** Milliseconds between two looks: Nodes are read as often. */
const EVERY_MS = 60_000;

/** What the keeper needs from outside. */
export interface GapPorts {
  readonly time: Time;
  world(): WorldReading;
  /** As it holds today, with what the cluster tells of the classes that it does not give. */
  policy(): GatePolicy;
  /** What Nodes, ServiceCIDRs and API servers told last. */
  facts(): NetworkFacts;
  /** Told after each look, and of no gap when the term ends. Must not throw. */
  told(gaps: readonly RangeGap[]): void;
  /** Told of an error of ours. Must not throw. */
  onBug(error: unknown): void;
}

/** Holds the addresses in use against the configured ranges while this process leads. */
export interface GapKeeper {
  /** Looks every minute until the term ends. */
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
  /** What the last look of this term found; empty before it, and where this process does not lead. */
  gaps(): readonly RangeGap[];
}

/** `undefined`: the term has ended meanwhile. */
async function lookOnce(
  world: World,
  { time, policy, facts }: GapPorts,
  term: AbortSignal,
): Promise<readonly RangeGap[] | undefined> {
  const search = createGapSearch(policy().protectedNetworks);
  for (const observed of toldAddresses(facts())) search.see(observed);
  for await (const observed of inSlices(podAddresses(world), time, term)) {
    if (term.aborted) return undefined;
    // Those of Nodes are told already.
    if (observed.class === 'pods') search.see(observed);
  }
  return term.aborted ? undefined : search.found();
}

export function createGapKeeper(ports: GapPorts): GapKeeper {
  let running: Promise<void> = Promise.resolve();
  let known: readonly RangeGap[] = [];

  const tell = (gaps: readonly RangeGap[]): void => {
    known = gaps;
    ports.told(gaps);
  };

  const look = async (term: AbortSignal): Promise<void> => {
    const reading = ports.world();
    if (reading.kind !== 'ready') return;
    const gaps = await lookOnce(reading.world, ports, term);
    if (gaps !== undefined) tell(gaps);
  };

  const keep = async (term: AbortSignal): Promise<void> => {
    while (!term.aborted) {
      await look(term).catch(ports.onBug);
      await pause(ports.time, EVERY_MS, term);
    }
    tell([]);
  };

  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    stopped: () => running,
    gaps: () => known,
  };
}
