import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Folder, temporaryFolder } from '../cli/run.ts';
import { axeViolations, startBrowser, type TestBrowser } from './browser.ts';
import { CLOSED, COMPANY, CONFIG, many, policy, server } from './samples.ts';
import { screenshotFault } from './screenshot.ts';

let browser: TestBrowser;
const folders: Folder[] = [];
let company: string;

/** The page of these files, written beside them. */
async function pageOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporaryFolder();
  folders.push(folder);
  folder.write('chokepoint.yaml', CONFIG);
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const { stdout, stderr } = await folder.run(['check', '.', '--output', 'html', '--exclude', 'report.html']);
  expect(stderr).toBe('');
  const file = join(folder.path, 'report.html');
  writeFileSync(file, stdout);
  return file;
}

beforeAll(async () => {
  browser = await startBrowser();
  company = await pageOf(COMPANY);
});
afterAll(async () => {
  await browser.close();
  for (const folder of folders) folder.remove();
});

const rowNames = (page: Page): Promise<readonly string[]> => page.locator('.row:not([hidden]) .name').allTextContents();
const openRow = (page: Page, name: string) =>
  page.locator('.row', { has: page.locator('.name', { hasText: new RegExp(`/ ${name}$`) }) });

describe('The sum', () => {
  test('is one sentence and one number, and every server stands in the list, the worst first', async () => {
    const { page, faults } = await browser.open(company);
    expect(await page.locator('h1').innerText()).toBe(
      '5 of 10 MCP servers are closed. 3 are open; 1 cannot be judged; 1 is let through by an exception; 1 of the closed has a warning.',
    );
    expect(await page.title()).toBe('Chokepoint: 5 of 10 MCP servers closed');
    expect((await rowNames(page)).slice(0, 5)).toEqual([
      'finance / payroll',
      'shop / orders',
      'shop / search',
      'research / papers',
      'legacy / tickets',
    ]);
    expect(faults).toEqual([]);
  });

  test('says that something could not be read, which may be open, and leads there', async () => {
    const { page } = await browser.open(
      await pageOf({ ...CLOSED, 'z.yaml': 'apiVersion: apps/v1\nkind: [\n', 'y.yaml': server('shop', 'a') }),
    );
    expect(await page.locator('h1').innerText()).toContain('2 of 3 MCP servers are closed');
    expect(await page.locator('.gap').innerText()).toBe('1 error: what could not be read was not judged.');
    await page.getByRole('link', { name: '1 error' }).click();
    expect(await page.locator('#problems li').first().innerText()).toMatch(/^error /);
    expect(await axeViolations(page)).toEqual([]);
  });

  test('says it where all are closed, and where there is no server', async () => {
    const closed = await browser.open(await pageOf(CLOSED));
    expect(await closed.page.locator('h1').innerText()).toBe(
      'All 2 MCP servers are closed: only their gateways reach them, and they reach nothing inside.',
    );
    const none = await browser.open(
      await pageOf({ 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' }),
    );
    expect(await none.page.locator('h1').innerText()).toBe('There is no MCP server here: nothing was judged.');
    expect(await none.page.locator(':is(#servers, #picture, #ask, .number, .gap):visible').count()).toBe(0);
    expect(await axeViolations(none.page)).toEqual([]);
  });
});

describe('The list', () => {
  test('is filtered by what is pressed, searched by words and sorted by what is chosen', async () => {
    const { page } = await browser.open(company);
    await page.getByRole('button', { name: 'open 3' }).click();
    expect(await rowNames(page)).toEqual(['finance / payroll', 'shop / orders', 'shop / search']);
    await page.getByLabel('Search', { exact: true }).fill('shop cluster');
    expect(await rowNames(page)).toEqual(['shop / orders', 'shop / search']);
    expect(await page.locator('#servers .count').innerText()).toBe('2 of 10 servers');
    await page.getByLabel('Search', { exact: true }).fill('nothing is called so');
    expect(await page.locator('.empty').isVisible()).toBe(true);
    await page.getByLabel('Search', { exact: true }).fill('');
    await page.getByRole('button', { name: 'open 3' }).click();
    await page.getByLabel('Order', { exact: true }).selectOption('by name');
    expect((await rowNames(page)).slice(0, 3)).toEqual(['shop / catalog', 'support / chat', 'finance / invoices']);
  });

  test('shows of a server who reaches it and should not, the lines at fault, and the change that mends it', async () => {
    const { page, faults } = await browser.open(company);
    const row = openRow(page, 'search');
    await row.getByRole('button').first().click();
    expect(await row.locator('.map:visible .way.open .end').innerText()).toContain('cluster addresses');
    expect(await row.locator('.map:visible .way.meant .end').allInnerTexts()).toHaveLength(3);
    expect(await row.locator('.marked').innerText()).toContain('ipBlock');
    expect(await row.locator('.added').last().innerText()).toContain('10.96.0.0/12, 10.244.0.0/16');
    await row.getByLabel('With the fixes below: closed').check();
    expect(await row.locator('.map:visible .way.open').count()).toBe(0);
    await row.getByLabel('As it is').check();
    expect(await row.locator('.map:visible .way.open').count()).toBe(1);
    expect(faults).toEqual([]);
  });

  test('writes the policy of a server that has none, and says how it stands with it', async () => {
    const { page } = await browser.open(company);
    const row = openRow(page, 'payroll');
    await row.getByRole('button').first().click();
    expect(await row.locator('.fix figcaption').innerText()).toBe('new: NetworkPolicy finance/payroll-gateway-only');
    expect(await row.locator('.map:visible .way.open .end').allTextContents()).toEqual([
      'anyone, should not be there',
      'anything, should not be there',
    ]);
    expect(await row.getByLabel('With the fixes below: closed').count()).toBe(1);
  });

  test('tells of an exception why it holds and until when', async () => {
    const { page } = await browser.open(company);
    const row = openRow(page, 'tickets');
    await row.getByRole('button').first().click();
    expect(await row.locator('.finding.excepted').first().innerText()).toContain(
      'TICKET-17, moved in spring; until 2099-12-31',
    );
  });
});

describe('The picture', () => {
  test('leads from a namespace to its servers, and from a server to what is known of it', async () => {
    const { page } = await browser.open(company);
    await page.locator('#picture [aria-label^="namespace shop"]').click({ position: { x: 12, y: 10 } });
    expect(await page.getByLabel('Search', { exact: true }).inputValue()).toBe('shop/');
    expect(await rowNames(page)).toEqual(['shop / orders', 'shop / search', 'shop / catalog']);
    await page.locator('#picture [aria-label="Deployment ledger: closed"]').click();
    expect(await openRow(page, 'ledger').locator('.detail').isVisible()).toBe(true);
  });

  test('is walked through with the arrows, and made larger and smaller', async () => {
    const { page } = await browser.open(company);
    const focused = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);
    await page.locator('#picture [role="button"][tabindex="0"]').focus();
    expect(await focused()).toMatch(/^anyone reaches/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^client prometheus reaches/);
    await page.keyboard.press('PageDown');
    expect(await focused()).toMatch(/^namespace finance, 3 servers/);
    await page.keyboard.press('PageDown');
    expect(await focused()).toMatch(/^namespace legacy/);
    await page.keyboard.press('PageUp');
    expect(await focused()).toMatch(/^namespace finance/);
    await page.keyboard.press('End');
    const last = await focused();
    expect(last).toMatch(/is reached by/);
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('search');
    const width = (): Promise<string | null> => page.locator('#picture .frame svg').getAttribute('width');
    const before = Number(await width());
    await page.getByRole('button', { name: 'Larger' }).click();
    expect(Number(await width())).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'The whole picture' }).click();
    expect(Number(await width())).toBeCloseTo(before, 0);
  });
});

