import type { ReadExceptions } from '../../core/gate/asked-exception.ts';
import { readGateException } from '../../core/gate/gate-exception.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { GateException } from '../../core/kube/types.ts';
import { NEVER_IGNORED } from '../../core/never-ignored.ts';
import { ready, type Said } from './conditions.ts';

const rulesOf = ({ counted }: ReadExceptions): string => counted.map(({ rule }) => rule).join(', ');

const refusedOf = ({ refused }: ReadExceptions): string =>
  refused.map(({ text, why }) => `"${text}" sets nothing aside: ${why}`).join('; ');

function conditionOf({ incomplete, target, expires }: GateException, read: ReadExceptions): Said {
  if (incomplete) return ready('False', 'Invalid', 'it cannot be read, and sets nothing aside');
  const { counted, refused } = read;
  if (counted.length === 0) {
    const isEnded = refused.length > 0 && refused.every(one => one.isEnded);
    return ready('False', isEnded ? 'Ended' : 'NotAllowed', refusedOf(read));
  }
  const sets = `sets findings of ${rulesOf(read)} aside for ${target.kind} ${target.name} until ${expires}`;
  return refused.length === 0
    ? ready('True', 'Counts', sets)
    : ready('True', 'PartlyAllowed', `${sets}; ${refusedOf(read)}`);
}

/** What has become of one GateException under the policy of the day. */
export const gateExceptionConditions = (exception: GateException, policy: GatePolicy): readonly Said[] => [
  conditionOf(exception, readGateException(exception, { policy, never: NEVER_IGNORED })),
];
