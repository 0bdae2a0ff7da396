import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeViolations, startBrowser, type TestBrowser } from './browser.ts';
import { type FollowedCluster, followedCluster } from './followed-cluster.ts';
import { COMPANY, OPENED, policy, ROLLOUT, recorded, server } from './samples.ts';

let browser: TestBrowser;
const clusters: FollowedCluster[] = [];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
  for (const cluster of clusters) await cluster.close();
});

async function follow(
  files: Readonly<Record<string, string>> = COMPANY,
  given: Parameters<typeof followedCluster>[1] = {},
): Promise<FollowedCluster> {
  const cluster = await followedCluster(files, given);
  clusters.push(cluster);
  return cluster;
}

const sentence = (page: Page): Promise<string> => page.locator('h1').innerText();
const state = (page: Page): Promise<string> => page.locator('.live .state').innerText();
const openRow = (page: Page, name: string) =>
  page.locator('.row', { has: page.locator('.name', { hasText: new RegExp(`/ ${name}$`) }) });

/** Closes what is open in the namespace finance. */
const PAYROLL_CLOSED = policy('finance', 'payroll');

describe('A dashboard', () => {
  test('shows the cluster as the report does, and says that it is live', async () => {
    const { url } = await follow();
    const { page, faults } = await browser.open(url);
    await expect.poll(() => state(page)).toBe('Live');
    expect(await sentence(page)).toBe(
      '6 of 10 MCP servers are closed. 3 are open; 1 is let through by an exception; 1 of the closed has a warning.',
    );
    expect(await page.title()).toBe('Chokepoint: 6 of 10 MCP servers closed');
    expect(await page.locator('.subject').innerText()).toContain('the cluster at http://127.0.0.1:');
    expect(faults).toEqual([]);
  });

  test('shows a change a moment later, and leaves what was searched, opened, asked and where the reader is', async () => {
    const { url, apply } = await follow();
    const { page, faults } = await browser.open(url, { viewport: { width: 1280, height: 500 } });
    await expect.poll(() => state(page)).toBe('Live');
    await page.getByLabel('From', { exact: true }).selectOption({ label: 'shop/Deployment/web' });
    await page.getByLabel('To', { exact: true }).selectOption({ label: 'shop/Deployment/orders  · MCP server' });
    await page.getByRole('button', { name: 'Larger' }).click();
    const zoom = (): Promise<number> =>
      page
        .locator('#picture .frame svg')
        .evaluate(svg => Number(svg.getAttribute('width')) / Number(svg.getAttribute('viewBox')?.split(' ')[2]));
    const zoomed = await zoom();
    await page.getByLabel('Search', { exact: true }).fill('shop');
    await page.getByLabel('Order', { exact: true }).selectOption('by name');
    const row = openRow(page, 'search');
    await row.getByRole('button').first().click();
    await row.getByLabel('With the fixes below: closed').check();
    await row.evaluate(element => element.scrollIntoView({ block: 'start' }));
    const top = (): Promise<number> => row.evaluate(element => Math.round(element.getBoundingClientRect().top));
    const before = await top();
    apply([PAYROLL_CLOSED, server('shop', 'billing')].join('---\n'));
    await expect
      .poll(() => sentence(page))
      .toBe(
        '7 of 11 MCP servers are closed. 3 are open; 1 is let through by an exception; 1 of the closed has a warning.',
      );
    expect(await page.getByLabel('Search', { exact: true }).inputValue()).toBe('shop');
    expect(await page.locator('.row .name').allInnerTexts()).toEqual([
      'shop / billing',
      'shop / catalog',
      'shop / orders',
      'shop / search',
    ]);
    expect(await row.getByLabel('With the fixes below: closed').isChecked()).toBe(true);
    expect(await top()).toBe(before);
    expect(await row.getByLabel('With the fixes below: closed').evaluate(one => one === document.activeElement)).toBe(
      true,
    );
    expect(await zoom()).toBeCloseTo(zoomed, 2);
    expect(await page.locator('.result').innerText()).toContain('shop/Deployment/web');
    expect(faults).toEqual([]);
  });

  test('keeps the keyboard where it was, also where what it was on was drawn anew', async () => {
    const { url, apply } = await follow();
    const { page } = await browser.open(url);
    await expect.poll(() => state(page)).toBe('Live');
    const row = openRow(page, 'payroll');
    await row.getByRole('button').first().press('Enter');
    apply(PAYROLL_CLOSED);
    await expect.poll(() => row.locator('.standing').innerText()).toBe('closed');
    expect(await row.getByRole('button').first().getAttribute('aria-expanded')).toBe('true');
    expect(await page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('data-key'))).toBe(
      'server finance/Deployment/payroll',
    );
    const mark = page.locator('#picture [aria-label^="Deployment orders"]');
    await mark.focus();
    apply(policy('shop', 'orders', { except: ['10.0.0.0/8'] }));
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-key')))
      .toBe('mark shop/Deployment/orders');
  });

  test('takes a filter back though no server stands so any more', async () => {
    const { url, apply } = await follow({
      'a.yaml': [server('shop', 'a'), server('shop', 'b'), policy('shop', 'b')].join('---\n'),
    });
    const { page } = await browser.open(url);
    await expect.poll(() => state(page)).toBe('Live');
    await page.getByRole('button', { name: 'open 1' }).click();
    apply(policy('shop', 'a'));
    await expect.poll(() => sentence(page)).toContain('All 2 MCP servers are closed');
    expect(await page.locator('#servers .empty').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'open 0' }).click();
    expect(await page.locator('.row').count()).toBe(2);
  });

  test.each(['light', 'dark'] as const)('axe finds nothing against it in %s', async colorScheme => {
    const { url } = await follow();
    const { page } = await browser.open(url, { colorScheme });
    await expect.poll(() => state(page)).toBe('Live');
    await openRow(page, 'orders').getByRole('button').first().click();
    expect(await axeViolations(page)).toEqual([]);
  });

  test('shows a cluster without a server, and the first one that comes', async () => {
    const { url, apply } = await follow({});
    const { page } = await browser.open(url);
    await expect.poll(() => sentence(page)).toBe('There is no MCP server here: nothing was judged.');
    expect(await axeViolations(page)).toEqual([]);
    apply(server('shop', 'first'));
    await expect.poll(() => page.locator('.row .name').allInnerTexts()).toEqual(['shop / first']);
    expect(await page.locator('#picture').isVisible()).toBe(true);
  });
});

