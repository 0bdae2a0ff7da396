import { describe, expect, test } from 'vitest';
import { cutText, visibleData, visibleLines, visibleText } from '../../src/core/visible-text.ts';

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
    ['soft hyphens (U+00AD) go', 'a\u00adb', 'ab'],
    ['the combining grapheme joiner (U+034F) goes', 'a\u034fb', 'ab'],
    ['Hangul and Khmer fillers (U+115F, U+17B4, U+3164, U+FFA0) go', 'a\u115f\u17b4\u3164\uffa0b', 'ab'],
    ['Mongolian variation selectors and separator (U+180B to U+180F) go', 'a\u180b\u180e\u180fb', 'ab'],
    ['invisible operators, assigned or not (U+2061 to U+206F), go', 'a\u2061\u2065\u206fb', 'ab'],
    ['variation selectors (U+FE00 to U+FE0F) go', 'a\ufe00\ufe0fb', 'ab'],
    ['interlinear annotation and unassigned specials (U+FFF0 to U+FFFB) go', 'a\ufff0\ufff9\ufffbb', 'ab'],
    ['tag characters (U+E0000 to U+E007F) go', 'a\u{e0000}\u{e0041}\u{e007f}b', 'ab'],
    ['variation selectors supplement (U+E0100 to U+E01EF) goes', 'a\u{e0100}\u{e01ef}b', 'ab'],
    ['what is set aside to be ignored (U+E0080 to U+E0FFF) goes', 'a\u{e0080}\u{e01f0}\u{e0fff}b', 'ab'],
    ['noncharacters (U+FDD0, U+1FFFE) go', 'a\ufdd0\u{1fffe}b', 'ab'],
    ['lone surrogates go', 'a\ud800b\udc00c', 'abc'],
    ['what XML cannot hold goes', 'a\ufffe\uffffb', 'ab'],
    ['empty stays empty', '', ''],
  ])('%s', (_, text, shown) => expect(visibleText(text)).toBe(shown));

  test('in data it reaches every string and key, and `__proto__` is a key like any other', () => {
    const data = JSON.parse('{"a\\u0000": ["b\\u001b", 1, null, true], "__proto__": {"c": "d\\u202e"}}');
    expect(JSON.stringify(visibleData(data))).toBe('{"a":["b",1,null,true],"__proto__":{"c":"d"}}');
  });
});

test('no control, format or default-ignorable code point of Unicode is shown', () => {
  const shown: number[] = [];
  for (let point = 0; point <= 0x10ffff; point += 1) {
    const text = String.fromCodePoint(point);
    const isHidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u.test(text);
    if (isHidden && visibleText(`a${text}b`).length > 'a b'.length) shown.push(point);
  }
  expect(shown).toEqual([]);
});

test('of text in lines, the lines stay and each is cleaned', () => {
  expect(visibleLines('one\u001b[1m\n two\u{e0041}\r\nthree\u2028four\tfive')).toBe('one[1m\n two\nthree\nfour five');
});

test.each([
  ['text that fits', 'abc', 3, 'abc'],
  ['text that does not', 'abcd', 3, 'ab…'],
  ['a character of two units at the cut', '😀😀😀', 4, '😀…'],
  ['a character of two units before it', '😀😀😀', 5, '😀😀…'],
])('%s is cut at whole characters', (_, text, limit, cut) => expect(cutText(text, limit)).toBe(cut));

describe('Plain data', () => {
  test('is the same where there is nothing to take out', () => {
    const data = { name: 'web', list: [{ of: 'text' }, 1, null, true] };
    expect(visibleData(data)).toBe(data);
  });
  test.each<[string, unknown, unknown]>([
    ['a value', { a: [{ b: 'x\u200by' }], c: 'z' }, { a: [{ b: 'xy' }], c: 'z' }],
    ['a key', { 'a\u0007': 1 }, { a: 1 }],
    ['an item', ['\u202etext', 2], ['text', 2]],
    ['the key of a prototype', JSON.parse('{"__proto__": "a\u200b"}'), JSON.parse('{"__proto__": "a"}')],
  ])('is cleaned in %s', (_, data, clean) => expect(visibleData(data)).toEqual(clean));
});
