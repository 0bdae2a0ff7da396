import { dayAt, daysFrom } from '../../core/calendar.ts';
import { stricterMode } from '../../core/gate/effective-mode.ts';
import type { Mode, Rollout } from '../../core/gate/types.ts';
import { compare } from '../../core/order.ts';
import { isSame } from '../../core/same.ts';
import { timeAt } from './days.ts';
import { type NextStage, nextStage } from './schedule.ts';
import {
  MAX_CHANGES,
  MAX_NAMESPACES,
  type NamespaceRecord,
  type Raise,
  type RolloutState,
  type StageChange,
} from './state.ts';

/** The annotation by which people pause and resume the rollout of a namespace: `paused`, or `resumed` with any text that has not stood there before. */
export const ROLLOUT_ANNOTATION = 'chokepoint.dev/rollout';

/** What a look saw of one namespace that a rollout names. */
export interface NamespaceFacts {
  readonly name: string;
  readonly uid: string;
  /** Its resourceVersion. */
  readonly version: string;
  readonly rollout: Rollout;
  /** By its label, else by the configuration; whatever the gate is limited to. */
  readonly mode: Mode;
  /** What stands in the label `chokepoint.dev/mode`; `undefined`: it has none. */
  readonly label: string | undefined;
  /** What stands in {@link ROLLOUT_ANNOTATION}, at most 64 characters of it; empty: nothing. */
  readonly mark: string;
  /** Denied findings, and servers that cannot be judged, as they would be in mode enforce. */
  readonly open: number;
}

/** How a namespace stands. */
type RolloutStatus =
  /** Its day has not come. */
  | 'waiting'
  /** Its day has come, and it is not ready. */
  | 'held'
  /** Its day has come, and somebody else writes the label. */
  | 'due'
  /** Its day has come, and the label is being written. */
  | 'raising'
  /** Somebody paused it, or lowered its mode. */
  | 'paused'
  /** The gate is started with a limit below the next stage. */
  | 'limited'
  /** Its mode is off, which somebody meant. */
  | 'off'
  /** It enforces. */
  | 'done'
  /** More namespaces than can be followed. */
  | 'not-followed';

/** What is told of one namespace. */
export interface RolloutRow {
  readonly namespace: string;
  /** Name of the rollout. */
  readonly rollout: string;
  readonly stage: Mode;
  /** RFC 3339. */
  readonly since: string;
  readonly status: RolloutStatus;
  /** Day of its stage, from 1 on; 0 where its start is yet to come. */
  readonly day: number;
  /** Days that the stage is planned for, 0 where the next one was due before it began; `null`: no stage follows. */
  readonly days: number | null;
  /** The next stage, and the first day on which it may begin; `null`: no stage follows. */
  readonly next: { readonly stage: 'warn' | 'enforce'; readonly from: string } | null;
  readonly cleanDays: number;
  readonly open: number;
  /** Why it does not go on, each a clause. Empty where nothing stands in the way but the date. */
  readonly blockers: readonly string[];
  /** Oldest first. */
  readonly history: readonly StageChange[];
}

/** Reasons of Events about a Namespace. */
export type RolloutReason = 'StageRaised' | 'StageDue' | 'RolloutHeld' | 'RolloutPaused' | 'RolloutResumed';

/** One thing to be done. Each is safe to do twice. */
export type RolloutAction =
  | {
      readonly kind: 'raise';
      readonly namespace: string;
      readonly uid: string;
      /** The label as it was seen: where it says something else by now, nothing is written. */
      readonly label: string | undefined;
      readonly to: 'warn' | 'enforce';
    }
  | {
      readonly kind: 'tell';
      readonly namespace: string;
      readonly uid: string;
      readonly reason: RolloutReason;
      /** The stage that it is about. */
      readonly stage: Mode;
      readonly by: StageChange['by'] | undefined;
      readonly note: string;
    };

export interface RolloutLook {
  readonly facts: readonly NamespaceFacts[];
  readonly state: RolloutState;
  /** The strictest mode that any namespace has: `enforce` limits nothing. */
  readonly limit: Mode;
  /** Milliseconds since 1970. The clock may have been set back or forth since the last look. */
  readonly nowMs: number;
}

export interface RolloutPlan {
  /** The same object where nothing has changed. */
  readonly state: RolloutState;
  readonly actions: readonly RolloutAction[];
  /** Sorted by namespace. */
  readonly rows: readonly RolloutRow[];
}

