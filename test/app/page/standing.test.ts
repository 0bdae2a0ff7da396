import { expect, test } from 'vitest';
import type { Standing } from '../../../src/app/page/model.ts';
import { sumUp } from '../../../src/app/page/standing.ts';

test.each<[readonly Standing[], string]>([
  [[], 'There is no MCP server here: nothing was judged.'],
  [['closed'], 'The one MCP server is closed: only its gateway reaches it, and it reaches nothing inside.'],
  [['open'], '0 of 1 MCP server is closed. 1 is open.'],
  [['closed', 'open', 'open'], '1 of 3 MCP servers are closed. 2 are open.'],
  [['closed', 'unsure'], '1 of 2 MCP servers are closed. 1 cannot be judged.'],
  [
    ['closed', 'warned'],
    'All 2 MCP servers are closed: only their gateways reach them, and they reach nothing inside. 1 of the closed has a warning.',
  ],
  [['excepted', 'excepted', 'closed'], '1 of 3 MCP servers are closed. 2 are let through by an exception.'],
])('%j are summed up', (standings, sentence) => {
  expect(sumUp(standings).sentence).toBe(sentence);
});
