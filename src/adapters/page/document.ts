import { createHash } from 'node:crypto';
import type { Page, ServerDetail } from '../../app/page/model.ts';
import type { PageAssets } from './assets.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is loaded, nothing runs but this script, and none of it makes markup of text (Content Security Policy Level 3, Trusted Types). */
function securityPolicy({ script, style }: PageAssets, more: readonly string[] = []): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    ...more,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** Text in markup. */
const escaped = (text: string): string => text.replace(/[&<>"']/g, character => `&#${character.codePointAt(0)};`);

/** JSON that ends no element and opens none: what would is written as an escape, which JSON reads as the character. */
const island = (data: unknown): string =>
  JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** What a document holds besides its script and its style. */
interface Content {
  readonly title: string;
  /** Markup that stands before the script. */
  readonly body: string;
  /** Markup that stands behind it, and is read once the script has run. Absent: none. */
  readonly after?: string;
  /** What its security policy allows beside script and style. Absent: nothing. */
  readonly allowed?: readonly string[];
}

function htmlDocument({ title, body, after = '', allowed }: Content, assets: PageAssets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(securityPolicy(assets, allowed))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${assets.style}</style>
</head>
<body>
${body}
<script>${assets.script}</script>${after}
</body>
</html>
`;
}

const dataScript = (id: string, data: unknown): string =>
  `<script type="application/json" id="${id}">${island(data)}</script>`;

/** What a file holds of a page: all of it. */
interface WholePage {
  readonly page: Page;
  /** In the order of its servers. */
  readonly details: readonly ServerDetail[];
}

/**
 * The page as one file that loads nothing. Strangers' text stands in it as data alone, which the script puts into the document as text; without
 * the script there is the sum. The page is drawn before the details of the servers are read.
 */
export function renderDocument({ page, details }: WholePage, assets: PageAssets): string {
  return htmlDocument(
    {
      title: `Chokepoint: ${page.closed} of ${page.servers.length} MCP servers closed`,
      body: `<noscript><p>${escaped(page.sentence)}</p><p>This page needs JavaScript to show the rest; it loads nothing. The same in text: chokepoint check --output text.</p></noscript>
${dataScript('page-data', page)}`,
      after: `\n${dataScript('details-data', details)}`,
    },
    assets,
  );
}

/** The playground as one file: no data, and the judge as its script. */
export function renderPlayground(assets: PageAssets): string {
  const body =
    '<noscript><p>The playground judges in the browser, which needs JavaScript; it loads nothing and sends nothing.</p></noscript>';
  return htmlDocument({ title: 'Chokepoint: playground', body }, assets);
}

/** It asks for its model, and hears of it, where it came from, and nowhere else. */
const DASHBOARD_ALLOWED = ["connect-src 'self'"];

/** The dashboard: no data, which its script asks for. `securityPolicy`: for the header, where it can say more than in a document. */
export function renderDashboard(assets: PageAssets): { readonly html: string; readonly securityPolicy: string } {
  const body = '<noscript><p>The dashboard needs JavaScript. The same in text: chokepoint scan.</p></noscript>';
  return {
    html: htmlDocument({ title: 'Chokepoint: dashboard', body, allowed: DASHBOARD_ALLOWED }, assets),
    securityPolicy: securityPolicy(assets, [...DASHBOARD_ALLOWED, "frame-ancestors 'none'"]),
  };
}
