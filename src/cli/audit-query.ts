import { isAbsolute, join, resolve } from 'node:path';
import { CSV_HEADER, csvLine } from '../adapters/audit-query/csv.ts';
import type { Entry, UnreadableLine } from '../adapters/audit-query/entries.ts';
import { ocsfLine } from '../adapters/audit-query/ocsf.ts';
import { type IndexPlace, openSource } from '../adapters/audit-query/source.ts';
import { lineText, reachTimesText, stateText, untoldText } from '../adapters/audit-query/text.ts';
import { mergeByTime } from '../app/audit-query/merge-by-time.ts';
import { inOrder } from '../app/audit-query/order.ts';
import { createReachFollower } from '../app/audit-query/reach-on.ts';
import { createSeenLines } from '../app/audit-query/seen-lines.ts';
import { createStateFollower } from '../app/audit-query/state-at.ts';
import { visibleText } from '../core/visible-text.ts';
import { messageOf } from '../errors.ts';
import { type Question, questionOf } from './audit-question.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** Unreadable lines that are named; the others are counted. */
const NAMED = 10;
/** UTF-16 units of lines that are held to be put in order, of all files together. */
const HELD = 32 * 1024 * 1024;
/** UTF-16 units of output that are gathered before they are written. */
const GATHERED = 64 * 1024;

/** How a line is printed, by the format. */
const LINES: { readonly [Format in CommandSpecific['auditQuery']['output']]: (entry: Entry) => string } = {
  text: ({ line }) => lineText(line),
  json: ({ text }) => `${text}\n`,
  csv: ({ line }) => csvLine(line),
  ocsf: ({ line }) => ocsfLine(line),
};

type Options = CommandSpecific['auditQuery'];
type Entries = AsyncIterable<Entry>;

/** Each line once, though it was shipped twice. */
async function* onlyOnce(entries: Entries): AsyncGenerator<Entry> {
  const seen = createSeenLines();
  for await (const entry of entries) if (!seen.wasSeen(entry.line)) yield entry;
}

async function printLines(entries: Entries, output: Options['output'], io: Io): Promise<void> {
  let gathered = output === 'csv' ? CSV_HEADER : '';
  for await (const entry of entries) {
    gathered += LINES[output](entry);
    if (gathered.length < GATHERED) continue;
    await io.stdout.write(gathered);
    gathered = '';
    if (io.stdout.isClosed()) return;
  }
  await io.stdout.write(gathered);
}

async function printState(
  entries: Entries,
  question: Extract<Question, { kind: 'state' }>,
  { output, object, stateAt }: Options,
  io: Io,
): Promise<void> {
  const follower = createStateFollower(question.object, question.atMs);
  for await (const { line } of entries) follower.add(line);
  const state = follower.state();
  const text = stateText(state, object?.[0] ?? '', stateAt ?? '');
  await io.stdout.write(output === 'json' ? `${JSON.stringify(state)}\n` : text);
}

/** Resolves to whether the record tells all that was asked. */
async function printReach(
  entries: Entries,
  question: Extract<Question, { kind: 'reach' }>,
  { output, on = '' }: Options,
  io: Io,
): Promise<boolean> {
  const { server, sinceMs, untilMs } = question;
  const follower = createReachFollower(server);
  for await (const { line } of entries) follower.add(line);
  const times = follower.openIn(sinceMs, untilMs);
  const text = reachTimesText(times, server, on);
  const isTold = follower.known() === 'told';
  if (isTold) await io.stdout.write(output === 'json' ? times.map(time => `${JSON.stringify(time)}\n`).join('') : text);
  await io.stderr.write(untoldText(follower, server));
  return isTold && follower.incomplete.length === 0;
}

async function printAnswer(entries: Entries, question: Question, options: Options, io: Io): Promise<boolean> {
  if (question.kind === 'reach') return printReach(entries, question, options, io);
  if (question.kind === 'state') await printState(entries, question, options, io);
  else await printLines(entries, options.output, io);
  return true;
}

/** Bytes from which a file is indexed where nobody asked for it: below, it is read in a second. */
const INDEXED_BYTES = 64 * 1024 * 1024;

/** The user's folder for what can be made anew (XDG Base Directory Specification); a relative one there is to be ignored. */
function cacheFolder({ env, home }: Io): string {
  const { XDG_CACHE_HOME: folder = '' } = env;
  return isAbsolute(folder) ? folder : join(home, '.cache');
}

/** Where the indexes are; `undefined`: nothing is indexed. */
function indexPlace(index: Options['index'], io: Io): IndexPlace | undefined {
  if (index === false) return undefined;
  const progress = createProgress(io.stderr);
  return {
    folder: index === undefined ? join(cacheFolder(io), 'chokepoint', 'audit') : resolve(io.workingFolder, index),
    fromBytes: index === undefined ? INDEXED_BYTES : 0,
    onProgress: (file, share) => {
      if (share < 1) progress.show(`indexing ${file}: ${Math.floor(share * 100)} %`);
      else progress.clear();
    },
    onTrouble: (file, error) => {
      const reason = messageOf(error);
      void io.stderr.write(`chokepoint: ${file} is read whole, because it cannot be indexed: ${visibleText(reason)}\n`);
    },
  };
}

/** Rules that this version does not have: misspelt, or of the record of another version, so that the answer stands. */
async function unknownRulesText(rules: readonly string[] = []): Promise<string> {
  if (rules.length === 0) return '';
  const { RULES } = await import('../core/rules/index.ts');
  const unknown = rules.filter(rule => !RULES.some(({ id }) => id === rule));
  return unknown
    .map(
      rule =>
        `chokepoint: this version has no rule "${visibleText(rule)}": \`chokepoint rules\` lists those that it has\n`,
    )
    .join('');
}

function unreadableText(lines: readonly UnreadableLine[], count: number): string {
  const named = lines.map(({ file, number, why }) => `chokepoint: ${file}:${number} cannot be read: ${why}\n`);
  const more = count > lines.length ? [`chokepoint: and ${count - lines.length} more lines cannot be read\n`] : [];
  return [...named, ...more].join('');
}

/**
 * `audit query`: answers from the lines of records and of audit logs of API servers. Resolves to 0, or to 2 where a line cannot be read, or the record does not tell all that was
 * asked: what it tells is answered all the same. Rejects with a GateError where the usage is wrong or a file cannot be read.
 */
export async function runAuditQuery(files: readonly string[], options: Options, io: Io): Promise<number> {
  const question = questionOf(options, Date.now());
  await io.stderr.write(await unknownRulesText(options.rule));
  const unreadable: UnreadableLine[] = [];
  let count = 0;
  const onUnreadable = (line: UnreadableLine): void => {
    count += 1;
    if (unreadable.length < NAMED) unreadable.push(line);
  };
  const { filter } = question;
  const index = indexPlace(options.index, io);
  const sources = files.map(file => {
    const source = openSource({ file, filter, onUnreadable, readPieces: io.readPieces, index });
    return inOrder(source, file, HELD / files.length);
  });
  const isTold = await printAnswer(onlyOnce(mergeByTime(sources)), question, options, io);
  await io.stderr.write(unreadableText(unreadable, count));
  return count === 0 && isTold ? 0 : 2;
}
