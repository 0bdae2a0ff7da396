import type { RecordedCase } from './case.ts';
import { namespaceCases } from './namespace-cases.ts';
import { neighbourCases } from './neighbour-cases.ts';
import { KINDS } from './objects.ts';
import { podCases, schedulerCases } from './pod-cases.ts';
import { controllerCases, kindCases } from './workload-cases.ts';

/** In this order: later cases may build on what earlier ones left. */
export const CASES: readonly RecordedCase[] = [
  ...KINDS.flatMap(kindCases),
  ...controllerCases,
  ...podCases,
  ...neighbourCases,
  ...namespaceCases,
  ...schedulerCases,
];
