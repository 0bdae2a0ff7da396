import { cutText, visibleText } from '../../core/visible-text.ts';
import { GateError } from '../../errors.ts';
import { type FoundProgram, findProgram, type ProgramPlaces } from '../system/find-program.ts';
import { runProgram } from '../system/run-program.ts';
import { type ReadAnswers, readAnswers } from './answers.ts';
import type { Cloud } from './cloud.ts';
import { type ReadingOptions, readCloud } from './read-cloud.ts';
import { type CloudRequest, commandText } from './request.ts';

/** Bounds on questions; all inclusive. */
interface AskLimits {
  /** Milliseconds of one question. A command line that has to log in first may take half a minute. */
  readonly questionMs: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
  /** A cluster has a handful of subnets. */
  readonly questions: number;
}

const ASK_LIMITS: AskLimits = { questionMs: 60_000, answerBytes: 32 * 1024 * 1024, questions: 50 };

/** Of what a program says, in UTF-16 units. */
const MAX_MESSAGE = 400;

export interface Asking {
  readonly places: ProgramPlaces;
  /** The user's environment: the program finds its credentials by it. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits?: AskLimits;
  /** Told of each command before it runs. */
  readonly onCommand?: (text: string) => void;
}

type Asked = { readonly answers: ReadAnswers } | { readonly reason: string };

/** Programs that were found, each looked for once. */
type Find = (program: string) => FoundProgram;

function createFind(places: ProgramPlaces): Find {
  const found = new Map<string, FoundProgram>();
  return program => {
    const known = found.get(program) ?? findProgram(program, places);
    found.set(program, known);
    return known;
  };
}

const notFound = (program: string, refused: string | undefined): string =>
  refused === undefined
    ? `${program} is not on PATH: install it, or save its answers where it is and give them by --from-file (--print-commands lists them)`
    : `${program} is on PATH only as ${refused}, in the working folder, of which no program is taken: run it from another folder`;

async function ask(request: CloudRequest, find: Find, { env, limits = ASK_LIMITS, onCommand }: Asking): Promise<Asked> {
  const text = commandText(request);
  const found = find(request.program);
  if (found.kind === 'none') return { reason: notFound(request.program, found.refused) };
  onCommand?.(text);
  const ended = await runProgram({
    program: found.path,
    args: request.args,
    env,
    timeoutMs: limits.questionMs,
    maxBytes: limits.answerBytes,
  });
  if (ended.kind === 'printed') return { answers: readAnswers(ended.output.toString('utf8'), text) };
  const says = cutText(visibleText(ended.says).trim(), MAX_MESSAGE);
  const said = says === '' ? '' : `: ${says}`;
  return { reason: `\`${text}\`: ${ended.reason}${said} (it needs ${request.right})` };
}

/**
 * Asks a cloud about a cluster, then about what its answer names, and so on. A later question that fails is told as not seen. Rejects with a
 * GateError where the cluster itself cannot be asked about.
 */
export async function askCloud(
  cloud: Cloud,
  first: CloudRequest,
  asking: Asking,
  options: Pick<ReadingOptions, 'readAddress'>,
) {
  const find = createFind(asking.places);
  const { questions } = asking.limits ?? ASK_LIMITS;
  const failed = new Map<string, string>();
  const begun = await ask(first, find, asking);
  if ('reason' in begun) throw new GateError('cloud-failed', begun.reason);
  let all = begun.answers;
  for (let asked = 1; ; asked += 1) {
    const { seen, wanted } = readCloud(cloud, all, { ...options, failed });
    const [next] = wanted;
    if (next === undefined || seen.problems.length > 0) return seen;
    const text = commandText(next);
    const answer = asked < questions ? await ask(next, find, asking) : { reason: `more than ${questions} questions` };
    if ('reason' in answer) failed.set(text, answer.reason);
    else {
      all = {
        answers: [...all.answers, ...answer.answers.answers],
        problems: [...all.problems, ...answer.answers.problems],
      };
      // An answer that is of something else does not lead to the question again.
      failed.set(text, 'the answer does not tell it');
    }
  }
}
