import { describe, expect, it } from 'vitest';
import { afterRaise, type NamespaceFacts, planRollout, type RaiseOutcome } from '../../../src/app/rollout/plan.ts';
import { MAX_NAMESPACES, type NamespaceRecord, type Raise } from '../../../src/app/rollout/state.ts';
import type { Mode, RolloutSchedule } from '../../../src/core/gate/types.ts';
import { actionText, at, facts, look, record, rollout } from './scene.ts';

const WARNED: Partial<NamespaceRecord> = { stage: 'warn', since: '2026-12-11T00:00:00Z', lastDay: '2026-12-13' };
const WARN: Partial<NamespaceFacts> = { mode: 'warn', label: 'warn' };
const LOWERED = { since: '2026-12-12T09:00:00Z', from: 'warn', mark: '' } as const;
const RAISING: Raise = { to: 'warn', version: '7', isWritten: false };
const WRITTEN: Raise = { to: 'warn', version: '9', isWritten: true };
const NO_WARN: RolloutSchedule = { kind: 'days', start: undefined, auditDays: 10, warnDays: 0 };
const DATES: RolloutSchedule = { kind: 'dates', warnFrom: '2026-12-11', enforceFrom: '2026-12-14' };

type Case = readonly [
  title: string,
  day: string,
  saw: Partial<NamespaceFacts>,
  known: Partial<NamespaceRecord> | undefined,
  status: string,
  actions: readonly string[],
  next?: string,
];

