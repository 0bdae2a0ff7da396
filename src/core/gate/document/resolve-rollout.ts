import { addDays } from '../../calendar.ts';
import { decodeSelector } from '../../kube/decode-selector.ts';
import { type At, at, type Fields, own, type Reading } from '../../kube/reading.ts';
import type { Rollout } from '../types.ts';
import { readDate } from './read-fields.ts';

/** From the first day, inclusive, for so many days: the last of them is the last day of audit. */
function readTimedAudit(fields: Fields, place: At, reading: Reading): Omit<Rollout, 'namespaces'> {
  const start = readDate(fields, 'start', place, reading);
  const days = reading.integer(fields, 'auditDays', place);
  return { start, enforceAfter: (days !== undefined && addDays(start, days - 1)) || '' };
}

/** `spec.rollout`: either the last day of audit (`enforceAfter`), or its first day and length (`start`, `auditDays`). */
export function resolveRollout(spec: Fields, up: At, reading: Reading): Rollout | undefined {
  const fields = reading.object(spec, 'rollout', up);
  if (fields === undefined) return undefined;
  const place = at(up, 'rollout');
  const isFixed = own(fields, 'enforceAfter') !== undefined;
  const isTimed = own(fields, 'start') !== undefined || own(fields, 'auditDays') !== undefined;
  const namespaces = reading.object(fields, 'namespaces', place);
  const selector = namespaces === undefined ? [] : decodeSelector(namespaces, at(place, 'namespaces'), reading);
  if (isFixed === isTimed) {
    reading.error('invalid-rollout', place, 'needs either enforceAfter, or start and auditDays, and not both');
    return { start: undefined, enforceAfter: '', namespaces: selector };
  }
  const dates = isTimed
    ? readTimedAudit(fields, place, reading)
    : { start: undefined, enforceAfter: readDate(fields, 'enforceAfter', place, reading) };
  return { ...dates, namespaces: selector };
}
