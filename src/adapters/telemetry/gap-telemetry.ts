import { Gauge, type Registry } from 'prom-client';
import { gapText, type RangeGap } from '../../app/report/range-gaps.ts';
import { NETWORK_CLASSES } from '../../core/gate/types.ts';
import type { Log } from './log.ts';

/** A gauge for each class of networks, and a log line whenever what is outside the ranges is another than before. */
export function createGapTelemetry(
  { logger }: Pick<Log, 'logger'>,
  registry: Registry,
): (gaps: readonly RangeGap[]) => void {
  const outside = new Gauge({
    name: 'chokepoint_controller_blocks_outside_ranges',
    help: 'Blocks of addresses in use that no protected network holds, by the class that lacks them.',
    labelNames: ['class'],
    registers: [registry],
  });
  let last = '';
  return gaps => {
    for (const name of NETWORK_CLASSES)
      outside.set({ class: name }, gaps.find(gap => gap.class === name)?.blocks.length ?? 0);
    const texts = gaps.map(gapText);
    if (texts.join() === last) return;
    last = texts.join();
    for (const problem of texts) logger.warn({ problem }, 'range-incomplete');
  };
}
