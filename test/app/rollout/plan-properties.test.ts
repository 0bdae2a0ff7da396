import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterRaise, type NamespaceFacts, planRollout, type RolloutAction } from '../../../src/app/rollout/plan.ts';
import { type NamespaceRecord, type RolloutState, readRollout, rolloutText } from '../../../src/app/rollout/state.ts';
import { MODES, type Mode, type Rollout } from '../../../src/core/gate/types.ts';
import { facts, rollout } from './scene.ts';

/** A cluster of one namespace, through which random histories go: the clock, people, findings, and a controller that is killed anywhere. */

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-12-01T06:00:00Z');
const day = (nowMs: number): number => Math.floor(nowMs / DAY_MS);
const rank = (mode: Mode): number => MODES.indexOf(mode);

/** Where the process ends. `after-tells`: what is to be remembered is lost; `after-state`: nothing is done of it; `never`: not in this look. */
const KILLS = ['never', 'after-tells', 'after-state', 'after-raise'] as const;

type Step =
  | { readonly kind: 'look'; readonly killed: (typeof KILLS)[number] }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'mode'; readonly mode: Mode }
  | { readonly kind: 'open'; readonly open: number }
  | { readonly kind: 'mark'; readonly mark: '' | 'paused' | 'resumed' };

const KILLED = fc.oneof({ weight: 6, arbitrary: fc.constant('never' as const) }, fc.constantFrom(...KILLS));
const lookStep = fc.record({ kind: fc.constant('look' as const), killed: KILLED });
const hours = (range: { readonly min: number; readonly max: number }) =>
  fc.integer(range).map(count => ({ kind: 'clock' as const, ms: count * 3_600_000 }));
const forth = fc.oneof({ weight: 9, arbitrary: hours({ min: 0, max: 30 }) }, hours({ min: 0, max: 2_000 }));
const back = hours({ min: -2_000, max: 0 });
const people = fc.oneof(
  fc.record({ kind: fc.constant('mode' as const), mode: fc.constantFrom(...MODES) }),
  fc.record({ kind: fc.constant('mark' as const), mark: fc.constantFrom('' as const, 'paused', 'resumed') }),
);
const findings = fc
  .oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 2 }))
  .map(open => ({ kind: 'open' as const, open }));

