import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's, unless CHROMIUM names another. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Chromium has no sandbox of its own for the administrator of a machine. */
const launch = (...flags: readonly string[]): Promise<Browser> => {
  const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...flags];
  return chromium.launch({ executablePath: CHROMIUM, args });
};

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
  /** `place`: the path of a file, or an address of this machine, of which all that is below it may be asked for. */
  open(place: string, options?: BrowserContextOptions): Promise<Opened>;
  /** A page of a browser of its own for which this name leads to this machine, as somebody may make it lead. */
  resolving(name: string): Promise<Page>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await launch();
  const others: Browser[] = [];
  return {
    open: async (place, options = {}) => {
      const url = place.startsWith('http://') ? place : `file://${place}`;
      const isOwn = (asked: string): boolean => asked === url || (url.endsWith('/') && asked.startsWith(url));
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('console', message => faults.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', error => faults.push(error.message));
      page.on('request', request => {
        if (!isOwn(request.url())) faults.push(`asked for ${request.url()}`);
      });
      await page.addInitScript({ content: TELL_FORBIDDEN });
      await page.goto(url);
      return { page, faults };
    },
    resolving: async name => {
      const other = await launch(`--host-resolver-rules=MAP ${name} 127.0.0.1`);
      others.push(other);
      return other.newPage();
    },
    close: async () => {
      for (const one of [browser, ...others]) await one.close();
    },
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
