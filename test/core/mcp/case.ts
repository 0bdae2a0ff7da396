import type { McpJudgement, McpStanding } from '../../../src/core/decision.ts';
import { builtinSignals } from '../../../src/core/gate/document/signals.ts';
import type { Detection } from '../../../src/core/gate/types.ts';
import { createDetector } from '../../../src/core/mcp/detect.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { decoded, type Sketch, workload } from '../../support/workload.ts';

/** What the workload is, its sketch, its standing, and the ids of the evidence in order. */
export type Case = readonly [title: string, sketch: Sketch, standing: McpStanding, signals: string];

/** The built-in detection, with changes. */
export function detection(changes: Partial<Detection> = {}): Detection {
  return { ...builtinSignals, disabled: new Set(), images: [], honourOptOut: true, ...changes };
}

const builtin = createDetector(detection());

/** The judgement of a sketch beside other objects of its namespace. */
export function judged(
  sketch: Sketch,
  others: readonly Record<string, unknown>[] = [],
  changes?: Partial<Detection>,
): McpJudgement {
  const subject = workload(sketch);
  const world = buildWorld([subject, ...others.map(decoded)]);
  const detect = changes ? createDetector(detection(changes)) : builtin;
  return detect(subject, world.namespace(subject.meta.namespace));
}

/** The ids of a judgement's evidence, in its order. */
export const ids = ({ evidence }: McpJudgement): string => evidence.map(({ signal }) => signal).join(' ');
