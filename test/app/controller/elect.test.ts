import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createElection, type Election, type Leases } from '../../../src/app/controller/elect.ts';
import {
  heldLease,
  LEASE_TIMES,
  type LeaseSpec,
  nextLeaseMove,
  observeLease,
  releasedLease,
} from '../../../src/app/controller/lease.ts';
import type { Time } from '../../../src/app/time.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';

const SPEC: LeaseSpec = {
  holderIdentity: 'a',
  leaseDurationSeconds: 15,
  acquireTime: 'then',
  renewTime: 'then',
  leaseTransitions: 3,
};
const stored = (spec: Partial<LeaseSpec>, resourceVersion = '7') => ({ spec: { ...SPEC, ...spec }, resourceVersion });

describe('A lease', () => {
  it.each<readonly [string, Partial<LeaseSpec> | undefined, number, string]>([
    ['is created where there is none', undefined, 0, 'create'],
    ['is renewed by its holder', {}, 0, 'renew'],
    ['is renewed by its holder however late', {}, 100_000, 'renew'],
    ['is taken where nobody holds it', { holderIdentity: '' }, 0, 'take'],
    ["is somebody else's", { holderIdentity: 'b' }, 0, 'wait'],
    ["is somebody else's to the last moment", { holderIdentity: 'b' }, 15_000, 'wait'],
    ['is taken once its holder was silent for too long', { holderIdentity: 'b' }, 15_001, 'take'],
    ['lasts as long as its holder says', { holderIdentity: 'b', leaseDurationSeconds: 60 }, 15_001, 'wait'],
  ])('%s', (_title, spec, ageMs, expected) => {
    const view = { lease: spec && stored(spec), sinceMs: 1000 };
    expect(nextLeaseMove(view, 'a', 1000 + ageMs)).toBe(expected);
  });

  it('keeps its age while it is not renewed, whatever times are written in it', () => {
    const view = observeLease(undefined, stored({ renewTime: 'in the year 3000' }), 1000);
    expect(observeLease(view, stored({ renewTime: 'in the year 1' }), 9000).sinceMs).toBe(1000);
    expect(observeLease(view, stored({}, '8'), 9000).sinceMs).toBe(9000);
    expect(observeLease(view, undefined, 9000).sinceMs).toBe(9000);
  });

  it('counts how often it changed hands', () => {
    expect(heldLease(undefined, 'b', 'now', LEASE_TIMES)).toEqual({
      holderIdentity: 'b',
      leaseDurationSeconds: 15,
      acquireTime: 'now',
      renewTime: 'now',
      leaseTransitions: 0,
    });
    expect(heldLease(SPEC, 'b', 'now', LEASE_TIMES)).toMatchObject({ acquireTime: 'now', leaseTransitions: 4 });
    expect(heldLease(SPEC, 'a', 'now', LEASE_TIMES)).toMatchObject({ acquireTime: 'then', leaseTransitions: 3 });
  });

  it('is left to anybody when it is released', () => {
    expect(releasedLease(SPEC, 'now')).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });
});

/** One lease that candidates meet at; `reach` says whether a call of this candidate arrives, and its answer. */
interface Court {
  readonly time: FakeTime;
  holder(): string;
  candidate(name: string): Candidate;
}

interface Candidate {
  readonly election: Election;
  readonly terms: string[];
  /** Calls that do not arrive, or whose answers do not. */
  fault: 'none' | 'lost' | 'unanswered';
  /** The process stands still: its timers do not fire. */
  stop(): Promise<void>;
}

function court(): Court {
  const time = createFakeTime();
  let lease: { spec: LeaseSpec; resourceVersion: string } | undefined;
  let version = 0;
  const write = (spec: LeaseSpec, expected: string | undefined) => {
    if (lease?.resourceVersion !== expected) return { kind: 'conflict' as const };
    version += 1;
    lease = { spec, resourceVersion: String(version) };
    return { kind: 'done' as const, resourceVersion: String(version) };
  };
  return {
    time,
    holder: () => lease?.spec.holderIdentity ?? '',
    candidate: name => {
      const terms: string[] = [];
      const ending = new AbortController();
      const call = async <Value>(work: () => Value): Promise<Value> => {
        if (candidate.fault === 'lost') throw new Error('lost');
        const value = work();
        if (candidate.fault === 'unanswered') throw new Error('unanswered');
        return value;
      };
      const leases: Leases = {
        read: () => call(() => lease),
        create: spec => call(() => write(spec, undefined)),
        update: (spec, resourceVersion) => call(() => write(spec, resourceVersion)),
      };
      const election = createElection({
        leases,
        identity: name,
        time,
        times: LEASE_TIMES,
        now: () => 'now',
        onLead: term => {
          terms.push('leads');
          term.addEventListener('abort', () => terms.push('ends'));
        },
        onError: () => undefined,
      });
      const running = election.run(ending.signal);
      const candidate: Candidate = {
        election,
        terms,
        fault: 'none',
        stop: async () => {
          ending.abort();
          await running;
        },
      };
      return candidate;
    },
  };
}