describe('A question', () => {
  const ask = async (page: Page, from: string, to: string): Promise<string> => {
    await page.getByLabel('From', { exact: true }).selectOption({ label: from });
    await page.getByLabel('To', { exact: true }).selectOption({ label: to });
    return page.locator('.result').innerText();
  };

  test('is answered as the command answers it, with the rule that decides', async () => {
    const { page } = await browser.open(company);
    const yes = await ask(page, 'monitoring/Deployment/prometheus', 'shop/Deployment/orders  · MCP server');
    expect(yes).toContain('Yes: monitoring/Deployment/prometheus can open TCP 8080 of shop/Deployment/orders.');
    expect(yes).toContain('allowed by NetworkPolicy shop/debug, spec.ingress[0].from[0]');
    const no = await ask(page, '203.0.113.7 (an address on the Internet)', 'shop/Deployment/orders  · MCP server');
    expect(no).toContain('No: 203.0.113.7 cannot open TCP 8080 of shop/Deployment/orders.');
    const out = await ask(page, 'finance/Deployment/payroll  · MCP server', '169.254.169.254 (cloud metadata)');
    expect(out).toContain('Yes: finance/Deployment/payroll can open TCP 80 of 169.254.169.254.');
  });

  test('that was not worked out names the command that answers it', async () => {
    const { page } = await browser.open(company);
    const text = await ask(page, 'shop/Deployment/web', 'monitoring/Deployment/prometheus');
    expect(text).toContain(
      'chokepoint reach . --from shop/Deployment/web --to monitoring/Deployment/prometheus --port 8080 --protocol TCP',
    );
  });

  test('is asked with the keyboard alone', async () => {
    const { page } = await browser.open(company);
    await page.getByLabel('From narrow the list').focus();
    await page.keyboard.type('envoy');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ledger');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.result').innerText()).toContain(
      'Yes: mcp-gateway/Deployment/envoy can open TCP 8080 of finance/Deployment/ledger.',
    );
  });
});

