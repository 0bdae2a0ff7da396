import type {
  CheckRow,
  DashboardModel,
  ExceptionRow,
  RangeRow,
  StageRow,
  TimelineEntry,
} from '../../../../app/dashboard/model.ts';
import type { Standing } from '../../../../app/page/model.ts';
import { h, plural } from '../dom.ts';
import { mark } from '../words.ts';

type Cell = HTMLElement | string;

/** A table that scrolls by itself where it is too wide. */
function table(label: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  return h(
    'div',
    { class: 'table', tabindex: 0, role: 'region', 'aria-label': `${label}, scrolls`, 'data-key': `table ${label}` },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...heads.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...rows.map(cells => h('tr', {}, ...cells.map(cell => h('td', {}, cell))))),
    ),
  );
}

const section = (id: string, title: string, ...children: readonly HTMLElement[]): HTMLElement =>
  h('section', { id, 'aria-labelledby': `${id}-head` }, h('h2', { id: `${id}-head` }, title), ...children);

/** Keeps the place of a section that has nothing to show. */
const nothing = (): HTMLElement => h('section', { hidden: true });

const hint = (text: string): HTMLElement => h('p', { class: 'hint' }, text);

const list = (texts: readonly string[]): HTMLElement => h('ul', {}, ...texts.map(text => h('li', {}, text)));

const KINDS: Readonly<Record<TimelineEntry['kind'], readonly [word: string, look: Standing]>> = {
  opened: ['opened', 'open'],
  closed: ['closed', 'closed'],
  refused: ['refused', 'excepted'],
  'past-gate': ['past the gate', 'open'],
  stage: ['stage', 'excepted'],
  configuration: ['configuration', 'unsure'],
  found: ['open since', 'open'],
};

/** A time as it is here, with the whole of it for programs. */
function timeView(at: string): HTMLElement {
  const date = new Date(at);
  return h('time', { datetime: at }, Number.isNaN(date.getTime()) ? at : date.toLocaleString());
}

function entryView({ at, kind, what, by, details }: TimelineEntry): HTMLElement {
  const [word, look] = KINDS[kind];
  return h(
    'li',
    { class: `entry ${look}` },
    h(
      'p',
      { class: 'what' },
      mark(look),
      h('strong', {}, word),
      timeView(at),
      by === '' ? undefined : h('span', {}, `by ${by}`),
    ),
    h('p', {}, what),
    details.length === 0 ? undefined : list(details),
  );
}

export function timelineView({ timeline, timelineHint }: DashboardModel): HTMLElement {
  return section(
    'timeline',
    'What happened',
    ...(timelineHint === '' ? [] : [hint(timelineHint)]),
    timeline.length === 0
      ? h('p', { class: 'empty' }, 'Nothing is known to have happened.')
      : h('ol', { class: 'timeline' }, ...timeline.map(entryView)),
  );
}

const dayView = (day: string): HTMLElement => h('time', { datetime: day }, day);

const days = (count: number): string => plural(count, 'day');

function stageCells({ namespace, stage, since, status, next, open, blockers }: StageRow): readonly Cell[] {
  const then = next === undefined ? '–' : `${next.stage} from ${next.from}`;
  const left = next === undefined ? '–' : next.daysLeft === 0 ? 'due' : days(next.daysLeft);
  return [namespace, stage, dayView(since), status, then, left, String(open), blockers.join('; ')];
}

/** Nothing where no rollout names a namespace. */
export function stagesView({ stages }: DashboardModel): HTMLElement {
  if (stages.length === 0) return nothing();
  const heads = ['Namespace', 'Mode', 'Since', 'Status', 'Next', 'Days left', 'Open findings', 'Waits for'];
  return section('stages', 'Rollout', table('Rollout', heads, stages.map(stageCells)));
}

function exceptionCells({ object, rules, reason, expires, daysLeft, from }: ExceptionRow): readonly Cell[] {
  const left = daysLeft < 0 ? 'ended' : daysLeft === 0 ? 'ends today' : days(daysLeft);
  const look = daysLeft < 0 ? 'open' : daysLeft <= 14 ? 'warned' : 'closed';
  return [object, rules.join(', '), reason, dayView(expires), h('span', { class: `left ${look}` }, left), from];
}

export function exceptionsView({ exceptions }: DashboardModel): HTMLElement {
  if (exceptions.length === 0) return nothing();
  const heads = ['Object', 'Rules', 'Reason', 'Until', 'Days left', 'Written in'];
  return section('exceptions', 'Exceptions', table('Exceptions', heads, exceptions.map(exceptionCells)));
}

const rangeCells = ({ class: name, ranges, from, isWhole }: RangeRow): readonly Cell[] => [
  name,
  ranges.length === 0 ? 'none' : list(ranges),
  isWhole ? from : `${from}: there may be more`,
];

export function rangesView({ ranges }: DashboardModel): HTMLElement {
  return section(
    'ranges',
    'Protected ranges',
    hint(
      'Addresses that no MCP server may reach, beside those of cloud metadata. A class that is missing is not known.',
    ),
    ranges.length === 0
      ? h('p', { class: 'empty' }, 'Nothing is known of the addresses of the cluster.')
      : table('Protected ranges', ['Class', 'Ranges', 'Told by'], ranges.map(rangeCells)),
  );
}

const STATUS_LOOKS: Readonly<Record<CheckRow['status'], Standing>> = {
  fail: 'open',
  unknown: 'unsure',
  warn: 'warned',
  pass: 'closed',
};

function checkView({ title, status, answers }: CheckRow): HTMLElement {
  const said = answers.map(({ says, remedy }) =>
    h('li', {}, says, remedy === '' ? '' : h('span', { class: 'remedy' }, ` – ${remedy}`)),
  );
  const look = STATUS_LOOKS[status];
  return h(
    'li',
    { class: `entry ${look}` },
    h('p', { class: 'what' }, mark(look), h('strong', {}, status), title),
    h('ul', {}, ...said),
  );
}

export function checksView({ checks }: DashboardModel): HTMLElement {
  return section(
    'doctor',
    'Is the cluster ready',
    hint('What chokepoint doctor says, every ten minutes.'),
    checks === null
      ? h('p', { class: 'empty' }, 'It is being looked at.')
      : h('ol', { class: 'checks' }, ...checks.map(checkView)),
  );
}
