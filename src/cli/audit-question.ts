import type { Filter, NamedObject } from '../app/audit-query/filter.ts';
import { whenMs } from '../app/audit-query/when.ts';
import { isDate } from '../core/calendar.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';

const DAY_MS = 86_400_000;

/** What is asked of a record. `filter` finds the lines that the answer rests on. */
export type Question =
  | { readonly kind: 'lines'; readonly filter: Filter }
  | { readonly kind: 'state'; readonly filter: Filter; readonly object: NamedObject; readonly atMs: number }
  /** Open at some time from `sinceMs`, inclusive, to `untilMs`, exclusive. */
  | {
      readonly kind: 'reach';
      readonly filter: Filter;
      readonly server: string;
      readonly sinceMs: number;
      readonly untilMs: number;
    };

const misuse = (message: string): GateError => new GateError('bad-usage', message);

/** `NAMESPACE/NAME`, `NAMESPACE/KIND/NAME`, or `KIND/NAME` of what has no namespace: kinds begin with a capital, namespaces never do. */
function namedObject(text: string): NamedObject {
  const parts = text.split('/');
  const [one = '', two = '', three] = parts;
  if (parts.length < 2 || parts.length > 3 || parts.includes(''))
    throw misuse(
      `"${text}" names no object: write NAMESPACE/NAME, NAMESPACE/KIND/NAME or, without a namespace, KIND/NAME`,
    );
  if (three !== undefined) return { namespace: one, kind: two, name: three };
  return /^[A-Z]/.test(one) ? { namespace: '', kind: one, name: two } : { namespace: one, kind: undefined, name: two };
}

function timeAsked(option: string, text: string, nowMs: number): number {
  const ms = whenMs(text, nowMs);
  if (ms !== undefined) return ms;
  throw misuse(
    `${option} "${text}" is no time: write 2026-11-27T08:00:00Z, 2026-11-27, or how long ago: 90m, 24h, 7d, 2w`,
  );
}

/** Options that look for lines, and how each is written. */
const LINE_OPTIONS = {
  server: '--server',
  user: '--user',
  namespace: '--namespace',
  kind: '--kind',
  operation: '--operation',
  change: '--change',
  decision: '--decision',
  rule: '--rule',
  since: '--since',
  until: '--until',
} as const;

/** Throws a GateError where an option would do nothing beside the question: whoever gave it expects that it did. */
function refuseOthers(question: string, options: CommandSpecific['auditQuery'], others: readonly string[]): void {
  const names = Object.entries(LINE_OPTIONS).flatMap(([key, name]) => (Object.hasOwn(options, key) ? name : []));
  const [first] = [...names, ...others];
  if (first !== undefined) throw misuse(`${first} does nothing beside ${question}: leave it out`);
  if (options.output !== 'text' && options.output !== 'json')
    throw misuse(`${question} is answered as text or json, not as ${options.output}`);
}

function reachQuestion(options: CommandSpecific['auditQuery'], reach: string, on: string): Question {
  if (!isDate(on)) throw misuse(`--on "${on}" is no day: write 2026-11-27`);
  refuseOthers('--reach', options, options.object === undefined ? [] : ['--object']);
  const server = namedObject(reach);
  const { namespace, name } = server;
  if (namespace === '') throw misuse(`"${reach}" names no server: write NAMESPACE/NAME or NAMESPACE/KIND/NAME`);
  const sinceMs = Date.parse(on);
  return {
    kind: 'reach',
    filter: { about: [server] },
    server: `${namespace}/${name}`,
    sinceMs,
    untilMs: sinceMs + DAY_MS,
  };
}

function stateQuestion(options: CommandSpecific['auditQuery'], stateAt: string, nowMs: number): Question {
  if (options.reach !== undefined || options.on !== undefined)
    throw misuse('--state-at and --reach are two questions: ask one');
  refuseOthers('--state-at', options, []);
  const [object, ...others] = (options.object ?? []).map(namedObject);
  if (object === undefined || others.length > 0) throw misuse('--state-at needs one --object');
  return { kind: 'state', filter: { object: [object] }, object, atMs: timeAsked('--state-at', stateAt, nowMs) };
}

/** What the options ask. Throws a GateError where they do not go together, or cannot be read. */
export function questionOf(options: CommandSpecific['auditQuery'], nowMs: number): Question {
  const { since, until, stateAt, reach, on } = options;
  if (stateAt !== undefined) return stateQuestion(options, stateAt, nowMs);
  if ((reach === undefined) !== (on === undefined)) throw misuse('--reach and --on are given together');
  if (reach !== undefined && on !== undefined) return reachQuestion(options, reach, on);
  const filter: Filter = {
    ...options,
    server: options.server?.map(namedObject),
    object: options.object?.map(namedObject),
    sinceMs: since === undefined ? undefined : timeAsked('--since', since, nowMs),
    untilMs: until === undefined ? undefined : timeAsked('--until', until, nowMs),
  };
  return { kind: 'lines', filter };
}
