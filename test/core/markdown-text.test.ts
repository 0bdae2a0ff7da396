import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commentCode, commentText, literalText } from '../../src/core/markdown-text.ts';

const APART = '<!-- -->';

describe('Text of strangers stands for itself in a comment', () => {
  test.each([
    ['a pipe ends no cell', 'a|b', 'a\\|b'],
    ['nothing is code', '`rm`', '\\`rm\\`'],
    ['nothing is emphasised or struck out', '*a* _b_ ~c~', `\\*a\\* \\_b\\_ \\~${APART}c\\~`],
    ['nothing is a tag', '<img src=x>', '\\<img src=x\\>'],
    ['nothing is an entity', '&lt;b&gt;', `&amp;${APART}lt;b&amp;${APART}gt;`],
    ['nobody is mentioned', '@root and a@b', `@${APART}root and a${APART}@${APART}b`],
    ['no issue or merge request is linked', '#12 and !34', `\\#${APART}12 and !${APART}34`],
    ['nothing is a link', '[a](b)', '\\[a\\](b)'],
    ['no address is linked', 'https://x.example www.x.example', `https:${APART}//x.example www${APART}.x.example`],
    ['a backslash escapes nothing', '\\|', '\\\\\\|'],
    [
      'names and paths stay as they are',
      'app.kubernetes.io/name=envoy, 10.0.0.0/8',
      'app.kubernetes.io/name=envoy, 10.0.0.0/8',
    ],
  ])('%s', (_, text, expected) => {
    expect(commentText(text)).toBe(expected);
  });

  test.each([
    ['plain', 'a-b', '`a-b`'],
    ['with a backtick', 'a`b', '``a`b``'],
    ['that begins with one', '`a', '`` `a ``'],
    ['with a pipe', 'a|b', '`a\\|b`'],
    ['with a mention, which code is not read for', '@root', '`@root`'],
  ])('in the type of code: %s', (_, text, expected) => {
    expect(commentCode(text)).toBe(expected);
  });

  test('nothing that is put in can be seen: without it, the text is the escaped one', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(commentText(text.replaceAll('\u0000', '')).replaceAll(APART, '').replaceAll('&amp;', '&')).toBe(
          literalText(text.replaceAll('\u0000', '')),
        );
      }),
    );
  });
});
