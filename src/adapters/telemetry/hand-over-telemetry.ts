import type { Registry } from 'prom-client';
import { addGauges } from './gauges.ts';
import type { Log } from './log.ts';

/** Tells by whom notifications are made of a record: by a controller that asks for its lines, or by the recorder beside it. */
export function createHandOverTelemetry(
  { logger }: Pick<Log, 'logger'>,
  registry: Registry,
): { asked(isAsked: boolean): void } {
  let isHandedOver = false;
  const texts = {
    isHandedOver: ['chokepoint_notify_handed_over', '1 while a controller asks for the lines that are to be told.'],
  } as const;
  addGauges(registry, texts, { isHandedOver: () => isHandedOver });
  return {
    asked: isAsked => {
      isHandedOver = isAsked;
      if (isAsked) logger.info('a controller asks for what is to be told: it notifies for all recorders together');
      else logger.info('no controller asks for what is to be told: this recorder notifies by itself');
    },
  };
}

/** What a controller tells of the lines that it gathers from Pods of the webhook. */
export interface CollectorTelemetry {
  collected(failed: ReadonlyMap<string, unknown>): void;
  nothingKept(error: unknown): void;
}

export function createCollectorTelemetry({ logger }: Pick<Log, 'logger'>, registry: Registry): CollectorTelemetry {
  let failedPods = 0;
  /** By Pod, that they are told once. */
  let told: ReadonlyMap<string, string> = new Map();
  let isKept = true;
  const texts = {
    failedPods: [
      'chokepoint_notify_uncollected_pods',
      'Pods of the webhook that do not hand over what is to be told: they notify by themselves.',
    ],
  } as const;
  addGauges(registry, texts, { failedPods: () => failedPods });
  return {
    collected: failed => {
      const reasons = new Map([...failed].map(([pod, error]) => [pod, String(error)] as const));
      for (const [pod, reason] of reasons)
        if (told.get(pod) !== reason) logger.warn({ pod, reason }, 'a Pod of the webhook notifies by itself');
      told = reasons;
      failedPods = reasons.size;
      isKept = true;
    },
    nothingKept: error => {
      if (isKept)
        logger.info({ reason: String(error) }, 'no recorder beside this controller notifies: those of the webhook do');
      isKept = false;
    },
  };
}