describe('Below the page', () => {
  test('stands what happened and who did it, the rollout, exceptions, ranges, and whether the cluster is ready', async () => {
    const { url } = await follow(COMPANY, { spec: ROLLOUT, record: `${recorded('debug', '<b>ann</b>', OPENED)}\n` });
    const { page, faults } = await browser.open(url);
    await expect.poll(() => state(page)).toBe('Live');
    await expect.poll(() => page.locator('#timeline .entry').count()).toBeGreaterThan(0);
    const entry = await page.locator('#timeline .entry').first().innerText();
    expect(entry).toContain('by <b>ann</b>');
    expect(entry).toContain('CREATE NetworkPolicy shop/debug');
    expect(entry).toContain('any pod can reach shop/orders (TCP 8080)');
    expect(await page.locator('#stages tbody tr').allInnerTexts()).toEqual([expect.stringMatching(/^shop\s+enforce/)]);
    const exception = page.locator('#exceptions tbody tr', { hasText: 'Deployment legacy/tickets' });
    expect(await exception.innerText()).toContain('TICKET-17, moved in spring');
    expect(await exception.innerText()).toMatch(/2099-12-31\s+\d+ days\s+the configuration/);
    expect(await page.locator('#ranges tbody tr').first().innerText()).toMatch(/^pods\s+10\.244\.0\.0\/16/);
    await expect.poll(() => page.locator('#doctor .entry').count()).toBeGreaterThan(5);
    expect(await page.locator('.sections a').allInnerTexts()).toEqual([
      'Who reaches what',
      'Servers',
      'May it reach that, and why',
      'What happened',
      'Rollout',
      'Exceptions',
      'Protected ranges',
      'Is the cluster ready',
    ]);
    await page.getByRole('link', { name: 'Exceptions' }).click();
    expect(await page.locator('#exceptions').evaluate(one => one.getBoundingClientRect().top)).toBeLessThan(200);
    expect(faults).toEqual([]);
  });

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ] as const)('axe finds nothing against it, and nothing is wider than the screen: %s', async (_, options) => {
    const { url } = await follow(COMPANY, { spec: ROLLOUT, record: `${recorded('debug', 'ann', OPENED)}\n` });
    const { page } = await browser.open(url, options);
    await expect.poll(() => page.locator('#doctor .entry').count()).toBeGreaterThan(5);
    expect(await axeViolations(page)).toEqual([]);
    const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(wide).toBeLessThanOrEqual(screen ?? 0);
  });
});

