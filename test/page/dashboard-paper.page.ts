import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DashboardModel } from '../../src/app/dashboard/model.ts';
import { axeViolations, startBrowser, type TestBrowser } from './browser.ts';
import { type FollowedCluster, followedCluster } from './followed-cluster.ts';
import { COMPANY, OPENED, ROLLOUT, recorded } from './samples.ts';
import { screenshotFault } from './screenshot.ts';

/** What the dashboard of one cluster looks like: on paper, on every screen, to the keyboard, and with text that means harm. */

let browser: TestBrowser;
let cluster: FollowedCluster;
beforeAll(async () => {
  browser = await startBrowser();
  cluster = await followedCluster(COMPANY, { spec: ROLLOUT, record: `${recorded('debug', 'ann', OPENED)}\n` });
});
afterAll(async () => {
  await browser.close();
  await cluster.close();
});

/** The dashboard once all of it is there. */
async function opened(options: Parameters<TestBrowser['open']>[1] = {}) {
  const { page, faults } = await browser.open(cluster.url, options);
  await page.locator('#doctor .entry').first().waitFor();
  return { page, faults };
}

const wideness = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

describe('On paper', () => {
  /** Of A4 between its margins. */
  const PAPER = { width: 688, height: 1000 };

  async function printed() {
    const { page } = await opened({ viewport: PAPER, colorScheme: 'dark' });
    const row = page.locator('.row', { hasText: 'shop / orders' });
    await row.getByRole('button').first().click();
    await row.locator('.finding').first().waitFor();
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    return page;
  }

  test('stands all of it but what is pressed, and of the servers those that were open stand in full', async () => {
    const page = await printed();
    expect(await page.locator(':is(.sections, #ask, .tools, .zoom):visible').count()).toBe(0);
    for (const panel of ['timeline', 'stages', 'exceptions', 'ranges', 'doctor'])
      expect([panel, await page.locator(`#${panel} > :is(.table, ol):visible`).count()]).toEqual([panel, 1]);
    expect(await page.locator('.row').count()).toBe(10);
    expect(await page.locator('.detail:visible').count()).toBe(1);
    expect(await page.locator('.row', { hasText: 'finance / payroll' }).locator('.first').innerText()).toContain(
      'no NetworkPolicy selects its pods',
    );
    expect(await page.locator('.on-paper').innerText()).toContain('chokepoint scan --output html');
  });

  test('it is black on white, and nothing is cut off', async () => {
    const page = await printed();
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('main *, footer *, .live *')]
        .filter(one => one.checkVisibility() && !one.classList.contains('hidden') && !(one instanceof SVGElement))
        .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
        .map(one => `${one.tagName}.${one.className}`),
    );
    expect(cut).toEqual([]);
    expect(await wideness(page)).toBeLessThanOrEqual(PAPER.width);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    expect(await axeViolations(page)).toEqual([]);
  });
});

test.each([360, 1280, 3840])('Nothing is wider than a screen of %i pixels, with a server open', async width => {
  const { page } = await opened({ viewport: { width, height: 900 } });
  const row = page.locator('.row', { hasText: 'shop / orders' });
  await row.getByRole('button').first().click();
  await row.locator('.map:visible').waitFor();
  expect(await wideness(page)).toBeLessThanOrEqual(width);
});

test.each(['light', 'dark'] as const)('Its panels look as they did: %s', async colorScheme => {
  const { page } = await opened({ colorScheme });
  await page.locator('#stages').evaluate(element => element.scrollIntoView());
  expect(await screenshotFault(page, `panels-${colorScheme}`)).toBe(undefined);
});

test('It is used by the keyboard alone: from the sections to a server, its details, and the panels', async () => {
  const { page, faults } = await opened();
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const one = document.activeElement;
      return one?.getAttribute('aria-label') ?? one?.textContent ?? '';
    });
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Who reaches what');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Servers');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused()).toMatch(/^open/);
  while (!(await focused()).startsWith('finance / payroll')) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.row.opened .map:visible').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  expect(await page.locator('.row.opened .map:visible .way.open').count()).toBe(0);
  const panels = new Set<string>();
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press('Tab');
    panels.add(await focused());
  }
  expect(panels).toContain('Rollout, scrolls');
  expect(panels).toContain('Exceptions, scrolls');
  expect(panels).toContain('Protected ranges, scrolls');
  expect(faults).toEqual([]);
});

describe('Hostile text', () => {
  /** Fields that a program fills, not a stranger. */
  const OWN: ReadonlySet<string> = new Set([
    'id',
    'standing',
    'status',
    'level',
    'severity',
    'side',
    'day',
    'at',
    'since',
  ]);
  const KINDS: ReadonlySet<string> = new Set(['opened', 'closed', 'refused', 'past-gate', 'stage', 'found']);

  /** The same with this text behind every other one. */
  function withText(value: unknown, text: string, key = ''): unknown {
    if (typeof value === 'string')
      return OWN.has(key) || (key === 'kind' && KINDS.has(value)) ? value : `${value}${text}`;
    if (Array.isArray(value)) return value.map(one => withText(one, text, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withText(one, text, name)]));
  }

  /** The dashboard as strangers would have it who can write every text of it. */
  async function written(text: string, options: Parameters<TestBrowser['open']>[1] = {}) {
    const { page, faults } = await opened(options);
    const rewrite = async (route: Route): Promise<void> => {
      const answer = await route.fetch();
      const value: unknown = await answer.json();
      await route.fulfill({ response: answer, json: withText(value, text) });
    };
    await page.route(/\/(model|server)/, rewrite);
    await page.reload();
    await page.locator('#doctor .entry').first().waitFor();
    for (const index of [0, 1]) await page.locator('.row h3 button').nth(index).click();
    await page.locator('.row .map:visible').nth(1).waitFor();
    return { page, faults };
  }

  test.each([
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    '\u202Egnp.exe',
    'javascript:alert(1)',
  ])('in every field of it is shown as text, and does nothing: %j', async text => {
    const { page, faults } = await written(text);
    expect(await page.locator('img, iframe, object, [onload], [onerror]').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('a:not([href^="#"])').count()).toBe(0);
    for (const panel of ['timeline', 'stages', 'exceptions', 'ranges', 'doctor', 'servers', 'ask'])
      expect([panel, (await page.locator(`#${panel}`).textContent())?.includes(text)]).toEqual([panel, true]);
    expect(await axeViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test.each([360, 1280])('of ten thousand characters breaks nothing on a screen of %i pixels', async width => {
    const { page } = await written('x'.repeat(10_000), { viewport: { width, height: 740 } });
    expect(await wideness(page)).toBeLessThanOrEqual(width);
  });

  test('that is not to be seen is not in what is sent', async () => {
    const given = await followedCluster(
      { 'a.yaml': COMPANY['legacy.yaml'] ?? '' },
      { record: `${recorded('de\u202Ebug', 'an\u202En', OPENED)}\n` },
    );
    try {
      const { page } = await browser.open(given.url);
      await page.locator('#timeline .entry').first().waitFor();
      const model: DashboardModel = await page.evaluate(async () => (await fetch('/model')).json());
      expect(model.timeline[0]?.by).toBe('ann');
      expect(JSON.stringify(model)).not.toContain('\u202E');
    } finally {
      await given.close();
    }
  });
});
