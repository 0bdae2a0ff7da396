import { problemOf } from '../app/report/build-report.ts';
import { createReach, type ReachQuery } from '../core/netpol/reach.ts';
import { parseReachQuery } from '../core/netpol/reach-query.ts';
import { visibleData } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import { loadLocator, type ReadInput, readInput } from './input.ts';
import type { Io } from './io.ts';
import { answerLines } from './reach-lines.ts';
import { describeReach } from './reach-words.ts';
import { problemText } from './terminal-text.ts';

type Options = CommandSpecific['reach'];

/** Throws a GateError where a file of queries and one query are asked for at once, or two things are to come from standard input. */
function checkQueries(paths: readonly string[], { queries, from, to, port }: Options): void {
  if ([from, to, port].some(end => end !== undefined)) {
    throw new GateError('bad-usage', 'reach takes --queries FILE, or --from, --to and --port: not both');
  }
  if (queries === '-' && paths.includes('-')) {
    throw new GateError('bad-usage', 'standard input holds the manifests or the queries: not both');
  }
}

/** What is meant for an address, though it may be none; no name of a pod is written so, but for one that is four numbers: write its namespace too. */
const ADDRESS_LIKE = /:|^\d+(?:\.\d+){3}$/;

/** The query that the options ask; rejects with a GateError that says what is missing or wrong. */
async function queryOf({ from, to, port, protocol }: Options): Promise<ReachQuery> {
  if (from === undefined || to === undefined || port === undefined) {
    throw new GateError('bad-usage', 'reach needs --queries FILE, or --from, --to and --port');
  }
  const endpoint = (text: string): unknown => (ADDRESS_LIKE.test(text) ? { ip: text } : { pod: text });
  const { readAddress } = await import('../adapters/addresses/read-address.ts');
  const query = parseReachQuery({ from: endpoint(from), to: endpoint(to), port, protocol }, readAddress);
  if ('problem' in query) throw new GateError('bad-usage', query.problem);
  return query;
}

/** Answers are only as good as the world: what could not be read of it is said, and makes the status 2. */
async function warnOf({ input, problems, texts }: ReadInput, io: Io): Promise<boolean> {
  if (problems.length + input.issues.length === 0) return false;
  const locate = await loadLocator(texts);
  const all = [...problems, ...input.issues.map(issue => problemOf(issue, locate))];
  await io.stderr.write(problemText(visibleData(all)));
  return all.some(({ severity }) => severity === 'error');
}

/** `reach`: answers one query in words, or a file of them line by line. */
export async function runReach(paths: readonly string[], options: Options, io: Io): Promise<number> {
  const query = options.queries === undefined ? await queryOf(options) : undefined;
  if (query === undefined) checkQueries(paths, options);
  const read = await readInput(paths, options, io);
  const isIncomplete = await warnOf(read, io);
  const reach = createReach(read.input.world);
  if (query === undefined) {
    const isBad = await answerLines(io.readPieces(options.queries ?? '-'), reach, io);
    return isBad || isIncomplete ? 2 : 0;
  }
  const answer = reach(query);
  if ('unknown' in answer) throw new GateError('bad-usage', `${answer.unknown} is not in the manifests`);
  const text = options.output === 'json' ? JSON.stringify(answer) : describeReach(query, answer, read.input.world);
  await io.stdout.write(`${text}\n`);
  return isIncomplete ? 2 : 0;
}