describe('Pages of others', () => {
  /** What a page of another origin gets when it asks for these, as its script sees it. */
  const asked = (page: Page, url: string): Promise<readonly string[]> =>
    page.evaluate(async base => {
      const paths = ['', 'model', 'events'];
      const attempts = paths.flatMap(path =>
        (['cors', 'no-cors'] as const).map(async mode => {
          try {
            const answer = await fetch(base + path, { mode });
            return `${path} ${mode} ${answer.type} ${(await answer.text()).length}`;
          } catch {
            return `${path} ${mode} refused`;
          }
        }),
      );
      return Promise.all(attempts);
    }, url);

  test('read nothing of it, neither by a request nor in a frame, nor under a name that was bent to this machine', async () => {
    const { url } = await follow();
    const { port } = new URL(url);
    const other = await follow({});
    const { page } = await browser.open(other.url);
    // A page whose own policy would let it.
    await page.route(other.url, route =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>another</title>' }),
    );
    await page.goto(other.url);
    expect(await asked(page, url)).toEqual([
      ' cors refused',
      ' no-cors refused',
      'model cors refused',
      'model no-cors refused',
      'events cors refused',
      'events no-cors refused',
    ]);
    await page.evaluate(source => {
      const frame = document.createElement('iframe');
      frame.src = source;
      document.body.append(frame);
    }, url);
    await expect.poll(() => page.frames().length).toBe(2);
    expect(await page.frames()[1]?.locator('.live, .row').count()).toBe(0);
    const bent = await browser.resolving('attacker.example');
    const answer = await bent.goto(`http://attacker.example:${port}/`);
    expect([answer?.status(), await bent.content()]).toEqual([421, expect.not.stringContaining('<script')]);
    expect(await asked(bent, `http://attacker.example:${port}/`)).toEqual([
      ' cors basic 21',
      ' no-cors basic 21',
      'model cors basic 21',
      'model no-cors basic 21',
      'events cors basic 21',
      'events no-cors basic 21',
    ]);
  });
});

describe('Hostile text', () => {
  test('is shown as it is written, and does nothing', async () => {
    const names = ['<img src=x onerror=alert(1)>', '</script><script>alert(1)</script>', '\\u202Egnp.exe'];
    const files = names.map((name, index) => {
      const text = server('shop', 'NAME')
        .replaceAll('name: NAME', `name: "${name}"`)
        .replaceAll('app: NAME', `app: "${name}"`)
        .replaceAll('registry.example.com/NAME-mcp', 'registry.example.com/mcp');
      return [`${index}.yaml`, text] as const;
    });
    const { url } = await follow(Object.fromEntries(files));
    const { page, faults } = await browser.open(url);
    await expect.poll(() => page.locator('.row').count()).toBe(names.length);
    for (const button of await page.locator('.row h3 button').all()) await button.click();
    expect(await page.locator('img, iframe, object').count()).toBe(0);
    expect((await page.locator('body').innerText()).includes('\u202E')).toBe(false);
    expect(await page.locator('.row .name').allInnerTexts()).toContain('shop / <img src=x onerror=alert(1)>');
    expect(faults).toEqual([]);
  });
});

describe('An API server that goes', () => {
  test('is said to be gone, with what was known, and what changed meanwhile is shown once it is back', async () => {
    const { url, server: api, apply } = await follow();
    const { page } = await browser.open(url);
    await expect.poll(() => state(page)).toBe('Live');
    api.order('drop', { times: 1_000_000 });
    api.cut();
    await expect.poll(() => state(page), { timeout: 60_000 }).toBe('Stale');
    expect(await page.locator('.live').innerText()).toContain('the API server does not answer');
    expect(await page.locator('.row').count()).toBe(10);
    expect(await axeViolations(page)).toEqual([]);
    apply(PAYROLL_CLOSED);
    api.heal();
    await expect.poll(() => state(page), { timeout: 60_000 }).toBe('Live');
    await expect.poll(() => sentence(page)).toContain('7 of 10 MCP servers are closed.');
  });
});