const stepsOf = (...others: readonly fc.Arbitrary<Step>[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.oneof({ weight: 20, arbitrary: lookStep }, { weight: 20, arbitrary: forth }, findings, ...others), {
    maxLength: 120,
    size: 'max',
  });

const anyRollout: fc.Arbitrary<Rollout> = fc
  .record({
    auditDays: fc.integer({ min: 1, max: 9 }),
    warnDays: fc.integer({ min: 0, max: 4 }),
    cleanDays: fc.integer({ min: 0, max: 3 }),
    openFindings: fc.integer({ min: 0, max: 1 }),
    start: fc.constantFrom(undefined, '2026-11-01', '2026-12-05'),
  })
  .map(({ auditDays, warnDays, start, ...readyWhen }) =>
    rollout({ schedule: { kind: 'days', start, auditDays, warnDays }, readyWhen }),
  );

/** What happened, for an oracle that knows nothing of records. */
interface Happened {
  /** `look`: one that is remembered. */
  readonly kind: 'look' | 'raise' | 'lower' | 'resume' | 'person-raise';
  readonly nowMs: number;
  /** Afterwards. */
  readonly mode: Mode;
  readonly open: number;
  readonly mark: string;
}

class Cluster {
  readonly happened: Happened[] = [];
  readonly told: RolloutAction[] = [];
  nowMs = START_MS;
  mode: Mode = 'audit';
  open = 0;
  mark = '';
  /** As it is stored. */
  text = '';
  /** resourceVersion of the Namespace. */
  version = 1;
  /** What the process has in its memory; `undefined`: it has just started. */
  memory: RolloutState | undefined;
  readonly rollout: Rollout;

  constructor(one: Rollout) {
    this.rollout = one;
  }

  #note(kind: Happened['kind']): void {
    this.happened.push({ kind, nowMs: this.nowMs, mode: this.mode, open: this.open, mark: this.mark });
  }

  facts(): NamespaceFacts {
    return facts({
      rollout: this.rollout,
      mode: this.mode,
      label: this.mode,
      mark: this.mark,
      open: this.open,
      version: String(this.version),
    });
  }

  plan() {
    const state = this.memory ?? readRollout(this.text) ?? new Map<string, NamespaceRecord>();
    return planRollout({ facts: [this.facts()], state, limit: 'enforce', nowMs: this.nowMs });
  }

  look(killed: (typeof KILLS)[number]): void {
    const { state, actions } = this.plan();
    this.told.push(...actions.filter(({ kind }) => kind === 'tell'));
    this.memory = undefined;
    if (killed === 'after-tells') return;
    this.text = rolloutText(state);
    this.#note('look');
    if (killed === 'after-state') return;
    this.memory = actions.reduce((now, action) => this.#raise(now, action), state);
    if (killed === 'after-raise') this.memory = undefined;
  }

  #raise(state: RolloutState, action: RolloutAction): RolloutState {
    if (action.kind !== 'raise') return state;
    if (action.label !== this.mode) return afterRaise(state, 'shop', { kind: 'not-done' });
    expect(rank(action.to)).toBeGreaterThan(rank(this.mode));
    this.mode = action.to;
    this.version += 1;
    this.#note('raise');
    return afterRaise(state, 'shop', { kind: 'done', version: String(this.version) });
  }

  step(step: Step): void {
    if (step.kind === 'look') this.look(step.killed);
    else if (step.kind === 'clock') this.nowMs = Math.max(0, this.nowMs + step.ms);
    else if (step.kind === 'open') this.open = step.open;
    else this.#edit(step);
  }

  #edit(step: Extract<Step, { kind: 'mode' | 'mark' }>): void {
    this.version += 1;
    if (step.kind === 'mark') {
      this.mark = step.mark === 'resumed' ? `resumed ${this.happened.length}` : step.mark;
      if (step.mark === 'resumed') this.#note('resume');
    } else {
      const before = this.mode;
      this.mode = step.mode;
      if (rank(step.mode) < rank(before)) this.#note('lower');
      if (rank(step.mode) > rank(before)) this.#note('person-raise');
    }
  }
}

function live(one: Rollout, steps: readonly Step[]): Cluster {
  const cluster = new Cluster(one);
  for (const step of steps) cluster.step(step);
  return cluster;
}

const raisesOf = (cluster: Cluster) =>
  cluster.happened.flatMap((one, index) =>
    one.kind === 'raise' ? [{ one, before: cluster.happened.slice(0, index) }] : [],
  );

it('The histories are worth looking at: many come to enforce, and many are lowered', () => {
  const lives = fc.sample(fc.tuple(anyRollout, stepsOf(people)), { numRuns: 200, seed: 1 });
  const happened = lives.map(([one, steps]) => live(one, steps).happened);
  const withKind = (isOne: (one: Happened) => boolean): number => happened.filter(all => all.some(isOne)).length;
  expect(withKind(({ kind, mode }) => kind === 'raise' && mode === 'enforce')).toBeGreaterThan(20);
  expect(withKind(({ kind }) => kind === 'lower')).toBeGreaterThan(20);
});

/**
 * Whether a look shows a lower mode than the last one, or than what was written since. Who raises a mode and lowers it again between two looks has done
 * nothing that can be seen.
 */
function isSeenLowered(happened: readonly Happened[], index: number): boolean {
  const look = happened[index];
  const known = happened.slice(0, index).findLast(({ kind }) => kind === 'look' || kind === 'raise');
  return look?.kind === 'look' && known !== undefined && rank(look.mode) < rank(known.mode);
}

