import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAssets } from '../../src/adapters/page/assets.ts';
import { renderPlayground } from '../../src/adapters/page/document.ts';
import { temporaryFolder } from '../cli/run.ts';
import { axeViolations, startBrowser, type TestBrowser } from './browser.ts';
import { COMPANY, CONFIG } from './samples.ts';

const FOLDER = fileURLToPath(new URL('../../src/main/playground', import.meta.url));

let browser: TestBrowser;
let folder: string;
let file: string;
let html: string;
beforeAll(async () => {
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-playground-'));
  file = join(folder, 'index.html');
  html = renderPlayground(await bundleAssets(FOLDER, 'main.ts', 'playground.css'));
  writeFileSync(file, html);
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

const heading = (page: Page): Promise<string> => page.locator('h1').innerText();

test('The judge, its page and the playground have at most 250 KB, compressed, and nothing of Node.js is in them', () => {
  expect(gzipSync(html, { level: 9 }).length).toBeLessThanOrEqual(250_000);
  expect(html.match(/["'`]node:/g)).toBe(null);
});

test('It begins with an example, and judges what is typed', async () => {
  const { page, faults } = await browser.open(file);
  await expect.poll(() => heading(page)).toBe('0 of 1 MCP server is closed. 1 is open.');
  expect(await page.locator('.map:visible .way.open .end').allTextContents()).toEqual([
    'other pods, should not be there',
  ]);
  const manifests = page.getByLabel('Manifests');
  await manifests.fill((await manifests.inputValue()).split('---\n# Somebody')[0] ?? '');
  await expect.poll(() => heading(page)).toMatch(/^The one MCP server is closed/);
  expect(faults).toEqual([]);
});

test.each([
  ['closed, on Google Cloud', /^The one MCP server is closed/],
  ['closed, on AWS', /^The one MCP server is closed/],
  ['no policy at all', /1 is open/],
  ['one dash too many: two list items are OR', /1 is open/],
  ['cloud metadata can be reached', /1 is open/],
  ['the pods of the cluster can be reached', /1 is open/],
  ['a label that anybody can give a namespace', /1 is open/],
  ['nothing is configured', /warning|open/],
])('The example "%s" is what it says', async (title, sentence) => {
  const { page, faults } = await browser.open(file);
  await page.getByLabel('Example').selectOption(title);
  await expect.poll(() => heading(page)).toMatch(sentence);
  expect(faults).toEqual([]);
});

test('It judges as the command line does', async () => {
  const command = temporaryFolder();
  const manifests = Object.values(COMPANY).join('---\n');
  command.write('chokepoint.yaml', CONFIG);
  command.write('manifests.yaml', manifests);
  const report = JSON.parse((await command.run(['check', 'manifests.yaml', '-o', 'json'])).stdout);
  command.remove();
  const { page } = await browser.open(file);
  await page.getByLabel(/^GatePolicy/).fill(CONFIG);
  await page.getByLabel('Manifests').fill(manifests);
  await expect.poll(() => page.locator('.row').count()).toBe(report.servers.length);
  const shown = await page
    .locator('.row')
    .evaluateAll(rows => rows.map(row => [row.querySelector('.name')?.textContent, row.classList.contains('open')]));
  const judged = report.servers.map(({ namespace, name, verdict }: Record<string, string>) => [
    `${namespace} / ${name}`,
    verdict === 'deny',
  ]);
  expect(shown.toSorted()).toEqual(judged.toSorted());
});

test('What cannot be read is said with its line, and what is typed is text', async () => {
  const { page, faults } = await browser.open(file);
  await page.getByLabel('Manifests').fill('kind: [\n');
  await expect.poll(() => page.locator('#problems').innerText()).toContain('manifests.yaml:');
  await page.getByLabel(/^GatePolicy/).fill('kind: GatePolicy\nspec: {gatewais: <img src=x onerror=alert(1)>}\n');
  await expect.poll(() => page.locator('#problems').innerText()).toContain('gatewais');
  expect(await page.locator('img').count()).toBe(0);
  expect(faults).toEqual([]);
});

test('A link holds both texts, in its fragment', async () => {
  const { page } = await browser.open(file);
  await page.getByLabel('Example').selectOption('no policy at all');
  await page.getByRole('button', { name: 'Copy a link to this' }).click();
  await expect.poll(() => page.url()).toContain('#v1=');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await expect
    .poll(() => other.getByLabel('Manifests').inputValue())
    .toBe(await page.getByLabel('Manifests').inputValue());
  await other.goto(`file://${file}#v1=broken`);
  await expect.poll(() => heading(other)).toContain('1 is open');
});

test.each(['light', 'dark'] as const)('axe finds nothing against it in %s', async colorScheme => {
  const { page } = await browser.open(file, { colorScheme });
  await expect.poll(() => page.locator('.row').count()).toBe(1);
  expect(await axeViolations(page)).toEqual([]);
});

test('Nothing is wider than a screen of 360 pixels', async () => {
  const { page } = await browser.open(file, { viewport: { width: 360, height: 740 } });
  await expect.poll(() => page.locator('.row').count()).toBe(1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});
