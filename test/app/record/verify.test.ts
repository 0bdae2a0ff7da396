import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { beginChain, membersOf, NO_HASH, placed } from '../../../src/app/record/chain.ts';
import type { ReviewLine } from '../../../src/app/record/line.ts';
import { type Verification, Verifier, type VerifierOptions } from '../../../src/app/record/verify.ts';
import { chainOf, lineIn, REVIEW, saying, withField } from './chains.ts';

function verify(lines: readonly string[], options: Partial<VerifierOptions> = {}): Verification {
  const verifier = new Verifier({ hashing: HASHING, heads: [], ...options });
  for (const [index, line] of lines.entries()) verifier.add({ file: 'record', line: index + 1 }, line, true);
  return verifier.finish('record');
}

/** `line:fault` of each problem. */
const faults = ({ problems }: Verification): readonly string[] =>
  problems.map(({ line, fault }) => `${line}:${fault}`).sort();

const { lines: FOUR, end: END } = chainOf(['one', 'two', 'three', 'four']);
const [ONE = '', TWO = '', THREE = '', LAST = ''] = FOUR;
const OTHER = chainOf(['a', 'b'], beginChain('web-1-b2')).lines;
const [A = '', B = ''] = OTHER;
/** The hash made anew, as who can write the file and knows the format would. */
const FORGED = placed(
  { writer: 'web-0-a1', seq: 1, hash: JSON.parse(ONE).hash },
  membersOf(saying('TWO'), HASHING),
  HASHING,
).text;

describe('A record is found', () => {
  test.each<[what: string, lines: readonly string[], faults: readonly string[], options?: Partial<VerifierOptions>]>([
    ['right as it was written', FOUR, []],
    ['right where two chains run through it', [ONE, A, TWO, THREE, B, LAST], []],
    ['right where it is empty', [], []],
    ['right from a line on that follows a known one', [THREE, LAST], [], { after: JSON.parse(TWO).hash }],
    ['right where its head is known', FOUR, [], { heads: [END.hash] }],
    ['right where it went on after a known head', FOUR, [], { heads: [JSON.parse(TWO).hash] }],
    ['edited where a line says something else', [ONE, withField(TWO, 'note', 'TWO'), THREE, LAST], ['2:edited']],
    ['edited where a line has another hash', [ONE, withField(TWO, 'hash', NO_HASH), THREE], ['2:edited', '3:edited']],
    ['edited where a line was made anew with its hash', [ONE, FORGED, THREE, LAST], ['3:edited']],
    ['edited where a first line follows another', [withField(ONE, 'prev', END.hash)], ['1:edited', '1:edited']],
    ['not canonical where a line is written with spaces', [ONE.replace(',', ', '), TWO], ['1:not-canonical']],
    ['not canonical where a key stands twice', [ONE.replace('{', '{"note":"x",'), TWO], ['1:not-canonical']],
    ['with a gap where a line is missing', [ONE, THREE, LAST], ['2:gap']],
    ['with a gap where the first lines are missing', [THREE, LAST], ['1:gap']],
    ['with a gap where the lines before are not the known one', [THREE], ['1:gap'], { after: NO_HASH }],
    ['reordered where two lines changed places', [ONE, THREE, TWO, LAST], ['3:reordered']],
    ['with a gap and reordered where one of two is back', [ONE, LAST, TWO], ['2:gap', '3:reordered']],
    ['duplicated where a line stands twice', [ONE, TWO, TWO, THREE], ['3:duplicated']],
    ['duplicated where an earlier line stands again', [ONE, TWO, THREE, ONE, LAST], ['4:duplicated']],
    ['cut where its head is missing', [ONE, TWO], ['0:cut'], { heads: [END.hash] }],
    ['cut where it was written anew from a line on', [ONE, FORGED], ['0:cut'], { heads: [JSON.parse(TWO).hash] }],
    ['with a foreign line where one is no JSON', [ONE, 'two', TWO], ['2:foreign']],
    ['with a foreign line where one is a list', ['[]', ONE], ['1:foreign']],
    ['with a foreign line where one has no number', [ONE, withField(TWO, 'seq', 1.5)], ['2:foreign']],
    ['with a foreign line where one is empty', [ONE, '', TWO], ['2:foreign']],
  ])('%s', (_, lines, expected, options) => {
    expect(faults(verify(lines, options))).toEqual(expected);
  });

  test('cut where it ends within a line', () => {
    const verifier = new Verifier({ hashing: HASHING, heads: [] });
    verifier.add({ file: 'record', line: 1 }, ONE, true);
    verifier.add({ file: 'record', line: 2 }, TWO.slice(0, 40), false);
    expect(faults(verifier.finish('record'))).toEqual(['2:cut']);
  });

  test('with as many problems as there are, of which the first hundred are listed', () => {
    const { problems, problemCount } = verify(new Array(150).fill('x'));
    expect([problems.length, problemCount]).toEqual([100, 150]);
  });
});

