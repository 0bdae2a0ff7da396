import type { Decision } from '../../core/decision.ts';
import type { Standing } from './model.ts';

/** Where a server stands by its decision. */
export function standingOfServer({
  verdict,
  findings,
  excepted,
}: Pick<Decision, 'verdict'> & {
  readonly findings: readonly unknown[];
  readonly excepted: readonly { readonly level: string }[];
}): Standing {
  if (verdict === 'deny') return 'open';
  if (verdict === 'undetermined') return 'unsure';
  if (excepted.some(({ level }) => level === 'deny')) return 'excepted';
  return findings.length > 0 ? 'warned' : 'closed';
}

const are = (count: number, rest: string): string => `${count} ${count === 1 ? 'is' : 'are'} ${rest}`;

/** What each standing but the good ones says of so many servers. */
const SAID: readonly (readonly [Standing, (count: number) => string])[] = [
  ['open', count => are(count, 'open')],
  ['unsure', count => `${count} cannot be judged`],
  ['excepted', count => are(count, 'let through by an exception')],
];

/** The sum of a page in a sentence or two: how many servers are closed, and what is with the others. */
export function sumUp(standings: readonly Standing[]): { readonly sentence: string; readonly closed: number } {
  const count = (standing: Standing): number => standings.filter(one => one === standing).length;
  const warned = count('warned');
  const closed = count('closed') + warned;
  const all = standings.length;
  if (all === 0) return { sentence: 'There is no MCP server here: nothing was judged.', closed };
  const others = SAID.flatMap(([standing, say]) => (count(standing) === 0 ? [] : say(count(standing))));
  const said = [
    ...others,
    ...(warned > 0 ? [`${warned} of the closed ${warned === 1 ? 'has a warning' : 'have warnings'}`] : []),
  ];
  const first =
    closed === all ? allClosed(all) : `${closed} of ${all} MCP ${all === 1 ? 'server is' : 'servers are'} closed.`;
  return { sentence: said.length === 0 ? first : `${first} ${said.join('; ')}.`, closed };
}

const allClosed = (all: number): string =>
  all === 1
    ? 'The one MCP server is closed: only its gateway reaches it, and it reaches nothing inside.'
    : `All ${all} MCP servers are closed: only their gateways reach them, and they reach nothing inside.`;