describe('For everyone', () => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing against it in %s, with everything open',
    async colorScheme => {
      const { page } = await browser.open(company, { colorScheme });
      for (const button of await page.locator('.row h3 button').all()) await button.click();
      await page.getByLabel('From', { exact: true }).selectOption({ index: 0 });
      await page.getByLabel('To', { exact: true }).selectOption({ index: 3 });
      expect(await axeViolations(page)).toEqual([]);
    },
  );

  test('a server is opened and read by the keyboard alone', async () => {
    const { page } = await browser.open(company);
    await page.getByLabel('Order', { exact: true }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('.row.opened .name').innerText()).toBe('finance / payroll');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.row.opened .map:visible .way.open').count()).toBe(0);
  });

  test.each([360, 768, 1280, 3840])('nothing is wider than a screen of %i pixels', async width => {
    const { page } = await browser.open(company, { viewport: { width, height: 900 } });
    for (const name of ['orders', 'payroll']) await openRow(page, name).getByRole('button').first().click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const small = page.locator('button:visible, select:visible, input[type="search"]:visible');
    for (const one of await small.all()) expect((await one.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(24);
  });

  test('on paper every server is open, and what cannot be pressed is gone', async () => {
    const { page } = await browser.open(company);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.length).toBeGreaterThan(20_000);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.detail:visible').count()).toBe(10);
    expect(await page.locator('#ask:visible, .tools:visible, .zoom:visible').count()).toBe(0);
  });

  /** Of A4 between its margins. */
  const PAPER = { width: 688, height: 1000 };
  const print = async (page: Page): Promise<void> => {
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
  };

  test('on paper all that was found is there, black on white, and nothing is cut off', async () => {
    const { page } = await browser.open(company, { viewport: PAPER, colorScheme: 'dark' });
    await print(page);
    expect(await page.locator('.finding:visible').count()).toBe(8);
    expect(await page.locator('.fix:visible').count()).toBe(3);
    expect(await page.locator('.facts:visible').count()).toBe(10);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('main *, footer *')]
        .filter(one => one.checkVisibility() && !one.classList.contains('hidden') && !(one instanceof SVGElement))
        .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
        .map(one => `${one.tagName}.${one.className}`),
    );
    expect(cut).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PAPER.width);
    const [paper, ink] = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [backgroundColor, color];
    });
    expect([paper, ink]).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    expect(await axeViolations(page)).toEqual([]);
  });

  test('on paper stands the map as it is, whatever was looked at, and how many of all servers are printed', async () => {
    const { page } = await browser.open(company, { viewport: PAPER });
    await page.getByLabel('Search', { exact: true }).fill('payroll');
    const row = openRow(page, 'payroll');
    await row.getByRole('button').first().click();
    await row.getByLabel('With the fixes below: closed').check();
    await print(page);
    expect(await row.locator('.map:visible .server em').allInnerTexts()).toEqual(['open']);
    expect(await page.locator('.count').innerText()).toBe('1 of 10 servers');
  });

  test('without JavaScript the sum is there', async () => {
    const { page } = await browser.open(company, { javaScriptEnabled: false });
    expect(await page.locator('noscript').innerText()).toContain('5 of 10 MCP servers are closed.');
  });
});

