import { describe, expect, it } from 'vitest';
import type { Evaluate } from '../support/agreement.ts';
import { addressCases } from './addresses.ts';
import { type Case, CLUSTER, policyIn } from './case.ts';
import { dataplaneCases } from './dataplane.ts';
import { evaluators } from './evaluators.ts';
import { emptinessCases } from './policy-types.ts';
import { portCases } from './ports.ts';
import { parseProbe } from './probe.ts';
import { recipeCases } from './recipes.ts';
import { selectorCases } from './selectors.ts';

const suites: readonly (readonly [name: string, cases: readonly Case[]])[] = [
  ['absence, emptiness and directions', emptinessCases],
  ['selectors', selectorCases],
  ['ports', portCases],
  ['addresses', addressCases],
  ['packets on a real dataplane', dataplaneCases],
  ['recipes', recipeCases],
];

function manifests({ policies, also }: Case): string {
  const own = policies.map((spec, index) => policyIn('mcp', `policy-${index}`, spec));
  return [also ?? '', CLUSTER, ...own].join('\n---\n');
}

function runSemantics(evaluate: Evaluate): void {
  for (const [name, cases] of suites) {
    describe(name, () => {
      it.each(cases)('$title', one => {
        const ask = evaluate(manifests(one));
        const answers = [...one.allowed, ...one.denied].map(probe => [probe, ask(parseProbe(probe)).allowed]);
        expect(answers).toEqual([
          ...one.allowed.map(probe => [probe, true]),
          ...one.denied.map(probe => [probe, false]),
        ]);
      });
    });
  }
}

describe.each(evaluators)('the API documentation, followed by %s', (_name, evaluate) => runSemantics(evaluate));
