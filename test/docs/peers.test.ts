import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { peersPage } from '../../docs/peers-page.ts';

test('The page on platforms says what is judged now', async () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/peers.md', import.meta.url)), 'utf8');
  expect(page, 'run npm run peers').toBe(await peersPage());
});
