import { duplicateIssues } from '../app/report/alternatives.ts';
import { problemOf } from '../app/report/build-report.ts';
import type { DecodedInput } from '../app/report/check.ts';
import { type ReachQuery, reachAmong } from '../core/netpol/reach.ts';
import { listReach, type ReachListQuery } from '../core/netpol/reach-list.ts';
import {
  endpointText,
  type NoAnswer,
  type ReachEndpoint,
  type ReachPods,
  reachPods,
} from '../core/netpol/reach-pods.ts';
import { readEndpoint } from '../core/netpol/reach-query.ts';
import { visibleData } from '../core/visible-text.ts';
import type { World } from '../core/world.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import { loadLocator } from './input.ts';
import type { Io } from './io.ts';
import { answerLines } from './reach-lines.ts';
import { describeList, describeReach, hintFor, listData, noAnswerText } from './reach-words.ts';
import { problemText } from './terminal-text.ts';
import { type ReadWorlds, readWorlds } from './worlds.ts';

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

/** One question of the command line. */
type Question =
  | { readonly kind: 'pair'; readonly query: ReachQuery }
  | { readonly kind: 'list'; readonly query: ReachListQuery };

/** The question that the options ask; rejects with a GateError that says what is missing or wrong. */
async function questionOf({ from, to, port, protocol }: Options): Promise<Question> {
  const { readAddress } = await import('../adapters/addresses/read-address.ts');
  const end = (text: string, field: 'from' | 'to'): ReachEndpoint => {
    const endpoint = readEndpoint(text, field, readAddress);
    if ('problem' in endpoint) throw new GateError('bad-usage', endpoint.problem);
    return endpoint;
  };
  const asked = { ...(port !== undefined && { port }), ...(protocol !== undefined && { protocol }) };
  if (from !== undefined && to !== undefined && port !== undefined)
    return { kind: 'pair', query: { ...asked, port, from: end(from, 'from'), to: end(to, 'to') } };
  if (from !== undefined && to === undefined)
    return { kind: 'list', query: { ...asked, direction: 'egress', end: end(from, 'from') } };
  if (to !== undefined && from === undefined)
    return { kind: 'list', query: { ...asked, direction: 'ingress', end: end(to, 'to') } };
  throw new GateError('bad-usage', 'reach needs --queries FILE, or --from, --to and --port');
}

/** The world that is asked about. Throws a GateError where there are several: in each of them the answer may be another. */
function onlyWorld(worlds: readonly DecodedInput[]): DecodedInput {
  const [first, ...more] = worlds.toSorted((a, b) => Number(b.objects.size > 0) - Number(a.objects.size > 0));
  const others = more.filter(({ objects }) => objects.size > 0);
  if (first === undefined) throw new Error('an input is at least one world');
  if (others.length === 0) return first;
  const names = [first, ...others].map(({ build = 'files that are in no build' }) => build);
  throw new GateError('bad-usage', `these are several worlds: ${names.join(', ')}; give one of them, or --no-render`);
}

/** Answers are only as good as the world: what could not be read of it is said, and makes the status 2. */
async function warnOf({ problems, texts }: ReadWorlds, input: DecodedInput, io: Io): Promise<boolean> {
  const issues = [...input.issues, ...duplicateIssues(input.duplicates, 'this later one answers')];
  if (problems.length + issues.length === 0) return false;
  const locate = await loadLocator(texts);
  const all = [...problems, ...issues.map(issue => problemOf(issue, locate))];
  await io.stderr.write(problemText(visibleData(all)));
  return all.some(({ severity }) => severity === 'error');
}

/** Throws a GateError that says why there is no answer. */
function refuse(answer: NoAnswer, ends: readonly ReachEndpoint[], pods: ReachPods, world: World): never {
  const missing = 'unknown' in answer ? ends.find(end => endpointText(end) === answer.unknown) : undefined;
  throw new GateError(
    'bad-usage',
    `${noAnswerText(answer)}${missing === undefined ? '' : hintFor(missing, pods, world)}`,
  );
}

/** What is printed, and whether something in it is not known. */
interface Printed {
  readonly text: string;
  readonly isUnknown: boolean;
}

function answerPair(query: ReachQuery, pods: ReachPods, world: World, output: Options['output']): Printed {
  const answer = reachAmong(pods)(query);
  if (!('allowed' in answer)) return refuse(answer, [query.from, query.to], pods, world);
  const text = output === 'json' ? JSON.stringify(answer) : describeReach(query, answer, pods, world);
  return { text, isUnknown: answer.allowed === null };
}

function answerList(query: ReachListQuery, pods: ReachPods, world: World, output: Options['output']): Printed {
  const list = listReach(world, pods, query);
  if ('needsPort' in list)
    throw new GateError('bad-usage', `${list.needsPort} declares no port: say with --port which one is to be reached`);
  if (!('workloads' in list)) return refuse(list, [query.end], pods, world);
  const text = output === 'json' ? JSON.stringify(listData(list, query)) : describeList(list, query, world);
  return { text, isUnknown: list.unknown.length > 0 };
}

/** `reach`: answers one query in words, lists who can or what can be reached, or answers a file of queries line by line. */
export async function runReach(paths: readonly string[], options: Options, io: Io): Promise<number> {
  const question = options.queries === undefined ? await questionOf(options) : undefined;
  if (question === undefined) checkQueries(paths, options);
  const read = await readWorlds(paths, options, io);
  const input = onlyWorld(read.worlds);
  const isIncomplete = await warnOf(read, input, io);
  const { world } = input;
  const pods = reachPods(world);
  if (question === undefined) {
    const isBad = await answerLines(io.readPieces(options.queries ?? '-'), reachAmong(pods), io);
    return isBad || isIncomplete ? 2 : 0;
  }
  const { text, isUnknown } =
    question.kind === 'pair'
      ? answerPair(question.query, pods, world, options.output)
      : answerList(question.query, pods, world, options.output);
  await io.stdout.write(`${text}\n`);
  return isIncomplete || isUnknown ? 2 : 0;
}