// biome-ignore format: one line a case
const CASES: readonly Case[] = [
  ['a namespace that is seen for the first time begins on that day', '2026-12-05', {}, undefined, 'waiting', [], 'warn 2026-12-15'],
  ['one that is seen before the start waits for it', '2026-12-05', { rollout: rollout({ schedule: { ...NO_WARN, start: '2026-12-20' } }) }, undefined, 'waiting', [], 'enforce 2026-12-30'],
  ['one that is seen after the start has all its days', '2026-12-25', { rollout: rollout({ schedule: { ...NO_WARN, start: '2026-12-01' } }) }, undefined, 'waiting', [], 'enforce 2027-01-04'],
  ['its last day of audit is one', '2026-12-10', {}, {}, 'waiting', [], 'warn 2026-12-11'],
  ['the day after, it warns', '2026-12-11', {}, {}, 'raising', ['raise warn'], 'warn 2026-12-11'],
  ['warn waits for no evidence', '2026-12-11', { open: 7 }, { cleanDays: 0 }, 'raising', ['raise warn']],
  ['what is being written is written again until it is seen', '2026-12-11', {}, { raising: RAISING }, 'raising', ['raise warn']],
  ['what may have been written, and is not there in a Namespace that has changed, was taken back', '2026-12-11', { version: '8' }, { raising: RAISING }, 'paused', ['RolloutPaused audit']],
  ['what was written is waited for while the view is older', '2026-12-11', { version: '8' }, { raising: WRITTEN }, 'raising', []],
  ['what was written and is not there in a newer view was taken back', '2026-12-11', { version: '10' }, { raising: WRITTEN }, 'paused', ['RolloutPaused audit']],
  ['what was written and is lower by now was lowered, though not to where it came from', '2026-12-11', { ...WARN, version: '10' }, { raising: { ...WRITTEN, to: 'enforce' } }, 'paused', ['RolloutPaused warn']],
  ['what was planned is not written where a finding has come up', '2026-12-11', { open: 1, rollout: rollout({ schedule: NO_WARN }) }, { raising: { ...RAISING, to: 'enforce' } }, 'held', ['RolloutHeld enforce']],
  ['what was written is told once it is seen', '2026-12-11', WARN, { raising: RAISING }, 'waiting', ['StageRaised warn by controller'], 'enforce 2026-12-14'],
  ['what a person raised is told too', '2026-12-05', WARN, {}, 'waiting', ['StageRaised warn by person'], 'enforce 2026-12-14'],
  ['the last day of warn is one', '2026-12-13', WARN, WARNED, 'waiting', [], 'enforce 2026-12-14'],
  ['the day after, it enforces', '2026-12-14', WARN, WARNED, 'raising', ['raise enforce']],
  ['who came late to warn is warned all the same', '2026-12-20', WARN, { ...WARNED, since: '2026-12-19T00:00:00Z' }, 'waiting', [], 'enforce 2026-12-22'],
  ['after a long downtime nobody leaves warn out', '2027-06-01', {}, {}, 'raising', ['raise warn']],
  ['without days of warn, audit goes over into enforce', '2026-12-11', { rollout: rollout({ schedule: NO_WARN }) }, {}, 'raising', ['raise enforce']],
  ['dates are as they stand', '2026-12-11', { rollout: rollout({ schedule: DATES }) }, { firstDay: '2026-12-09' }, 'raising', ['raise warn']],
  ['who is seen after all dates is warned first', '2027-03-01', { rollout: rollout({ schedule: DATES }) }, undefined, 'raising', ['raise warn']],
  ['an open finding holds, and is told', '2026-12-14', { ...WARN, open: 1 }, WARNED, 'held', ['RolloutHeld enforce']],
  ['and told once', '2026-12-15', { ...WARN, open: 1 }, { ...WARNED, told: 'held enforce' }, 'held', []],
  ['what has been mended shows it for as many days as asked', '2026-12-15', WARN, { ...WARNED, cleanDays: 0, lastDay: '2026-12-14', told: 'held enforce' }, 'held', []],
  ['then it goes on', '2026-12-16', WARN, { ...WARNED, cleanDays: 1, lastDay: '2026-12-15', told: 'held enforce' }, 'raising', ['raise enforce']],
  ['as many findings as allowed hold nothing', '2026-12-14', { ...WARN, open: 2, rollout: rollout({ readyWhen: { cleanDays: 2, openFindings: 2 } }) }, WARNED, 'raising', ['raise enforce']],
  ['without clean days, the date decides', '2026-12-14', { ...WARN, rollout: rollout({ readyWhen: { cleanDays: 0, openFindings: 0 } }) }, { ...WARNED, cleanDays: 0 }, 'raising', ['raise enforce']],
  ['enforce at the date waits for nothing', '2026-12-14', { ...WARN, open: 3, rollout: rollout({ atDate: 'enforce' }) }, { ...WARNED, cleanDays: 0 }, 'raising', ['raise enforce']],
  ['a proposal is told, and nothing is written', '2026-12-11', { rollout: rollout({ apply: 'propose' }) }, {}, 'due', ['StageDue warn']],
  ['and told once for each stage', '2026-12-12', { rollout: rollout({ apply: 'propose' }) }, { told: 'due warn' }, 'due', []],
  ['a mode that was lowered pauses', '2026-12-12', {}, { ...WARNED, lastDay: '2026-12-12' }, 'paused', ['RolloutPaused audit']],
  ['it stays so', '2027-12-12', {}, { pause: LOWERED, told: 'paused' }, 'paused', []],
  ['whoever resumes begins anew', '2026-12-20', { mark: 'resumed by ann' }, { pause: LOWERED, told: 'paused' }, 'waiting', ['RolloutResumed audit'], 'warn 2026-12-30'],
  ['a resumption of before resumes nothing', '2026-12-20', { mark: 'resumed by ann' }, { pause: { ...LOWERED, mark: 'resumed by ann' }, told: 'paused' }, 'paused', []],
  ['a person pauses by annotation', '2026-12-11', { mark: 'paused' }, {}, 'paused', ['RolloutPaused warn']],
  ['and takes it away again', '2026-12-12', {}, { told: 'paused' }, 'raising', ['raise warn']],
  ['another text in the annotation says nothing', '2026-12-11', { mark: 'soon' }, {}, 'raising', ['raise warn']],
  ['one that enforces is done', '2026-12-11', { mode: 'enforce' }, { stage: 'enforce' }, 'done', []],
  ['one that is off stays off', '2026-12-11', { mode: 'off' }, { stage: 'off' }, 'off', []],
  ['one of the same name begins anew', '2026-12-11', { uid: 'uid-2' }, {}, 'waiting', [], 'warn 2026-12-21'],
  ['a clock that was set back lowers nothing', '2026-11-01', WARN, WARNED, 'waiting', [], 'enforce 2026-11-14'],
];

