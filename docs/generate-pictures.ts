import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { runIn } from '../test/cli/run.ts';
import { startBrowser, type TestBrowser } from '../test/page/browser.ts';
import { followedCluster } from '../test/page/followed-cluster.ts';
import { COMPANY, CONFIG, OPENED, ROLLOUT, recorded, SHUT } from '../test/page/samples.ts';
import { demoPicture } from './demo-picture.ts';

/** `npm run pictures`: draws the pictures of the README and the pages anew, in Debian's Chromium, from the page of the samples, from the dashboard of a cluster with them, and from the demo. */
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

/** The dashboard of a cluster with the samples, from what happened on. */
async function dashboardPicture(browser: TestBrowser, file: string): Promise<void> {
  const record = [recorded('catalog', 'mia@example.com', SHUT), recorded('debug', 'ann@example.com', OPENED)];
  const cluster = await followedCluster(COMPANY, { spec: ROLLOUT, record: record.map(line => `${line}\n`).join('') });
  try {
    const { page } = await browser.open(cluster.url, { viewport: { width: WIDTH, height: 900 }, colorScheme: 'light' });
    await page.locator('#doctor .entry').first().waitFor();
    await page.locator('#timeline').evaluate(element => element.scrollIntoView());
    await page.screenshot({ path: file, animations: 'disabled' });
  } finally {
    await cluster.close();
  }
}

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
  await dashboardPicture(browser, join(FOLDER, 'dashboard.png'));
  writeFileSync(join(FOLDER, 'demo.svg'), await demoPicture());
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
