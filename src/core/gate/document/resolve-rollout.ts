import { decodeSelector } from '../../kube/decode-selector.ts';
import { type At, at, type Fields, own, pathText, type Reading } from '../../kube/reading.ts';
import { AT_DATE, ROLLOUT_APPLY, type Rollout, type RolloutSchedule } from '../types.ts';
import { readDate, readObjects, readOneOf, readText } from './read-fields.ts';

/** What the seed of this gate asks for: a month of audit, and a week in which nothing was found. */
const AUDIT_DAYS = 30;
const CLEAN_DAYS = 7;

const COUNTED = ['start', 'auditDays', 'warnDays'];

function readDates(fields: Fields, place: At, reading: Reading): RolloutSchedule {
  const counted = COUNTED.filter(key => own(fields, key) !== undefined);
  if (counted.length > 0) {
    const message = `needs either enforceFrom or ${counted.join(' and ')}, not both`;
    reading.error('invalid-rollout', place, message);
  }
  const enforceFrom = readDate(fields, 'enforceFrom', place, reading);
  const warnFrom = own(fields, 'warnFrom') === undefined ? undefined : readDate(fields, 'warnFrom', place, reading);
  if (warnFrom !== undefined && warnFrom >= enforceFrom)
    reading.error('invalid-rollout', at(place, 'warnFrom'), `must be a day before enforceFrom, ${enforceFrom}`);
  return { kind: 'dates', warnFrom, enforceFrom };
}

function readSchedule(fields: Fields, place: At, reading: Reading): RolloutSchedule {
  if (own(fields, 'enforceFrom') !== undefined) return readDates(fields, place, reading);
  if (own(fields, 'warnFrom') !== undefined)
    reading.error('invalid-rollout', at(place, 'warnFrom'), 'needs enforceFrom; without it, warnDays says how long');
  return {
    kind: 'days',
    start: own(fields, 'start') === undefined ? undefined : readDate(fields, 'start', place, reading),
    auditDays: reading.integer(fields, 'auditDays', place) ?? AUDIT_DAYS,
    warnDays: reading.integer(fields, 'warnDays', place) ?? 0,
  };
}

function readReadiness(fields: Fields, up: At, reading: Reading): Rollout['readyWhen'] {
  const ready = reading.object(fields, 'readyWhen', up) ?? {};
  const place = at(up, 'readyWhen');
  return {
    cleanDays: reading.integer(ready, 'cleanDays', place) ?? CLEAN_DAYS,
    openFindings: reading.integer(ready, 'openFindings', place) ?? 0,
  };
}

function readRollout(fields: Fields, place: At, reading: Reading): Rollout {
  const namespaces = reading.object(fields, 'namespaces', place);
  return {
    name: readText(fields, 'name', place, reading),
    namespaces: namespaces === undefined ? [] : decodeSelector(namespaces, at(place, 'namespaces'), reading),
    schedule: readSchedule(fields, place, reading),
    readyWhen: readReadiness(fields, place, reading),
    atDate: readOneOf(fields, 'atDate', place, AT_DATE, reading) ?? 'hold',
    apply: readOneOf(fields, 'apply', place, ROLLOUT_APPLY, reading) ?? 'label',
  };
}

/** `spec.rollout`: each entry with a name of its own, and either the days of its stages or the dates. */
export function resolveRollout(spec: Fields, up: At, reading: Reading): readonly Rollout[] {
  const seen = new Map<string, At>();
  return readObjects(spec, 'rollout', up, reading).map(({ fields, place }) => {
    const rollout = readRollout(fields, place, reading);
    const first = seen.get(rollout.name);
    if (first === undefined) seen.set(rollout.name, place);
    else reading.error('duplicate-name', at(place, 'name'), `"${rollout.name}" is also the name of ${pathText(first)}`);
    return rollout;
  });
}
