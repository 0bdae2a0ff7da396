import type { Mode } from '../../core/gate/types.ts';
import type { RememberedNamespace, ReportedServer } from './check-report.ts';

/** `2026-10-28, 30 days`. `since`: RFC 3339; `undefined` where either is not known. */
export const sinceText = (since: string | undefined, days: number | undefined): string | undefined =>
  since === undefined || days === undefined
    ? undefined
    : `${since.slice(0, 10)}, ${days} ${days === 1 ? 'day' : 'days'}`;

/** `mode audit since 2026-10-28, off before`; `undefined`: none is known. Modes are oldest first. */
export function modeText(modes: readonly { readonly mode: Mode; readonly since: string }[]): string | undefined {
  const [now, before] = modes.toReversed();
  if (now === undefined) return undefined;
  return `mode ${now.mode} since ${now.since.slice(0, 10)}${before === undefined ? '' : `, ${before.mode} before`}`;
}

/** `judged since 2026-10-28, 30 days; mode audit since …`: what is remembered of a server; empty: nothing. */
export function judgedText(
  { namespace, judgedSince, judgedDays }: ReportedServer,
  remembered: readonly RememberedNamespace[],
): string {
  const since = sinceText(judgedSince, judgedDays);
  const known = remembered.find(one => one.namespace === namespace);
  const mode = known && modeText(known.modes);
  return [since && `judged since ${since}`, mode].flatMap(text => text ?? []).join('; ');
}
