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
import type { World } from '../core/world/world.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { answerLines } from './reach-lines.ts';
import { describeList, describeReach, hintFor, listData, noAnswerText } from './reach-words.ts';
import { type WorldSource, worldSource } from './reach-world.ts';

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

/** A name without a namespace, with the one that it is in; a text of another kind as it is. */
const inNamespace = (text: string, namespace: string | undefined): string =>
  namespace === undefined || /[/:]|^\d+(?:\.\d+){3}$/.test(text) ? text : `${namespace}/${text}`;

/** The question that the options ask; rejects with a GateError that says what is missing or wrong. */
async function questionOf({ from, to, port, protocol }: Options, namespace: string | undefined): Promise<Question> {
  const { readAddress } = await import('../adapters/addresses/read-address.ts');
  const end = (text: string, field: 'from' | 'to'): ReachEndpoint => {
    const endpoint = readEndpoint(inNamespace(text, namespace), field, readAddress);
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

/** A world, ready to be asked. */
interface Asked {
  readonly world: World;
  readonly pods: ReachPods;
  readonly kind: WorldSource['kind'];
  readonly output: Options['output'];
  readonly explain: boolean;
}

/** Throws a GateError that says why there is no answer. */
function refuse(answer: NoAnswer, ends: readonly ReachEndpoint[], { pods, world, kind }: Asked): never {
  const missing = 'unknown' in answer ? ends.find(end => endpointText(end) === answer.unknown) : undefined;
  throw new GateError(
    'bad-usage',
    `${noAnswerText(answer, kind)}${missing === undefined ? '' : hintFor(missing, pods, world)}`,
  );
}

/** What is printed, and whether something in it is not known. */
interface Printed {
  readonly text: string;
  readonly isUnknown: boolean;
}

function answerPair(query: ReachQuery, asked: Asked): Printed {
  const { pods, output } = asked;
  const answer = reachAmong(pods)(query);
  if (!('allowed' in answer)) return refuse(answer, [query.from, query.to], asked);
  const text = output === 'json' ? JSON.stringify(answer) : describeReach(query, answer, asked);
  return { text, isUnknown: answer.allowed === null };
}

function answerList(query: ReachListQuery, asked: Asked): Printed {
  const { pods, world, output } = asked;
  const list = listReach(world, pods, query);
  if ('needsPort' in list)
    throw new GateError('bad-usage', `${list.needsPort} declares no port: say with --port which one is to be reached`);
  if (!('workloads' in list)) return refuse(list, [query.end], asked);
  const text = output === 'json' ? JSON.stringify(listData(list, query)) : describeList(list, query, asked);
  return { text, isUnknown: list.unknown.length > 0 };
}

/** `reach`: answers one query in words, lists who can or what can be reached, or answers a file of queries line by line. */
export async function runReach(paths: readonly string[], options: Options, io: Io): Promise<number> {
  if (options.queries !== undefined) checkQueries(paths, options);
  const source = await worldSource(paths, options, io);
  const question = options.queries === undefined ? await questionOf(options, source.namespace) : undefined;
  const { world, isIncomplete, dataplane } = await source.read();
  const pods = reachPods(world, dataplane);
  if (question === undefined) {
    const isBad = await answerLines(io.readPieces(options.queries ?? '-'), { reach: reachAmong(pods), source }, io);
    return isBad || isIncomplete ? 2 : 0;
  }
  const asked: Asked = { world, pods, kind: source.kind, output: options.output, explain: options.explain ?? false };
  const { text, isUnknown } =
    question.kind === 'pair' ? answerPair(question.query, asked) : answerList(question.query, asked);
  await io.stdout.write(`${text}\n`);
  return isIncomplete || isUnknown ? 2 : 0;
}
