import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { AdmissionPorts } from '../../../src/app/admission/ports.ts';
import type { Members } from '../../../src/app/record/chain.ts';
import type { ReviewLine } from '../../../src/app/record/line.ts';
import { createDecisionRecorder, type RecorderOptions } from '../../../src/app/record/recorder.ts';

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
