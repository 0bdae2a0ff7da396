import type { ReachAnswer, ReachQuery, UnknownEndpoint } from '../core/netpol/reach.ts';
import { parseReachQuery } from '../core/netpol/reach-query.ts';
import type { Io } from './io.ts';

type Reach = (query: ReachQuery) => ReachAnswer | UnknownEndpoint;

/** Longest query line that is read, in UTF-16 units: far above any query, and a file without line ends must not fill the memory. */
const LONGEST_LINE = 1_000_000;

/** A line's answer as JSON, or what is wrong with the line. */
type LineAnswer = { readonly text: string } | { readonly error: string };

function answerLine(line: string, reach: Reach): LineAnswer {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return { error: `not JSON: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
  const query = parseReachQuery(value);
  if ('problem' in query) return { error: query.problem };
  const answer = reach(query);
  return 'unknown' in answer
    ? { error: `${answer.unknown} is not in the manifests` }
    : { text: JSON.stringify(answer) };
}

/**
 * Answers JSON lines in order, one line each, a write for each piece of input. A line that is no query gets `{"error": …}` in its place and a line on
 * standard error; blank lines are passed over. Resolves to whether there was such a line.
 */
export async function answerLines(pieces: AsyncIterable<Buffer>, reach: Reach, io: Io): Promise<boolean> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  let isBad = false;

  const answer = async (lines: readonly string[]): Promise<void> => {
    const answers: string[] = [];
    const errors: string[] = [];
    for (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
      const answered = answerLine(line, reach);
      if ('text' in answered) answers.push(answered.text);
      else {
        answers.push(JSON.stringify(answered));
        errors.push(`query line ${number}: ${answered.error}\n`);
      }
    }
    isBad ||= errors.length > 0;
    if (errors.length > 0) await io.stderr.write(errors.join(''));
    if (answers.length > 0) await io.stdout.write(`${answers.join('\n')}\n`);
  };

  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    await answer(lines);
    if (rest.length > LONGEST_LINE) {
      await io.stderr.write(`query line ${number + 1}: longer than ${LONGEST_LINE} characters: the rest is not read\n`);
      return true;
    }
  }
  await answer([rest + decoder.decode()]);
  return isBad;
}
