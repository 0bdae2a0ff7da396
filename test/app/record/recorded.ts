import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { AdmissionPorts } from '../../../src/app/admission/ports.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import type { Members } from '../../../src/app/record/chain.ts';
import type { ReachEntry, ReviewLine } from '../../../src/app/record/line.ts';
import { createDecisionRecorder, type RecorderOptions } from '../../../src/app/record/recorder.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { World } from '../../../src/core/world/world.ts';
import { closingPolicy, deployment, gate, namespace, testPolicy, worldOf } from '../../support/reviews.ts';

/** A recorder that keeps its lines at hand. */
export function keepingRecorder(options: Pick<RecorderOptions, 'world'> & Partial<RecorderOptions>): {
  readonly lines: ReviewLine[];
  readonly recorder: NonNullable<AdmissionPorts['recorder']>;
} {
  const lines: ReviewLine[] = [];
  const read = (members: Members): ReviewLine =>
    JSON.parse(`{${[...members].map(([key, text]) => `"${key}":${text}`).join(',')}}`) as ReviewLine;
  const recorder = createDecisionRecorder({
    appender: {
      append: async members => {
        lines.push(read(members));
        return true;
      },
      lose: () => undefined,
    },
    hashing: HASHING,
    isRequired: false,
    time: () => '2026-01-02T03:04:05.678Z',
    nowMs: () => 0,
    onBug: (_uid, error) => {
      throw error;
    },
    ...options,
  });
  return { lines, recorder };
}

/** A namespace whose one server is closed. */
export const CLOSED = worldOf(namespace(), deployment(), closingPolicy());

/** The line of one review, and what was answered. */
export async function lineOf(
  asked: Review,
  world: World = CLOSED,
  policy: GatePolicy = testPolicy(),
): Promise<ReviewLine & { readonly answered: boolean }> {
  const { lines, recorder } = keepingRecorder({ world: () => ({ kind: 'ready', world }) });
  const { allowed } = await gate(policy, world, undefined, { recorder }).validate(asked, 1000);
  const [line, ...more] = lines;
  if (line === undefined || more.length > 0) throw new Error(`${lines.length} lines`);
  return { ...line, answered: allowed };
}

export const textOf = ({ from, to, port, protocol }: ReachEntry): string => `${from} → ${to}:${port}/${protocol}`;

export const reachOf = ({ reach }: ReviewLine): object => ({
  gained: reach.gained.map(textOf),
  lost: reach.lost.map(textOf),
});
