import { dayAt, daysFrom } from '../../core/calendar.ts';
import type { Mode, RolloutSchedule } from '../../core/gate/types.ts';
import { daysAfter, laterDay } from './days.ts';
import type { NamespaceRecord } from './state.ts';

/** The stage that comes next, and when. */
export interface NextStage {
  readonly stage: 'warn' | 'enforce';
  /** The first day on which it may begin. */
  readonly from: string;
  /** The day on which the stage of now began, by which days are counted; later than today where it has yet to begin. */
  readonly began: string;
}

interface StageDays {
  readonly began: string;
  /** `undefined`: there is no warn. */
  readonly warnFrom: string | undefined;
  readonly enforceFrom: string;
}

/** A namespace that is first seen after the start has its days of audit all the same: nobody has looked at it before. */
function stageDays(schedule: RolloutSchedule, firstDay: string): StageDays {
  if (schedule.kind === 'dates') return { began: firstDay, ...schedule };
  const { start = firstDay, auditDays, warnDays } = schedule;
  const began = laterDay(start, firstDay);
  const auditEnds = daysAfter(began, auditDays);
  return {
    began,
    warnFrom: warnDays === 0 ? undefined : auditEnds,
    enforceFrom: daysAfter(auditEnds, warnDays),
  };
}

/**
 * What comes after the stage of a namespace; `undefined` after enforce, and after off. Warn lasts as many days as it is planned for, however late it
 * began: after a downtime nobody comes to enforce who has not been warned.
 */
export function nextStage(
  schedule: RolloutSchedule,
  { firstDay, stage, since }: Pick<NamespaceRecord, 'firstDay' | 'stage' | 'since'>,
): NextStage | undefined {
  const { began, warnFrom, enforceFrom } = stageDays(schedule, firstDay);
  const after: Readonly<Record<Mode, () => NextStage | undefined>> = {
    off: () => undefined,
    audit: () =>
      warnFrom === undefined
        ? { stage: 'enforce', from: enforceFrom, began }
        : { stage: 'warn', from: warnFrom, began },
    warn: () => {
      const warned = dayAt(Date.parse(since));
      const days = warnFrom === undefined ? 0 : daysFrom(warnFrom, enforceFrom);
      return { stage: 'enforce', from: laterDay(enforceFrom, daysAfter(warned, days)), began: warned };
    },
    enforce: () => undefined,
  };
  return after[stage]();
}
