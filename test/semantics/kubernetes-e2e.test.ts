import { describe, expect, it } from 'vitest';
import type { Evaluate } from '../support/agreement.ts';
import type { Protocol } from '../support/oracle.ts';
import { evaluators } from './evaluators.ts';
import { type Scenario, type Step, scenariosOf, tcpScenarios } from './kubernetes-e2e.ts';
import { blockedPairs, ninePods, pairs } from './matrix.ts';

const scenarios: readonly Scenario[] = [...tcpScenarios, ...scenariosOf('UDP'), ...scenariosOf('SCTP')];

function manifests({ policies, labels }: Step): string {
  const objects = policies.map((policy, index) => {
    const { in: namespace, spec } = typeof policy === 'string' ? { in: 'x', spec: policy } : policy;
    return `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: policy-${index}, namespace: "${namespace}"}, spec: ${spec}}`;
  });
  return [ninePods(labels), ...objects].join('\n---\n');
}

function runSemantics(evaluate: Evaluate): void {
  it.each(scenarios)('$title', ({ steps }) => {
    for (const step of steps) {
      const ask = evaluate(manifests(step));
      const expected = Object.entries(step.blocked).map(([traffic, patterns]) => [
        traffic,
        [...new Set(patterns.flatMap(pairs))].sort(),
      ]);
      const actual = Object.keys(step.blocked).map(traffic => {
        const [port = '', protocol = ''] = traffic.split('/');
        return [traffic, blockedPairs(ask, Number(port), protocol as Protocol).sort()];
      });
      expect(actual).toEqual(expected);
    }
  });
}

describe.each(evaluators)("Kubernetes' own end-to-end scenarios by %s", (_name, evaluate) => runSemantics(evaluate));

describe('the transcription', () => {
  it('has all 48 scenarios', () => {
    expect(scenarios.length).toBe(48);
  });
});