test.each([
  ['light', { colorScheme: 'light' }, undefined],
  ['dark', { colorScheme: 'dark' }, 'search'],
  ['narrow', { viewport: { width: 360, height: 740 } }, 'payroll'],
] as const)('looks as it did: %s', async (name, options, opened) => {
  const { page } = await browser.open(company, options);
  const row = opened && openRow(page, opened);
  await row?.getByRole('button').first().click();
  await row?.evaluate(element => element.scrollIntoView());
  expect(await screenshotFault(page, name)).toBe(undefined);
});

describe('Hostile text', () => {
  const NAMES = [
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(1)</script>',
    '\\u202Egnp.exe',
    "';alert(1)//",
    '<!--',
    '\\u2028',
  ];

  test('is shown as it is written, and does nothing', async () => {
    const files = NAMES.map((name, index) => {
      const text = `${server('shop', 'NAME')}---\n${policy('shop', 'NAME', { except: ['10.0.0.0/8'] })}`;
      return [
        `${index}.yaml`,
        text
          .replaceAll('name: NAME', `name: "${name}"`)
          .replaceAll('app: NAME', `app: "${name}"`)
          .replaceAll('registry.example.com/NAME-mcp', 'registry.example.com/mcp'),
      ];
    });
    const { page, faults } = await browser.open(await pageOf(Object.fromEntries(files)));
    await expect.poll(() => page.locator('.row').count(), { timeout: 10_000 }).toBe(NAMES.length);
    for (const button of await page.locator('.row h3 button').all()) await button.click();
    expect(await page.locator('img, iframe, object').count()).toBe(0);
    expect(await page.locator('script:not([type="application/json"])').count()).toBe(1);
    expect((await page.locator('body').innerText()).includes('\u202E')).toBe(false);
    expect(await page.locator('.row .name').allInnerTexts()).toContain('shop / <img src=x onerror=alert(1)>');
    expect(faults).toEqual([]);
  });

  test('of ten thousand characters breaks nothing', async () => {
    const long = 'x'.repeat(10_000);
    const { page } = await browser.open(
      await pageOf({ 'long.yaml': `${server('shop', long)}---\n${policy('shop', long, { except: ['10.0.0.0/8'] })}` }),
      { viewport: { width: 360, height: 740 } },
    );
    await page.locator('.row h3 button').first().click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});

describe('Size', () => {
  test.each([
    ['4K', { width: 3840, height: 2160 }],
    ['a telephone', { width: 360, height: 740 }],
  ] as const)(
    'the picture of 500 servers in 42 namespaces can be read on %s, and is walked through',
    async (_, viewport) => {
      const { page, faults } = await browser.open(await pageOf(many(500)), { viewport });
      const names = page.locator('#picture .head text');
      await expect.poll(() => names.count()).toBe(42);
      const heights = await names.evaluateAll(all => all.map(one => one.getBoundingClientRect().height));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(9);
      const tooWide = await page.locator('#picture .head').evaluateAll(
        all =>
          all.filter(one => {
            const [box, text] = [one.querySelector('rect'), one.querySelector('text')];
            return (text?.getBoundingClientRect().right ?? 0) > (box?.getBoundingClientRect().right ?? 0);
          }).length,
      );
      expect(tooWide).toBe(0);
      const [drawn, frame] = await page.locator('#picture .frame').evaluate(one => [one.scrollWidth, one.clientWidth]);
      // On a large screen the whole picture is seen at once; on a small one it scrolls.
      expect((drawn ?? 0) > (frame ?? 0)).toBe(viewport.width < 1000);
      expect((frame ?? 0) / viewport.width).toBeGreaterThan(0.7);
      await page.locator('#picture [role="button"][tabindex="0"]').focus();
      await page.keyboard.press('End');
      const seen = await page.evaluate(() => {
        const frame = document.querySelector('#picture .frame')?.getBoundingClientRect();
        const own = document.activeElement?.getBoundingClientRect();
        return own !== undefined && frame !== undefined && own.right <= frame.right + 1 && own.left >= frame.left - 1;
      });
      expect(seen).toBe(true);
      expect(await axeViolations(page)).toEqual([]);
      expect(faults).toEqual([]);
    },
  );

  test('a page of 100 servers has at most 600 KB', async () => {
    expect(statSync(await pageOf(many(100))).size).toBeLessThanOrEqual(600_000);
  });

  test('a page of 2,000 servers opens, scrolls and is searched', async () => {
    const file = await pageOf(many(2000));
    const { page, faults } = await browser.open(file);
    await expect.poll(() => page.locator('.row').count(), { timeout: 60_000 }).toBe(2000);
    const measured = await page.evaluate(async () => {
      const frame = (): Promise<number> => new Promise(resolve => requestAnimationFrame(resolve));
      const timed = async (act: () => void): Promise<number> => {
        const start = performance.now();
        act();
        await frame();
        await frame();
        return Math.round(performance.now() - start);
      };
      const [navigation] = performance.getEntriesByType('navigation');
      const [paint] = performance.getEntriesByName('first-contentful-paint');
      const search = document.querySelector<HTMLInputElement>('#search');
      return {
        loaded: Math.round((navigation as PerformanceNavigationTiming).loadEventEnd),
        firstPaint: Math.round(paint?.startTime ?? 0),
        scroll: await timed(() => scrollTo(0, document.documentElement.scrollHeight / 2)),
        search: await timed(() => {
          if (search !== null) search.value = 'server-1999';
          search?.dispatchEvent(new Event('input'));
        }),
      };
    });
    expect(await rowNames(page)).toEqual(['team-166 / server-1999']);
    expect(await page.locator('#picture .mark').count()).toBe(2000);
    const destination = page.getByLabel('To', { exact: true });
    expect(await destination.locator('option').count()).toBe(201);
    expect(await destination.locator('option').last().innerText()).toBe('1802 more: narrow the list');
    await page.getByLabel('To narrow the list').fill('server-1999');
    await destination.selectOption({ label: 'team-166/Deployment/server-1999  · MCP server' });
    await page.getByLabel('To narrow the list').fill('');
    expect(await destination.locator('option:checked').innerText()).toContain('server-1999');
    expect(faults).toEqual([]);
    process.stdout.write(`2,000 servers, ${statSync(file).size} bytes, in ms: ${JSON.stringify(measured)}\n`);
  });
});
