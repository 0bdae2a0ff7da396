import { Counter, type Registry } from 'prom-client';
import type { Witnessed, WitnessPod, WitnessStatus } from '../../app/witness/keep.ts';
import type { UnwitnessedChange } from '../../app/witness/tell.ts';
import { addGauges } from './gauges.ts';
import type { Log } from './log.ts';

/** Takes notes of what is compared with the record of the webhook; never throws and never waits. */
export interface WitnessTelemetry {
  count(witnessed: Witnessed): void;
  unwitnessed(change: UnwitnessedChange): void;
  looked(status: WitnessStatus): void;
  unread(pod: WitnessPod, reason: string): void;
}

const OUTCOMES: readonly Witnessed[] = ['recorded', 'own', 'unwitnessed', 'not-asked', 'not-compared'];

/** Counts changes, and a log line for those that nothing explains, and whenever the comparison begins, ends or fails otherwise than before. */
export function createWitnessTelemetry({ logger }: Pick<Log, 'logger'>, registry: Registry): WitnessTelemetry {
  const changes = new Counter({
    name: 'chokepoint_witness_changes_total',
    help: 'Changes that the watch saw, by what the record of the webhook tells of them.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of OUTCOMES) changes.inc({ outcome }, 0);
  let status: WitnessStatus = { isOn: false, unreadPods: 0 };
  const reasons = new Map<string, string>();
  addGauges(
    registry,
    {
      isOn: ['chokepoint_witness_on', '1 while this process compares what it sees with the record of the webhook.'],
      unreadPods: ['chokepoint_witness_unread_pods', 'Pods of the webhook that do not tell what they put on record.'],
    },
    { isOn: () => status.isOn, unreadPods: () => status.unreadPods },
  );
  return {
    count: outcome => changes.inc({ outcome }),
    unwitnessed: ({ operation, object, servers }) => logger.warn({ operation, object, servers }, 'unwitnessed'),
    looked: now => {
      if (now.isOn !== status.isOn) logger.info({ ...now }, 'comparing with the record of the webhook');
      if (now.unreadPods === 0) reasons.clear();
      status = now;
    },
    unread: ({ pod, address }, reason) => {
      if (reasons.get(pod) === reason) return;
      reasons.set(pod, reason);
      logger.warn({ address, reason }, 'what a Pod of the webhook put on record cannot be read');
    },
  };
}
