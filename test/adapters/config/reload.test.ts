import { describe, expect, it } from 'vitest';
import { BUILTIN_SOURCE, builtinGatePolicy, type LoadedGatePolicy } from '../../../src/adapters/config/load.ts';
import { createReloadingPolicy, type ReloadingPolicy } from '../../../src/adapters/config/reload.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Problem } from '../../../src/core/manifest.ts';

const policyNamed = (name: string): GatePolicy => ({ ...builtinGatePolicy(), name });

const good = (name: string, source = 'f.yaml') =>
  ({ kind: 'loaded', policy: policyNamed(name), source, problems: [] }) satisfies LoadedGatePolicy;

const PROBLEM: Problem = {
  severity: 'error',
  code: 'invalid-value',
  file: 'f.yaml',
  line: 4,
  column: 9,
  field: 'spec.mode',
  message: 'must be one of off, audit, warn, enforce',
};

const bad: LoadedGatePolicy = { kind: 'refused', policy: undefined, source: 'f.yaml', problems: [PROBLEM] };

/** A policy whose reloads give these results in turn, at 1000, 1001, … by its own clock. */
function reloading(first: ReturnType<typeof good>, ...results: readonly (LoadedGatePolicy | Error)[]): ReloadingPolicy {
  let next = 0;
  let clock = 999;
  const load = async (): Promise<LoadedGatePolicy> => {
    const result = results[next];
    next += 1;
    if (result === undefined || result instanceof Error) throw result ?? new Error('no more results');
    return result;
  };
  const now = (): number => {
    clock += 1;
    return clock;
  };
  return createReloadingPolicy(first, { load, now });
}

describe('A reloading policy', () => {
  it('starts with what was loaded', () => {
    const policy = reloading(good('a'));
    expect([policy.current().name, policy.status()]).toEqual([
      'a',
      { source: 'f.yaml', loadedAt: 1000, problems: [], lastError: undefined },
    ]);
  });

  it('takes a good reload over', async () => {
    const policy = reloading(good('a'), good('b'));
    expect([await policy.reload(), policy.current().name, policy.status().loadedAt]).toEqual([true, 'b', 1001]);
  });

  it('keeps the last good one on a bad reload, and says why until the next good one', async () => {
    const policy = reloading(good('a'), bad, good('c'));
    expect([await policy.reload(), policy.current().name, policy.status()]).toEqual([
      false,
      'a',
      { source: 'f.yaml', loadedAt: 1000, problems: [], lastError: { at: 1001, problems: [PROBLEM] } },
    ]);
    expect([await policy.reload(), policy.current().name, policy.status().lastError]).toEqual([true, 'c', undefined]);
  });

  it('keeps what was read from a file that has gone, instead of the preset', async () => {
    const policy = reloading(good('a'), good('default', BUILTIN_SOURCE));
    expect([await policy.reload(), policy.current().name]).toEqual([false, 'a']);
    expect(policy.status().lastError?.problems.map(({ code }) => code)).toEqual(['source-gone']);
  });

  it('takes a file over that has come', async () => {
    const policy = reloading(good('default', BUILTIN_SOURCE), good('a'));
    expect([await policy.reload(), policy.current().name, policy.status().source]).toEqual([true, 'a', 'f.yaml']);
  });

  it('survives a load that rejects', async () => {
    const policy = reloading(good('a'), new Error('disk'), good('b'));
    expect(await policy.reload()).toBe(false);
    expect(policy.status().lastError?.problems.map(({ message }) => message)).toEqual([
      'reading it again failed: Error: disk',
    ]);
    expect([await policy.reload(), policy.current().name]).toEqual([true, 'b']);
  });

  it('runs overlapping reloads one after another', async () => {
    const policy = reloading(good('a'), good('b'), good('c'));
    expect(await Promise.all([policy.reload(), policy.reload()])).toEqual([true, true]);
    expect(policy.current().name).toBe('c');
  });
});
