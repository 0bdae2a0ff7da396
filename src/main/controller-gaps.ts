import type { Registry } from 'prom-client';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createGapTelemetry } from '../adapters/telemetry/gap-telemetry.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createGapKeeper, type GapKeeper, type GapPorts } from '../app/cidrs/keep-gaps.ts';
import type { ControllerTelemetry } from '../app/controller/ports.ts';
import type { WatchedCluster } from './cluster.ts';

export interface GapWiring extends Pick<GapPorts, 'world' | 'policy'> {
  readonly cluster: Pick<WatchedCluster, 'networks'>;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
  readonly telemetry: Pick<ControllerTelemetry, 'bug'>;
}

/** The keeper of what is in use outside the configured ranges. */
export const keepGaps = ({ cluster, log, registry, telemetry, ...ports }: GapWiring): GapKeeper =>
  createGapKeeper({
    ...ports,
    time: SYSTEM_TIME,
    facts: cluster.networks.facts,
    told: createGapTelemetry(log, registry),
    onBug: error => telemetry.bug('', error),
  });
