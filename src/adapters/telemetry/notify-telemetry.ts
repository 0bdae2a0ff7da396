import { Counter, Gauge, type Registry } from 'prom-client';
import type { NotifyTelemetry } from '../../app/notify/ports.ts';
import type { Log } from './log.ts';

/** Failures of a receiver that follow one another are told once, and then each tenth. */
const TOLD_EACH = 10;

/** What notifications tell, of each receiver by its name in the configuration. `waiting`: messages that one has not taken yet. */
export function createNotifyTelemetry(
  { logger }: Pick<Log, 'logger'>,
  registry: Registry,
  receivers: readonly string[],
  waiting: (receiver: string) => number,
): Omit<NotifyTelemetry, 'bug'> {
  const registers = [registry];
  const labelNames = ['receiver'] as const;
  const counter = (name: string, help: string): Counter<'receiver'> => {
    const made = new Counter({ name, help, labelNames, registers });
    for (const receiver of receivers) made.inc({ receiver }, 0);
    return made;
  };
  const sent = counter('chokepoint_notify_sent_total', 'Messages that a receiver has taken.');
  const failures = counter('chokepoint_notify_failures_total', 'Attempts to send that failed and are made again.');
  const dead = counter('chokepoint_notify_dead_total', 'Messages that were given up: dead letters.');
  new Gauge({
    name: 'chokepoint_notify_waiting_messages',
    help: 'Messages that a receiver has not taken yet.',
    labelNames,
    registers,
    collect() {
      for (const receiver of receivers) this.set({ receiver }, waiting(receiver));
    },
  });
  const inARow = new Map<string, number>();
  return {
    sent: receiver => {
      sent.inc({ receiver });
      if (inARow.delete(receiver)) logger.info({ receiver }, 'notifying again');
    },
    failed: (receiver, error, delayMs) => {
      failures.inc({ receiver });
      const count = (inARow.get(receiver) ?? 0) + 1;
      inARow.set(receiver, count);
      if (count % TOLD_EACH === 1) logger.warn({ receiver, err: error, delayMs: Math.round(delayMs) }, 'not notified');
    },
    dead: (receiver, id, error) => {
      dead.inc({ receiver });
      logger.error({ receiver, message: id, err: error }, 'a notification was given up');
    },
  };
}