/** A namespace on its way through a look: what is known of it by now, and what is to be told. */
interface Seen {
  readonly facts: NamespaceFacts;
  readonly record: NamespaceRecord;
  readonly tells: readonly RolloutAction[];
}

const tell = (
  { name, uid }: NamespaceFacts,
  reason: RolloutReason,
  stage: Mode,
  note: string,
  by?: StageChange['by'],
): RolloutAction => ({ kind: 'tell', namespace: name, uid, reason, stage, by, note });

const withChange = ({ history }: NamespaceRecord, change: StageChange): readonly StageChange[] =>
  [...history, change].slice(-MAX_CHANGES);

function firstRecord({ uid, mode }: NamespaceFacts, nowMs: number): NamespaceRecord {
  const today = dayAt(nowMs);
  return {
    uid,
    firstDay: today,
    stage: mode,
    since: timeAt(nowMs),
    cleanDays: 0,
    lastDay: '0000-01-01',
    raising: undefined,
    pause: undefined,
    told: '',
    history: [],
  };
}

/** A clock that was set back leaves times that are yet to come: they are taken for now, so that nothing waits for them. */
function withinNow(record: NamespaceRecord, nowMs: number): NamespaceRecord {
  const [today, now] = [dayAt(nowMs), timeAt(nowMs)];
  if (record.firstDay <= today && record.since <= now && record.lastDay <= today) return record;
  const [firstDay, lastDay] = [record.firstDay, record.lastDay].map(day => (day > today ? today : day));
  return {
    ...record,
    firstDay: firstDay ?? today,
    lastDay: lastDay ?? today,
    since: record.since > now ? now : record.since,
  };
}

/** Whether the view shows an older state of the Namespace than the one that was written: versions are decimal numbers (KEP-5504). */
const isOlder = (version: string, than: string): boolean =>
  version.length === than.length ? version < than : version.length < than.length;

/** The mode is below a stage that was planned, and the Namespace has changed since: perhaps it was written, and taken back before anybody looked. */
function isTakenBack({ facts, record }: Seen): boolean {
  const { raising } = record;
  if (raising === undefined || stricterMode(facts.mode, raising.to) === facts.mode) return false;
  if (facts.version === raising.version) return false;
  return !(raising.isWritten && isOlder(facts.version, raising.version));
}

function withRaised(seen: Seen, nowMs: number): Seen {
  const { facts, record, tells } = seen;
  const { mode, rollout } = facts;
  const by = record.raising?.to === mode ? 'controller' : 'person';
  const who = by === 'controller' ? `by the rollout ${rollout.name}` : 'by hand';
  const note = `mode ${record.stage} was raised to ${mode} ${who}`;
  const next = { ...record, stage: mode, since: timeAt(nowMs), raising: undefined, told: '' };
  const history = withChange(record, { at: timeAt(nowMs), from: record.stage, to: mode, by });
  return { facts, record: { ...next, history }, tells: [...tells, tell(facts, 'StageRaised', mode, note, by)] };
}

function withLowered(seen: Seen, from: Mode, nowMs: number): Seen {
  const { facts, record, tells } = seen;
  const { mode, mark, rollout } = facts;
  const since = timeAt(nowMs);
  const note = `mode ${from} was lowered to ${mode}: the rollout ${rollout.name} waits until somebody resumes it`;
  const next = { ...record, stage: mode, since, cleanDays: 0, raising: undefined, pause: { since, from, mark } };
  const history = withChange(record, { at: since, from, to: mode, by: 'person' });
  return {
    facts,
    record: { ...next, told: 'paused', history },
    tells: [...tells, tell(facts, 'RolloutPaused', mode, note)],
  };
}

/** Takes note of another mode than that of the last look: whoever raised it, and whoever lowered it, who thereby pauses the rollout. */
function withMode(seen: Seen, nowMs: number): Seen {
  const { mode } = seen.facts;
  const { stage, raising } = seen.record;
  if (raising !== undefined && isTakenBack(seen)) return withLowered(seen, raising.to, nowMs);
  if (mode === stage) return seen;
  return stricterMode(mode, stage) === mode ? withRaised(seen, nowMs) : withLowered(seen, stage, nowMs);
}

