import { describe, expect, test } from 'vitest';
import { visibleData, visibleText } from '../../src/core/visible-text.ts';

describe('a stranger\u2019s text is shown as one line without anything invisible', () => {
  test.each([
    ['plain text stays', 'mcp-orders 10.0.0.0/8', 'mcp-orders 10.0.0.0/8'],
    ['letters of other scripts stay', 'größe Ω 名前 👍', 'größe Ω 名前 👍'],
    ['a line break becomes a space', 'a\nb', 'a b'],
    ['several breaks become one space', 'a\r\n\r\n\tb', 'a b'],
    ['line and paragraph separators are breaks', 'a\u2028b\u2029c\u0085d', 'a b c d'],
    ['terminal escapes lose their escape', '\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['a title-setting sequence loses its bell', '\u001b]0;title\u0007', ']0;title'],
    ['NUL, backspace and DEL go', 'a\u0000b\u0008c\u007fd', 'abcd'],
    ['C1 controls go', 'a\u009b31mb', 'a31mb'],
    ['bidirectional overrides go', 'safe\u202egnp.exe', 'safegnp.exe'],
    ['bidirectional isolates go', '\u2066a\u2069', 'a'],
    ['direction marks go', 'a\u200e\u200f\u061cb', 'ab'],
    ['zero-width characters go', 'a\u200b\u200c\u200d\u2060\ufeffb', 'ab'],
    ['tag characters go', 'a\u{e0041}b', 'ab'],
    ['soft hyphens go', 'a\u00adb', 'ab'],
    ['lone surrogates go', 'a\ud800b\udc00c', 'abc'],
    ['what XML cannot hold goes', 'a\ufffe\uffffb', 'ab'],
    ['empty stays empty', '', ''],
  ])('%s', (_, text, shown) => expect(visibleText(text)).toBe(shown));

  test('in data it reaches every string and key, and `__proto__` is a key like any other', () => {
    const data = JSON.parse('{"a\\u0000": ["b\\u001b", 1, null, true], "__proto__": {"c": "d\\u202e"}}');
    expect(JSON.stringify(visibleData(data))).toBe('{"a":["b",1,null,true],"__proto__":{"c":"d"}}');
  });
});