describe('An election', () => {
  it('has the first candidate lead, and goes on with it', async () => {
    const { time, candidate, holder } = court();
    const [a, b] = [candidate('a'), candidate('b')];
    await time.advance(60_000);
    expect([holder(), a.election.isLeader(), b.election.isLeader(), a.terms]).toEqual(['a', true, false, ['leads']]);
    await Promise.all([a.stop(), b.stop()]);
    expect(time.pending()).toBe(0);
  });

  it('hands over at once when the leader goes in order', async () => {
    const { time, candidate, holder } = court();
    const [a, b] = [candidate('a'), candidate('b')];
    await time.advance(5_000);
    await a.stop();
    expect([holder(), a.terms]).toEqual(['', ['leads', 'ends']]);
    await time.advance(4_000);
    expect([holder(), b.election.isLeader()]).toEqual(['b', true]);
    await b.stop();
  });

  it('ends the term of a leader that reaches nobody before anybody else may lead', async () => {
    const { time, candidate } = court();
    const [a, b] = [candidate('a'), candidate('b')];
    await time.advance(5_000);
    a.fault = 'lost';
    const gone: number[] = [];
    const come: number[] = [];
    for (let tenths = 0; tenths < 300; tenths += 1) {
      await time.advance(100);
      if (!a.election.isLeader()) gone.push(tenths);
      if (b.election.isLeader()) come.push(tenths);
    }
    expect(gone[0]).toBeGreaterThan(70);
    expect(gone[0]).toBeLessThanOrEqual(100);
    expect((come[0] ?? 0) - (gone[0] ?? 0)).toBeGreaterThan(30);
    expect(a.terms).toEqual(['leads', 'ends']);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('does not count a renewal whose answer was lost, and finds out that it holds the lease', async () => {
    const { time, candidate } = court();
    const a = candidate('a');
    await time.advance(3_000);
    a.fault = 'unanswered';
    await time.advance(11_000);
    expect(a.election.isLeader()).toBe(false);
    a.fault = 'none';
    await time.advance(3_000);
    expect([a.election.isLeader(), a.terms]).toEqual([true, ['leads', 'ends', 'leads']]);
    await a.stop();
  });

  it('never has two leaders, whatever arrives', () => {
    const faults = fc.constantFrom<Candidate['fault']>('none', 'none', 'lost', 'unanswered');
    const step = fc.tuple(fc.nat(2), faults, fc.integer({ min: 100, max: 20_000 }));
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), async steps => {
        const { time, candidate } = court();
        const candidates = ['a', 'b', 'c'].map(candidate);
        for (const [index, fault, ms] of steps) {
          const one = candidates[index];
          if (one) one.fault = fault;
          for (let passed = 0; passed < ms; passed += 500) {
            await time.advance(500);
            expect(candidates.filter(({ election }) => election.isLeader()).length).toBeLessThanOrEqual(1);
          }
        }
        await Promise.all(candidates.map(one => one.stop()));
        expect(time.pending()).toBe(0);
      }),
      { numRuns: 12 },
    );
  });

  /** A candidate whose first write is answered after so long, and who reaches nobody after that. */
  function slow(answerMs: number, change: (time: FakeTime) => Partial<Time> = () => ({})) {
    const time = createFakeTime();
    const ending = new AbortController();
    const terms: string[] = [];
    let writes = 0;
    const election = createElection({
      leases: {
        read: async () => undefined,
        create: async () => {
          writes += 1;
          if (writes > 1) throw new Error('lost');
          await new Promise<void>(resolve => time.after(answerMs, resolve));
          return { kind: 'done', resourceVersion: '1' };
        },
        update: () => Promise.reject(new Error('lost')),
      },
      identity: 'a',
      time: { ...time, ...change(time) },
      times: LEASE_TIMES,
      now: () => 'now',
      onLead: term => {
        terms.push('leads');
        term.addEventListener('abort', () => terms.push('ends'));
      },
      onError: () => undefined,
    });
    const running = election.run(ending.signal);
    const stop = async (): Promise<void> => {
      ending.abort();
      await running;
    };
    return { time, election, terms, stop };
  }

  it('leads from the moment that it asked, however late the answer is', async () => {
    const { time, election, terms, stop } = slow(4_000);
    await time.advance(9_999);
    expect([election.isLeader(), terms]).toEqual([true, ['leads']]);
    await time.advance(1);
    expect([election.isLeader(), terms]).toEqual([false, ['leads', 'ends']]);
    await stop();
  });

  it('does not lead where the answer comes when its time is over', async () => {
    const { time, election, terms, stop } = slow(LEASE_TIMES.renewMs);
    await time.advance(LEASE_TIMES.renewMs + 1_000);
    expect([election.isLeader(), terms]).toEqual([false, []]);
    await stop();
  });

  it('does not lead once its time is over, even where the process stood still and no timer fired', async () => {
    const { time, election, stop } = slow(0, () => ({ after: () => () => undefined }));
    await time.advance(LEASE_TIMES.renewMs - 1);
    expect(election.isLeader()).toBe(true);
    await time.advance(1);
    expect(election.isLeader()).toBe(false);
    await stop();
  });

  /** What one candidate asks of a lease, in milliseconds since it began, with the answers of its writes. */
  async function asked(
    stored: LeaseSpec | undefined,
    answers: readonly ('done' | 'conflict')[],
    ms: number,
    random = 0,
  ): Promise<{
    readonly calls: readonly string[];
    readonly terms: readonly string[];
    readonly holders: readonly string[];
  }> {
    const time = { ...createFakeTime(), random: () => random };
    const startMs = time.nowMs();
    const [calls, terms, holders]: [string[], string[], string[]] = [[], [], []];
    const left = [...answers];
    const note = (what: string, deadlineMs: number): void =>
      void calls.push(`${time.nowMs() - startMs} ${what} ${deadlineMs}`);
    const written = (spec: LeaseSpec) => {
      holders.push(spec.holderIdentity);
      return left.shift() === 'conflict'
        ? { kind: 'conflict' as const }
        : { kind: 'done' as const, resourceVersion: '9' };
    };
    const ending = new AbortController();
    const election = createElection({
      leases: {
        read: async deadlineMs => {
          note('read', deadlineMs);
          return stored && { spec: stored, resourceVersion: '7' };
        },
        create: async (spec, deadlineMs) => {
          note('create', deadlineMs);
          return written(spec);
        },
        update: async (spec, version, deadlineMs) => {
          note(`update ${version}`, deadlineMs);
          return written(spec);
        },
      },
      identity: 'a',
      time,
      times: LEASE_TIMES,
      now: () => 'now',
      onLead: term => {
        terms.push('leads');
        term.addEventListener('abort', () => terms.push('ends'));
      },
      onError: error => calls.push(String(error)),
    });
    const running = election.run(ending.signal);
    await time.advance(ms);
    ending.abort();
    await running;
    return { calls, terms, holders };
  }

  it('reads the lease once, and then renews what it wrote itself', async () => {
    const { calls, terms, holders } = await asked(undefined, [], 4_000);
    expect(calls).toEqual([
      '0 read 5000',
      '0 create 5000',
      '2000 update 9 5000',
      '4000 update 9 5000',
      '4000 update 9 5000',
    ]);
    expect([terms, holders]).toEqual([
      ['leads', 'ends'],
      ['a', 'a', 'a', ''],
    ]);
  });

  it('comes back sooner by chance, by a quarter at most', async () => {
    const { calls } = await asked(undefined, [], 1_700, 0.999_999);
    expect(calls.map(call => call.replace(/^(\d+)\.\d+/, '$1'))).toContain('1500 update 9 5000');
  });

  it('reads it again where somebody else was faster, and does not lead', async () => {
    const { calls, terms } = await asked({ ...SPEC, holderIdentity: '' }, ['conflict', 'conflict'], 2_000);
    expect(calls).toEqual(['0 read 5000', '0 update 7 5000', '2000 read 5000', '2000 update 7 5000']);
    expect(terms).toEqual([]);
  });

  it('leaves the lease of somebody else alone when it goes', async () => {
    const { calls, holders } = await asked({ ...SPEC, holderIdentity: 'b' }, [], 3_000);
    expect([calls, holders]).toEqual([['0 read 5000', '2000 read 5000'], []]);
  });
});