/** A resumption after a mode was lowered begins the days anew: what was shown before led to where somebody did not want to be. */
function withResumption({ facts, record, tells }: Seen, nowMs: number): Seen {
  const { pause } = record;
  if (pause === undefined || facts.mark === pause.mark || !facts.mark.startsWith('resumed'))
    return { facts, record, tells };
  const note = `the rollout ${facts.rollout.name} was resumed: its days are counted anew`;
  return {
    facts,
    record: { ...record, pause: undefined, firstDay: dayAt(nowMs), since: timeAt(nowMs), cleanDays: 0, told: '' },
    tells: [...tells, tell(facts, 'RolloutResumed', record.stage, note)],
  };
}

/** Counts a day once, and not at all where anything was open on it: a day on which nobody looked shows nothing. */
function withDay({ facts, record, tells }: Seen, nowMs: number): Seen {
  const today = dayAt(nowMs);
  const isClean = facts.open <= facts.rollout.readyWhen.openFindings;
  const counted = record.cleanDays + (today > record.lastDay ? 1 : 0);
  return { facts, record: { ...record, lastDay: today, cleanDays: isClean ? counted : 0 }, tells };
}

/** What the namespace has yet to show before it enforces, each a clause. */
function lackingOf({ rollout, open }: NamespaceFacts, { cleanDays }: NamespaceRecord): readonly string[] {
  const { readyWhen } = rollout;
  const tooMany = `${open} ${open === 1 ? 'finding is' : 'findings are'} open, and ${readyWhen.openFindings} may be`;
  if (open > readyWhen.openFindings) return [tooMany];
  if (cleanDays >= readyWhen.cleanDays) return [];
  return [`${cleanDays} of ${readyWhen.cleanDays} clean days`];
}

interface Verdict {
  readonly status: RolloutStatus;
  readonly blockers: readonly string[];
}

/** How a namespace stands before its next stage. */
function standingBefore(next: NextStage, { facts, record }: Seen, limit: Mode, today: string): Verdict {
  const { rollout, mark } = facts;
  const lacking = next.stage === 'enforce' ? lackingOf(facts, record) : [];
  if (record.pause !== undefined)
    return { status: 'paused', blockers: [`its mode was lowered from ${record.pause.from} at ${record.pause.since}`] };
  if (mark === 'paused') return { status: 'paused', blockers: [`it is annotated ${ROLLOUT_ANNOTATION}: paused`] };
  if (stricterMode(next.stage, limit) !== limit)
    return { status: 'limited', blockers: [`the gate is started with --mode-limit ${limit}`] };
  if (today < next.from) return { status: 'waiting', blockers: lacking };
  if (lacking.length > 0 && rollout.atDate === 'hold') return { status: 'held', blockers: lacking };
  return { status: rollout.apply === 'label' ? 'raising' : 'due', blockers: [] };
}

function standing({ facts, record, tells }: Seen, next: NextStage | undefined, limit: Mode, today: string): Verdict {
  if (next !== undefined) return standingBefore(next, { facts, record, tells }, limit, today);
  return record.stage === 'enforce'
    ? { status: 'done', blockers: [] }
    : { status: 'off', blockers: ['its mode is off, and who set that may raise it'] };
}

/** Reasons of the statuses that somebody has to do something about. */
const TOLD: Readonly<Partial<Record<RolloutStatus, RolloutReason>>> = {
  held: 'RolloutHeld',
  due: 'StageDue',
  paused: 'RolloutPaused',
};

/** The stage that is to be written; one that was, and is not seen yet, stays. */
function raiseOf({ facts, record }: Seen, status: RolloutStatus, next: NextStage | undefined): Raise | undefined {
  if (record.raising?.isWritten) return record.raising;
  if (status !== 'raising' || next === undefined) return undefined;
  return { to: next.stage, version: facts.version, isWritten: false };
}

/** Tells once how it stands, as long as it stands so. */
function withStanding(seen: Seen, { status, blockers }: Verdict, next: NextStage | undefined): Seen {
  const { facts, record, tells } = seen;
  const reason = TOLD[status];
  const told = reason === undefined ? '' : status === 'paused' ? status : `${status} ${next?.stage}`;
  const kept = { ...record, raising: raiseOf(seen, status, next), told };
  if (reason === undefined || told === record.told) return { facts, record: kept, tells };
  const what = `the rollout ${facts.rollout.name} would have ${facts.name} ${next?.stage} from ${next?.from} on`;
  const note = status === 'due' ? `${what}: apply its label` : `${what}: ${blockers.join(', ')}`;
  return { facts, record: kept, tells: [...tells, tell(facts, reason, next?.stage ?? record.stage, note)] };
}

