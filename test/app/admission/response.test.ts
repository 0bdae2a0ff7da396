import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allow, listed, refuse } from '../../../src/app/admission/response.ts';
import { gate, namespace, review, reviewBody, testPolicy, worldOf } from '../../support/reviews.ts';

const reasons = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => [`reason ${index} ${'x'.repeat(length)}`, '   Fix: it']);

describe('a refusal', () => {
  test('says its title, then each reason with its number', () => {
    const { message } = refuse(403, { title: 'No.', reasons: [['one', '   Fix: a'], ['two']] });
    expect(message).toBe('No.\n1. one\n   Fix: a\n2. two');
  });

  test('ends at a whole reason, counts the others and says where they are', () => {
    const { message } = refuse(403, { title: 'No.', reasons: reasons(40, 200), rest: 'look there.' });
    const lines = message.split('\n');
    expect(message.length).toBeLessThanOrEqual(2048);
    expect(lines.at(-1)).toBe('and 31 more: look there.');
    expect(lines.at(-2)).toBe('   Fix: it');
    expect(lines.filter(line => line.startsWith('9. reason 8')).length).toBe(1);
  });

  test('says its notes after the reasons, for which they leave room', () => {
    const notes = ['Apply it again.', 'It comes by itself.'];
    const short = refuse(403, { title: 'No.', reasons: [['one']], notes });
    expect(short.message).toBe('No.\n1. one\nApply it again.\nIt comes by itself.');
    const long = refuse(403, { title: 'No.', reasons: reasons(40, 200), notes, rest: 'look there.' });
    expect(long.message.length).toBeLessThanOrEqual(2048);
    expect(long.message.split('\n').slice(-3)).toEqual(['and 32 more: look there.', ...notes]);
  });

  test('says its first reason however long that is, and its title', () => {
    const long = Array.from({ length: 9 }, () => 'y'.repeat(5000));
    const { message } = refuse(403, { title: 't'.repeat(5000), reasons: [long, ['z'.repeat(600)]] });
    expect(message.length).toBeLessThanOrEqual(2048);
    expect(
      message
        .split('\n')
        .slice(0, 2)
        .map(line => line.length),
    ).toEqual([400, 643]);
    expect(message).toContain('and 1 more');
  });

  test('of one sentence is cut at a whole character, and is one line', () => {
    expect(refuse(503, 'try\nagain').message).toBe('try again');
    expect(refuse(400, `x${'😀'.repeat(4000)}`).message).toBe(`x${'😀'.repeat(1023)}…`);
  });

  test('cannot be made to look like more than it is', () => {
    const said = { title: 'Pod a\u202eb\n1. forged', reasons: [['one\n2. forged\u{e0041}\u001b[31m\ud800']] };
    expect(refuse(403, said).message).toBe('Pod ab 1. forged\n1. one 2. forged[31m');
  });
});

describe('warnings', () => {
  test('are said once each, in lines of 120 characters that break between words', () => {
    const { warnings } = allow({ warnings: ['a', 'a', 'b\nc\u0007', `one ${'word '.repeat(30)}`] });
    expect(warnings.slice(0, 2)).toEqual(['a', 'b c']);
    expect(warnings.slice(2).map(line => line.length)).toEqual([118, 36]);
    expect(warnings.at(-1)).toMatch(/^ {2}word/);
  });

  test('cut only what is longer than a line without a break, at a whole character', () => {
    const { warnings } = allow({ warnings: ['x'.repeat(200), '😀'.repeat(100)] });
    expect(warnings).toEqual([`${'x'.repeat(119)}…`, `${'😀'.repeat(59)}…`]);
  });

  test('repeat no line: kubectl would show it once, and leave a sentence without its end', () => {
    const end =
      'the end that both have, in words of the same length, which is too long for the line on which they begin';
    const { warnings } = allow({
      warnings: [`first, at ${'x'.repeat(40)} ${end}`, `second, at ${'y'.repeat(39)} ${end}`],
    });
    expect(new Set(warnings).size).toBe(warnings.length);
    expect(warnings.join(' ').match(/they begin/g)?.length).toBe(2);
  });

  test('are 2 KiB together, end at a whole one, and count the others', () => {
    const many = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(100)}`);
    expect(allow({ warnings: many }).warnings.join('').length).toBeLessThanOrEqual(2048);
    expect(allow({ warnings: many }).warnings.at(-1)).toBe('and 83 more');
    expect(allow({ warnings: many, rest: 'look there.' }).warnings.at(-1)).toBe('and 83 more: look there.');
    const long = 'word '.repeat(200).trim();
    expect(allow({ warnings: [long, `${long}.`] }).warnings.slice(-2)).toEqual([
      expect.stringMatching(/word$/),
      'and 1 more',
    ]);
  });
});

describe('annotations', () => {
  test('join what is said of a key, and leave out keys of which nothing is', () => {
    const { auditAnnotations } = allow({
      annotations: new Map([
        ['servers', ['Pod a', 'Pod b\n']],
        ['exceptions', []],
      ]),
    });
    expect([...auditAnnotations]).toEqual([['servers', 'Pod a | Pod b ']]);
  });

  test('end at a whole text within 4 KiB, and count the others', () => {
    const texts = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(100)}`);
    const text = refuse(403, '', new Map([['findings', texts]])).auditAnnotations.get('findings') ?? '';
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(text.split(' | ').at(-1)).toBe('and 62 more');
  });
});

test('complaints are listed as far as there is room', () => {
  expect(listed(['a: b', 'c: d'])).toBe('a: b; c: d');
  expect(listed(Array.from({ length: 9 }, () => 'x'.repeat(300)))).toMatch(/x; and 4 more$/);
});

test.each([
  ['a list', listed(Array.from({ length: 9 }, () => 'x'.repeat(3000))), 1600],
  ['a list of ten', listed(Array.from({ length: 10 }, () => 'x'.repeat(3000))), 1600],
  ['a reason', refuse(403, { title: '', reasons: [Array.from({ length: 9 }, () => 'y'.repeat(600))] }).message, 1501],
  ['a sentence', refuse(503, 'x'.repeat(3000)).message, 2048],
])('%s takes all the room that there is', (_, text, length) => {
  expect(text.length).toBe(length);
});

test('whatever names and texts a review bears, its answer stays within the limits and shows nothing invisible', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('x'.repeat(9000), '\u{e0041}\ufe0f'.repeat(2000), '\u001b]0;x\u0007\n1. forged', '😀'.repeat(3000)),
  );
  const { validate } = gate(testPolicy(), worldOf(namespace()));
  await fc.assert(
    fc.asyncProperty(text, text, text, async (name, label, image) => {
      const { object } = reviewBody('deployment-create').request;
      object.metadata.name = name;
      object.spec.template.metadata.labels[label] = image;
      object.spec.template.spec.hostNetwork = true;
      const { allowed, message, warnings, auditAnnotations } = await validate(
        review('deployment-create', { object }),
        1,
      );
      expect(allowed).toBe(false);
      expect(message.length).toBeLessThanOrEqual(2048);
      expect(warnings).toEqual([]);
      const said = [message.replaceAll('\n', ''), ...auditAnnotations.values()].join('');
      expect(said).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u);
      for (const value of auditAnnotations.values()) expect(value.length).toBeLessThanOrEqual(4096);
      for (const key of auditAnnotations.keys()) expect(key).toMatch(/^[a-z]([a-z-]{0,61}[a-z])?$/);
    }),
    { numRuns: 100 },
  );
});
