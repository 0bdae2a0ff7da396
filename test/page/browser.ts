import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's, unless CHROMIUM names another. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Chromium has no sandbox of its own for the administrator of a machine. */
const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

/** A page that is looked at, with what it did that it should not. */
interface Opened {
  readonly page: Page;
  /** What it asked for besides itself, what it said on the console, what its security policy forbade, and errors: each must stay empty. */
  readonly faults: readonly string[];
}

const TELL_FORBIDDEN =
  "addEventListener('securitypolicyviolation', event => console.error('forbidden', event.violatedDirective));";

/** A browser for the tests of one file. */
export interface TestBrowser {
  open(file: string, options?: BrowserContextOptions): Promise<Opened>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await launch();
  return {
    open: async (file, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('console', message => faults.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', error => faults.push(error.message));
      page.on('request', request => {
        if (request.url() !== `file://${file}`) faults.push(`asked for ${request.url()}`);
      });
      await page.addInitScript({ content: TELL_FORBIDDEN });
      await page.goto(`file://${file}`);
      return { page, faults };
    },
    close: () => browser.close(),
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds against WCAG 2.2 A and AA, a line each. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  return page.evaluate<string[]>(`(async () => {
    if (window.axe === undefined) { ${AXE} }
    const { violations } = await axe.run(document, { runOnly: ${JSON.stringify(tags)} });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary));
  })()`);
}
