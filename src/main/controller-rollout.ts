import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import { createRolloutStore } from '../adapters/kubernetes/writes/rollout-store.ts';
import { createRolloutWriter } from '../adapters/kubernetes/writes/rollout-writer.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createRolloutMetrics } from '../adapters/telemetry/rollout-metrics.ts';
import { createRolloutTelemetry } from '../adapters/telemetry/rollout-telemetry.ts';
import { createRolloutKeeper, type RolloutKeeper, type RolloutPorts } from '../app/rollout/keep.ts';
import type { TellAction } from '../app/rollout/ports.ts';

export interface RolloutWiring extends Pick<RolloutPorts, 'world' | 'policy' | 'isLeader'> {
  readonly client: Client;
  /** The gate's own. */
  readonly namespace: string;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
  /** Told beside people of what came about. Absent: nobody is. */
  readonly onTold?: ((action: TellAction) => void) | undefined;
}

/** What days are counted by. */
export interface RolloutClock extends Pick<RolloutPorts, 'nowMs'> {
  /** Milliseconds between two looks; absent: what stages of days need. */
  readonly everyMs?: number;
}

/** The keeper of the rollouts of a cluster. */
export function keepRollouts(
  { client, namespace, log, registry, world, policy, isLeader, onTold }: RolloutWiring,
  clock: RolloutClock = { nowMs: Date.now },
): RolloutKeeper {
  const telemetry = createRolloutTelemetry(log, createRolloutMetrics(registry));
  return createRolloutKeeper({
    ...clock,
    world,
    policy,
    isLeader,
    time: SYSTEM_TIME,
    ownNamespace: namespace,
    store: createRolloutStore(client, SYSTEM_TIME, namespace),
    writer: createRolloutWriter(client, SYSTEM_TIME, { instance: hostname(), nowMs: Date.now }),
    telemetry: {
      ...telemetry,
      told: (action, isWritten) => {
        telemetry.told(action, isWritten);
        onTold?.(action);
      },
    },
  });
}