describe('A look:', () => {
  it.each(CASES.map(([title, ...rest]) => ({ title, rest })))('$title', ({ rest }) => {
    const [day, saw, known, status, actions, next] = rest;
    const looked = look(day, facts(saw), known && record(known));
    expect([looked.row.status, ...looked.actions.map(actionText)]).toEqual([status, ...actions]);
    if (next !== undefined) expect(`${looked.row.next?.stage} ${looked.row.next?.from}`).toBe(next);
  });

  it.each<readonly [Mode, string]>([
    ['audit', 'limited'],
    ['warn', 'raising'],
    ['enforce', 'raising'],
  ])('a gate with the limit %s is %s at warn', (limit, status) => {
    expect(look('2026-12-11', facts(), record(), limit).row.status).toBe(status);
  });
});

describe('A stage that was to be written', () => {
  it.each<readonly [RaiseOutcome, Raise | undefined]>([
    [{ kind: 'done', version: '9' }, WRITTEN],
    [{ kind: 'not-done' }, undefined],
    [{ kind: 'unknown' }, RAISING],
  ])('after %j is %j', (outcome, raising) => {
    const state = new Map([['shop', record({ raising: RAISING })]]);
    expect(afterRaise(state, 'shop', outcome).get('shop')?.raising).toEqual(raising);
  });
});

describe('What is kept:', () => {
  it('a stage with when it came and by whom, the last four', () => {
    let known = record();
    for (const mode of ['warn', 'audit', 'warn', 'audit', 'enforce'] as const)
      known = look('2026-12-05', facts({ mode }), known).record;
    expect(known.history.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'warn audit',
      'audit warn',
      'warn audit',
      'audit enforce',
    ]);
    expect(known.history.at(-1)).toEqual({ at: '2026-12-05T12:00:00Z', from: 'audit', to: 'enforce', by: 'person' });
  });

  it('clean days by days that were looked at, not by dates', () => {
    const { record: after } = look('2026-12-31', facts(), record({ cleanDays: 3, lastDay: '2026-12-05' }));
    expect(after.cleanDays).toBe(4);
    expect(look('2026-12-31T18:00:00Z', facts(), after).record.cleanDays).toBe(4);
    expect(look('2026-12-31T19:00:00Z', facts({ open: 1 }), after).record.cleanDays).toBe(0);
  });

  it('nothing of a namespace that is gone', () => {
    const state = new Map([['gone', record()]]);
    expect(planRollout({ facts: [], state, limit: 'enforce', nowMs: at('2026-12-05') }).state).toEqual(new Map());
  });

  it('the same object where nothing has changed', () => {
    const state = new Map([['shop', record({ lastDay: '2026-12-10', cleanDays: 9 })]]);
    expect(planRollout({ facts: [facts()], state, limit: 'enforce', nowMs: at('2026-12-10') }).state).toBe(state);
  });

  it(`${MAX_NAMESPACES} namespaces, those that are known first, and the others are told so`, () => {
    const many = Array.from({ length: MAX_NAMESPACES }, (_, index) => facts({ name: `a-${index}` }));
    const state = new Map([['shop', record()]]);
    const plan = planRollout({ facts: [...many, facts()], state, limit: 'enforce', nowMs: at('2026-12-05') });
    expect([plan.state.size, plan.state.has('shop'), plan.rows.length]).toEqual([
      MAX_NAMESPACES,
      true,
      MAX_NAMESPACES + 1,
    ]);
    expect(plan.rows.filter(({ status }) => status === 'not-followed')).toHaveLength(1);
  });
});

describe('A row', () => {
  it('counts the days of audit', () => {
    expect(look('2026-12-05', facts(), record()).row).toMatchObject({ day: 5, days: 10, stage: 'audit' });
  });

  it('counts the days of warn', () => {
    expect(look('2026-12-12', facts(WARN), record(WARNED)).row).toMatchObject({ day: 2, days: 3, stage: 'warn' });
  });

  it('says what is still to be shown before the day has come', () => {
    const { row } = look('2026-12-12', facts({ ...WARN, open: 2 }), record(WARNED));
    expect([row.status, row.blockers]).toEqual(['waiting', ['2 findings are open, and 0 may be']]);
  });
});