describe('Whatever happens,', () => {
  it('no stage is left out: what enforces was seen to warn, where there is warn', () => {
    fc.assert(
      fc.property(anyRollout, stepsOf(people, back), (one, steps) => {
        const hasWarn = one.schedule.kind === 'days' && one.schedule.warnDays > 0;
        for (const { one: raise, before } of raisesOf(live(one, steps))) {
          const seen = before.findLast(({ kind }) => kind === 'look')?.mode;
          expect(`${seen} ${raise.mode}`).toBe(!hasWarn || seen === 'warn' ? `${seen} enforce` : 'audit warn');
        }
      }),
    );
  });

  it('a namespace that was lowered is raised only after somebody resumed it', () => {
    fc.assert(
      fc.property(anyRollout, stepsOf(people, back), (one, steps) => {
        for (const { before } of raisesOf(live(one, steps))) {
          const lowered = before.findLastIndex((_, index) => isSeenLowered(before, index));
          if (lowered >= 0) expect(before.slice(lowered).some(({ kind }) => kind === 'resume')).toBe(true);
        }
      }),
    );
  });

  it('enforce needs as many clean days as are asked for, all of them looked at', () => {
    fc.assert(
      fc.property(anyRollout, stepsOf(people, back), (one, steps) => {
        const { cleanDays, openFindings } = one.readyWhen;
        const enforced = raisesOf(live(one, steps)).filter(({ one: raise }) => raise.mode === 'enforce');
        for (const { before } of enforced) {
          const looks = before.filter(({ kind }) => kind === 'look');
          const since = looks.slice(looks.findLastIndex(({ open }) => open > openFindings) + 1);
          expect(since.length).toBeGreaterThanOrEqual(Math.max(1, cleanDays));
        }
      }),
    );
  });

  it('a look that is repeated changes nothing and tells nothing more', () => {
    fc.assert(
      fc.property(anyRollout, stepsOf(people, back), (one, steps) => {
        const cluster = live(one, steps);
        cluster.memory = cluster.plan().state;
        const again = cluster.plan();
        expect(again.state).toBe(cluster.memory);
        expect(again.actions.filter(({ kind }) => kind === 'tell')).toEqual([]);
      }),
    );
  });
});

/** The first day, since 1970, on which the stage may come: by the first look at the namespace, and by the first at its warn. */
function earliestOf({ schedule }: Rollout, raise: Happened, before: readonly Happened[]): number {
  if (schedule.kind !== 'days') return 0;
  const { auditDays, warnDays, start } = schedule;
  const looks = before.filter(({ kind }) => kind === 'look');
  const began = Math.max(day(looks[0]?.nowMs ?? 0), start === undefined ? 0 : day(Date.parse(start)));
  if (raise.mode === 'warn') return began + auditDays;
  const firstWarned = looks.slice(looks.findLastIndex(({ mode }) => mode !== 'warn') + 1)[0];
  const warned = firstWarned === undefined || warnDays === 0 ? 0 : day(firstWarned.nowMs) + warnDays;
  return Math.max(began + auditDays + warnDays, warned);
}

describe('Under a clock that only goes forth, with any downtime,', () => {
  it('nobody warns before the days of audit, or enforces before those of warn as well', () => {
    fc.assert(
      fc.property(anyRollout, stepsOf(people), (one, steps) => {
        for (const { one: raise, before } of raisesOf(live(one, steps)))
          expect(day(raise.nowMs)).toBeGreaterThanOrEqual(earliestOf(one, raise, before));
      }),
    );
  });

  it('who stays clean and is left alone enforces at the date, wherever the controller is killed', () => {
    fc.assert(
      fc.property(anyRollout, fc.array(fc.constantFrom(...KILLS), { maxLength: 60 }), (one, kills) => {
        const cluster = new Cluster(one);
        for (const killed of kills) {
          cluster.look(killed);
          cluster.nowMs += DAY_MS / 3;
        }
        for (let look = 0; look < 90; look += 1) {
          cluster.look('never');
          cluster.nowMs += DAY_MS / 3;
        }
        expect(cluster.mode).toBe('enforce');
        const stages = cluster.told.flatMap(told =>
          told.kind === 'tell' && told.reason === 'StageRaised' ? told.stage : [],
        );
        const hasWarn = one.schedule.kind === 'days' && one.schedule.warnDays > 0;
        expect([...new Set(stages)]).toEqual(hasWarn ? ['warn', 'enforce'] : ['enforce']);
      }),
    );
  });
});
