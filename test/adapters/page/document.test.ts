import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { renderDocument } from '../../../src/adapters/page/document.ts';
import { pageOf } from '../../page/page-of.ts';
import { COMPANY, server } from '../../page/samples.ts';
import { pageDataOf } from '../../support/page-data.ts';

const ASSETS = { script: 'go();', style: 'body{color:red}' };
const hash = (text: string): string => createHash('sha256').update(text).digest('base64');

test('The document allows its own script and style, and nothing else', async () => {
  const html = renderDocument(await pageOf(COMPANY), ASSETS);
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  expect(policy.replaceAll('&#39;', "'").split('; ')).toEqual([
    "default-src 'none'",
    `script-src 'sha256-${hash(ASSETS.script)}'`,
    `style-src 'sha256-${hash(ASSETS.style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
  expect(html).not.toMatch(/\son\w+=|\sstyle=|https?:\/\/(?!\S*(?:example|kube))/);
});

test.each(['</script><script>alert(1)</script>', '<!--', '\u2028', '"><img src=x onerror=alert(1)>'])(
  'A name as %j stands in the data alone, and ends nothing',
  async name => {
    const whole = await pageOf({
      'a.yaml': server('shop', JSON.stringify(name)).replaceAll(/: "[^"]*-mcp/g, ': "mcp'),
    });
    const html = renderDocument({ ...whole, page: { ...whole.page, configuration: name, sentence: name } }, ASSETS);
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(html.match(/<!--|<img/g)).toBe(null);
    const { page, details } = pageDataOf(html);
    expect(page).toMatchObject({ configuration: name });
    expect(details).toEqual(whole.details);
  },
);
