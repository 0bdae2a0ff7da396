import type { JudgedWay } from '../../core/callers.ts';
import { refText } from '../../core/explain.ts';
import { judgedWays } from '../../core/gateway/judged-ways.ts';
import { compare } from '../../core/order.ts';
import type { PublicationContext } from '../../core/publication.ts';
import type { InventoryAuthentication } from './inventory.ts';

const eachOnce = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort(compare);

/** One way that surely leads to it and surely asks nobody is enough for `no`: callers take that one. */
function stateOf(ways: readonly JudgedWay[]): InventoryAuthentication['state'] {
  if (ways.length === 0) return 'none';
  if (ways.some(({ answers, isSure }) => isSure && answers.authentication.state === 'open')) return 'no';
  return ways.every(({ answers }) => answers.authentication.state === 'yes') ? 'yes' : 'unknown';
}

/** Whether the ways on which gateways lead to a server ask callers who they are. */
export function authenticationOf(context: PublicationContext): InventoryAuthentication {
  const ways = judgedWays(context);
  const isAsked = ({ answers }: JudgedWay): boolean => answers.authentication.state === 'yes';
  const asking = ways.filter(isAsked).map(({ answers: { authentication } }) => authentication);
  const others = ways.filter(way => !isAsked(way));
  return {
    state: stateOf(ways),
    by: eachOnce(asking.map(({ object, path }) => `${refText(object)} ${path}`)),
    gaps: eachOnce(others.map(({ text, answers }) => `${text}: ${answers.authentication.says}`)),
  };
}
