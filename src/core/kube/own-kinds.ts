import { type Fields, fieldsAt, isFields, own } from './reading.ts';
import type { Condition, ResourceStatus } from './types.ts';

/** The group of our own kinds, and the version that is read. */
export const OWN_GROUP = 'chokepoint.dev';
export const OWN_VERSION = 'v1alpha1';

/** Conditions that are kept of one object; ours have two. */
const MOST_CONDITIONS = 16;

/** A text; empty where there is none. */
export function textIn(fields: Fields, key: string): string {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
}

function numberIn(fields: Fields, key: string): number {
  const value = own(fields, key);
  return typeof value === 'number' ? value : 0;
}

/** What an object's status says. What cannot be read of it is passed over: nothing is judged by it. */
export function decodeStatus(fields: Fields): ResourceStatus {
  const conditions = own(fieldsAt(fields, 'status'), 'conditions');
  const readable = (Array.isArray(conditions) ? conditions.filter(isFields) : []).slice(0, MOST_CONDITIONS);
  return {
    generation: numberIn(fieldsAt(fields, 'metadata'), 'generation'),
    conditions: readable.map(
      (one): Condition => ({
        type: textIn(one, 'type'),
        status: textIn(one, 'status'),
        reason: textIn(one, 'reason'),
        message: textIn(one, 'message'),
        lastTransitionTime: textIn(one, 'lastTransitionTime'),
        observedGeneration: numberIn(one, 'observedGeneration'),
      }),
    ),
  };
}
