import type { Condition, ResourceStatus } from '../../core/kube/types.ts';
import { cutText, visibleText } from '../../core/visible-text.ts';

/** What is said of an object: a condition without when it was said, and of what. */
export type Said = Pick<Condition, 'type' | 'reason' | 'message'> & { readonly status: 'True' | 'False' };

/** The longest message that is written, in UTF-16 units. */
const LONGEST_MESSAGE = 4096;

export const ready = (status: Said['status'], reason: string, message: string): Said => ({
  type: 'Ready',
  status,
  reason,
  message,
});

/** A kind of trouble as a reason: `unknown-name` is `UnknownName`. */
export const reasonOf = (code: string): string =>
  code
    .split('-')
    .map(word => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');

const isSame = (a: Condition, b: Condition): boolean =>
  a.status === b.status &&
  a.reason === b.reason &&
  a.message === b.message &&
  a.observedGeneration === b.observedGeneration;

/**
 * The conditions that an object is to have; `undefined` where it has them. A condition keeps the time of its last transition as long as its status
 * stays. `now`: ISO 8601, whole seconds.
 */
export function conditionsFor(
  said: readonly Said[],
  { generation, conditions }: ResourceStatus,
  now: string,
): readonly Condition[] | undefined {
  const wanted = said.map((one): Condition => {
    const known = conditions.find(({ type }) => type === one.type);
    const lastTransitionTime = known?.status === one.status ? known.lastTransitionTime : now;
    const message = cutText(visibleText(one.message), LONGEST_MESSAGE);
    return { ...one, message, lastTransitionTime, observedGeneration: generation };
  });
  const isKnown = (one: Condition): boolean => conditions.some(known => known.type === one.type && isSame(known, one));
  return wanted.length === conditions.length && wanted.every(isKnown) ? undefined : wanted;
}
