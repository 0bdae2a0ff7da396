import type { ReachAnswer, ReachQuery } from '../core/netpol/reach.ts';
import type { NoAnswer } from '../core/netpol/reach-pods.ts';
import { parseReachQuery, unknownQueryFields } from '../core/netpol/reach-query.ts';
import { visibleText } from '../core/visible-text.ts';
import { messageOf } from '../errors.ts';
import type { Io } from './io.ts';
import { noAnswerText } from './reach-words.ts';
import type { WorldSource } from './reach-world.ts';

/** What the lines ask. */
interface Asked {
  readonly reach: (query: ReachQuery) => ReachAnswer | NoAnswer;
  readonly source: Pick<WorldSource, 'kind'>;
}

/** Longest query line that is read, in UTF-16 units: far above any query, and a file without line ends must not fill the memory. */
const LONGEST_LINE = 1_000_000;

interface LineAnswer {
  /** As JSON. */
  readonly text: string;
  /** Fields that a query does not have. */
  readonly unknown: readonly string[];
  /** What is wrong with the line, or why its answer is not known; absent: nothing. */
  readonly trouble?: string;
}

const refused = (error: string): LineAnswer => ({ text: JSON.stringify({ error }), unknown: [], trouble: error });

function answerLine(line: string, { reach, source }: Asked): LineAnswer {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return refused(`not JSON: ${messageOf(cause)}`);
  }
  const query = parseReachQuery(value);
  if ('problem' in query) return refused(query.problem);
  const answer = reach(query);
  if (!('allowed' in answer)) return refused(noAnswerText(answer, source.kind));
  const causes = (answer.causes ?? []).map(({ why }) => why).join('; ');
  return {
    text: JSON.stringify(answer),
    unknown: unknownQueryFields(value),
    ...(causes !== '' && { trouble: `not known: ${causes}` }),
  };
}

/**
 * Answers JSON lines in order, one line each, a write for each piece of input. A line that is no query gets `{"error": …}` in its place and a line on
 * standard error, where also the causes of an answer that is not known are told; blank lines are passed over, and so are unknown fields, with a warning
 * for the first of each name. Resolves to whether there was such a line or answer.
 */
export async function answerLines(pieces: AsyncIterable<Buffer>, asked: Asked, io: Io): Promise<boolean> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  let isBad = false;
  const warned = new Set<string>();

  const warnings = (fields: readonly string[]): string[] => {
    const news = fields.filter(field => !warned.has(field));
    return news.map(field => {
      warned.add(field);
      return `query line ${number}: warning: unknown field ${JSON.stringify(visibleText(field))} is passed over\n`;
    });
  };

  const answer = async (lines: readonly string[]): Promise<void> => {
    const answers: string[] = [];
    const said: string[] = [];
    for (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
      const { text, unknown, trouble } = answerLine(line, asked);
      answers.push(text);
      said.push(...warnings(unknown));
      if (trouble === undefined) continue;
      said.push(`query line ${number}: ${visibleText(trouble)}\n`);
      isBad = true;
    }
    if (said.length > 0) await io.stderr.write(said.join(''));
    if (answers.length > 0) await io.stdout.write(`${answers.join('\n')}\n`);
  };

  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    await answer(lines);
    if (io.stdout.isClosed()) return isBad;
    if (rest.length > LONGEST_LINE) {
      await io.stderr.write(`query line ${number + 1}: longer than ${LONGEST_LINE} characters: the rest is not read\n`);
      return true;
    }
  }
  await answer([rest + decoder.decode()]);
  return isBad;
}
