import { expect, test } from 'vitest';
import { createJudge } from '../../src/core/evaluate.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import type { Workload } from '../../src/core/kube/types.ts';
import { overlay } from '../../src/core/world/overlay.ts';
import {
  closingPolicy,
  decodeAll,
  deployment,
  namespace,
  openingPolicy,
  testPolicy,
  worldOf,
} from '../support/reviews.ts';

const named = (object: Fields, name: string): Fields => ({
  ...object,
  metadata: { ...(object.metadata as Fields), name },
});
const policies = Array.from({ length: 30 }, (_, index) =>
  named(index % 10 === 3 ? openingPolicy() : closingPolicy(), `p-${index}`),
);
const servers = ['a', 'b', 'c'].map(name => named(deployment(), name));

test('a judge that has looked at many policies for one server decides on the next ones, and after a change, as a new one', () => {
  const judge = createJudge(testPolicy());
  const world = worldOf(namespace(), ...policies, ...servers);
  const [removed] = decodeAll(policies.slice(3, 4));
  if (removed === undefined) throw new Error('there is no policy');
  for (const state of [world, overlay(world, { before: removed }), world])
    for (const server of decodeAll([...servers, ...servers]) as readonly Workload[]) {
      const decision = judge.evaluate(state, server);
      expect(decision.verdict).toBe('deny');
      expect(decision).toEqual(createJudge(testPolicy()).evaluate(state, server));
      expect(judge.evaluate(state, server)).toEqual(decision);
    }
});