test('A line keeps what it says, after its place in the chain, and is read by it', () => {
  const { text, end } = placed(beginChain('web-0-a1'), membersOf<ReviewLine>(REVIEW, HASHING), HASHING);
  expect(lineIn(text)).toEqual({ ...REVIEW, seq: 1, writer: 'web-0-a1', prev: NO_HASH, hash: end.hash });
  expect(faults(verify([text], { heads: [end.hash] }))).toEqual([]);
});

test('Each chain is told with its lines, its head, and how far it is proven', () => {
  const { chains } = verify([ONE, A, TWO, B, THREE, LAST], { heads: [JSON.parse(THREE).hash] });
  expect(chains).toEqual([
    { writer: 'web-0-a1', first: 1, last: 4, lines: 4, head: END.hash, proven: 3, signed: 0 },
    { writer: 'web-1-b2', first: 1, last: 2, lines: 2, head: JSON.parse(B).hash, proven: 0, signed: 0 },
  ]);
});

/** What somebody may do to a record. Each leaves other lines than there were. */
type Tampering =
  | { readonly kind: 'edit'; readonly at: number; readonly offset: number }
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'double'; readonly at: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'swap'; readonly at: number; readonly with: number };

function tampered(lines: readonly string[], what: Tampering): readonly string[] {
  const { at } = what;
  const line = lines[at] ?? '';
  if (what.kind === 'drop') return lines.toSpliced(at, 1);
  if (what.kind === 'double') return lines.toSpliced(at, 0, line);
  if (what.kind === 'cut') return lines.slice(0, at);
  if (what.kind === 'swap') return lines.with(at, lines[what.with] ?? '').with(what.with, line);
  const offset = what.offset % line.length;
  const other = line[offset] === '7' ? '8' : '7';
  return lines.with(at, `${line.slice(0, offset)}${other}${line.slice(offset + 1)}`);
}

test('Nothing that is done to one line or two goes unseen, where the head is known', () => {
  const index = fc.nat({ max: 9 });
  const tampering: fc.Arbitrary<Tampering> = fc.oneof(
    fc.record({ kind: fc.constant('edit' as const), at: index, offset: fc.nat() }),
    fc.record({ kind: fc.constant('drop' as const), at: index }),
    fc.record({ kind: fc.constant('double' as const), at: index }),
    fc.record({ kind: fc.constant('cut' as const), at: index }),
    fc.record({ kind: fc.constant('swap' as const), at: index, with: index }).filter(one => one.at !== one.with),
  );
  const texts = fc.array(fc.string({ unit: 'binary' }), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(texts, tampering, (said, what) => {
      const { lines, end } = chainOf(said);
      const options = { heads: [end.hash] };
      expect(faults(verify(lines, options))).toEqual([]);
      expect(verify(tampered(lines, what), options).problemCount).toBeGreaterThan(0);
    }),
  );
});