function rowOf({ facts, record }: Seen, next: NextStage | undefined, verdict: Verdict, today: string): RolloutRow {
  const began = next?.began ?? record.since.slice(0, 10);
  return {
    namespace: facts.name,
    rollout: facts.rollout.name,
    stage: record.stage,
    since: record.since,
    ...verdict,
    day: Math.max(0, daysFrom(began, today) + 1),
    days: next === undefined ? null : Math.max(0, daysFrom(next.began, next.from)),
    next: next === undefined ? null : { stage: next.stage, from: next.from },
    cleanDays: record.cleanDays,
    open: facts.open,
    history: record.history,
  };
}

interface Planned {
  readonly record: NamespaceRecord;
  readonly actions: readonly RolloutAction[];
  readonly row: RolloutRow;
}

function planNamespace(facts: NamespaceFacts, known: NamespaceRecord | undefined, limit: Mode, nowMs: number): Planned {
  const today = dayAt(nowMs);
  const isKnown = known !== undefined && known.uid === facts.uid;
  const record = isKnown ? withinNow(known, nowMs) : firstRecord(facts, nowMs);
  const looked = [withMode, withResumption, withDay].reduce<Seen>((seen, step) => step(seen, nowMs), {
    facts,
    record,
    tells: [],
  });
  const next = nextStage(facts.rollout.schedule, looked.record);
  const verdict = standing(looked, next, limit, today);
  const seen = withStanding(looked, verdict, next);
  return {
    record: seen.record,
    actions: [...seen.tells, ...raiseAction(seen)],
    row: rowOf(seen, next, verdict, today),
  };
}

/** What is written already waits to be seen. */
function raiseAction({ facts, record }: Seen): readonly RolloutAction[] {
  const { raising } = record;
  if (raising === undefined || raising.isWritten) return [];
  const { name: namespace, uid, label } = facts;
  return [{ kind: 'raise', namespace, uid, label, to: raising.to }];
}

/** The facts that are followed, those of known namespaces first, and the others. */
function followed(facts: readonly NamespaceFacts[], state: RolloutState) {
  const known = facts.filter(({ name }) => state.has(name));
  const all = [...known, ...facts.filter(({ name }) => !state.has(name))];
  return { followed: all.slice(0, MAX_NAMESPACES), others: all.slice(MAX_NAMESPACES) };
}

const unfollowedRow = ({ name, rollout, mode, open }: NamespaceFacts, nowMs: number): RolloutRow => ({
  namespace: name,
  rollout: rollout.name,
  stage: mode,
  since: timeAt(nowMs),
  status: 'not-followed',
  day: 0,
  days: null,
  next: null,
  cleanDays: 0,
  open,
  blockers: [`a rollout follows ${MAX_NAMESPACES} namespaces at most`],
  history: [],
});

/**
 * One look at the namespaces that rollouts name: what is to be remembered, done and told. Nothing is ever lowered. A stage is written only after its
 * intent is stored, and told only once it is seen: so that a process that ends anywhere in between goes on where it was.
 */
export function planRollout({ facts, state, limit, nowMs }: RolloutLook): RolloutPlan {
  const chosen = followed(facts, state);
  const planned = chosen.followed.map(one => planNamespace(one, state.get(one.name), limit, nowMs));
  const next = new Map(planned.map(({ row, record }) => [row.namespace, record] as const));
  const isUnchanged = next.size === state.size && [...next].every(([name, record]) => isSame(record, state.get(name)));
  const rows = [...planned.map(({ row }) => row), ...chosen.others.map(one => unfollowedRow(one, nowMs))];
  return {
    state: isUnchanged ? state : next,
    actions: planned.flatMap(({ actions }) => actions),
    rows: rows.sort((a, b) => compare(a.namespace, b.namespace)),
  };
}

/** What became of a stage that was to be written. `unknown`: nobody answered. */
export type RaiseOutcome =
  | { readonly kind: 'done' /** resourceVersion of the Namespace since. */; readonly version: string }
  | { readonly kind: 'not-done' | 'unknown' };

/** The state after a try to write the stage of a namespace. */
export function afterRaise(state: RolloutState, namespace: string, outcome: RaiseOutcome): RolloutState {
  const record = state.get(namespace);
  if (record?.raising === undefined || outcome.kind === 'unknown') return state;
  const { to } = record.raising;
  const raising = outcome.kind === 'done' ? { to, version: outcome.version, isWritten: true } : undefined;
  return new Map(state).set(namespace, { ...record, raising });
}
