import { describe, expect, it } from 'vitest';
import { createNamespaceMemory } from '../../../src/app/controller/namespace-memory.ts';
import type { EnforcedNamespaces } from '../../../src/app/enforced-namespaces.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { namespace, testPolicy, worldOf } from '../../support/reviews.ts';

const CHANGERS = { users: [], groups: ['platform'], serviceAccounts: [] };
const ENFORCED = worldOf(namespace({ 'chokepoint.dev/mode': 'enforce' }));

function memoryOver(policy: GatePolicy, stored: EnforcedNamespaces = new Map()) {
  const time = createFakeTime();
  const calls: string[] = [];
  const state = { world: ENFORCED, isReady: true, fails: false };
  const store = {
    read: async () => {
      calls.push('read');
      return stored;
    },
    write: async (namespaces: EnforcedNamespaces) => {
      if (state.fails) throw new Error('no answer');
      calls.push(`write ${[...namespaces].join(' ')}`);
    },
  };
  const memory = createNamespaceMemory({
    time,
    store,
    world: () => (state.isReady ? { kind: 'ready', world: state.world } : { kind: 'not-synced' }),
    policy: () => policy,
    today: () => '2026-11-27',
    onError: error => calls.push(String(error)),
  });
  const term = new AbortController();
  memory.lead(term.signal);
  return {
    calls,
    state,
    settle: time.settle,
    pass: () => time.advance(10_000),
    end: () => {
      term.abort();
      return memory.stopped();
    },
  };
}

describe('The memory of namespaces', () => {
  it('keeps those that enforce, and writes only when something has changed', async () => {
    const { calls, state, pass, end } = memoryOver(testPolicy({ mode: 'audit', modeChangers: CHANGERS }));
    await pass();
    await pass();
    expect(calls).toEqual(['read', 'write prod,2026-11-27']);
    state.world = worldOf();
    await pass();
    expect(calls.length).toBe(2);
    state.world = worldOf(namespace());
    await pass();
    expect(calls.at(-1)).toBe('write ');
    await end();
  });

  it('keeps nothing where nobody is named who may lower a mode', async () => {
    const { calls, pass, end } = memoryOver(testPolicy({ mode: 'audit' }));
    await pass();
    await end();
    expect(calls).toEqual([]);
  });

  it('judges by no view that is not complete', async () => {
    const { calls, state, pass, end } = memoryOver(testPolicy({ mode: 'audit', modeChangers: CHANGERS }));
    state.isReady = false;
    await pass();
    await end();
    expect(calls).toEqual([]);
  });

  it('reads anew what is stored where a write has failed, and tries again', async () => {
    const { calls, state, pass, settle, end } = memoryOver(testPolicy({ mode: 'audit', modeChangers: CHANGERS }));
    state.fails = true;
    await settle();
    state.fails = false;
    await pass();
    expect(calls).toEqual(['read', 'Error: no answer', 'read', 'write prod,2026-11-27']);
    await end();
  });
});
