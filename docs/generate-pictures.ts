import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { runIn } from '../test/cli/run.ts';
import { startBrowser } from '../test/page/browser.ts';
import { COMPANY, CONFIG } from '../test/page/samples.ts';
import { demoPicture } from './demo-picture.ts';

/** `npm run pictures`: draws the pictures of the README and the pages anew, in Debian's Chromium, from the page of the samples and from the demo. */
const FOLDER = fileURLToPath(new URL('images', import.meta.url));

const WIDTH = 1120;

/** What each picture shows: the part of the page, once it is made ready. */
const PICTURES: Readonly<Record<string, (page: Page) => Promise<string>>> = {
  report: async () => '#picture',
  server: async page => {
    await page.locator('.row', { hasText: 'shop / search' }).getByRole('button').first().click();
    return '.row.opened .map:not([hidden])';
  },
};

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-pictures-'));
const browser = await startBrowser();
try {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(folder, 'chokepoint.yaml'), CONFIG);
  for (const [name, text] of Object.entries(COMPANY)) writeFileSync(join(folder, name), text);
  const { stdout } = await runIn(folder, ['check', '.', '--output', 'html']);
  const file = join(folder, 'report.html');
  writeFileSync(file, stdout);
  for (const [name, prepare] of Object.entries(PICTURES)) {
    const { page } = await browser.open(file, { viewport: { width: WIDTH, height: 800 }, colorScheme: 'light' });
    const part = page.locator(await prepare(page));
    await part.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
  }
  writeFileSync(join(FOLDER, 'demo.svg'), await demoPicture());
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
