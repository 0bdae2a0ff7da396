import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, isCollection, isScalar, visit } from 'yaml';
import { editText } from '../../../src/adapters/files/edit.ts';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/limits.ts';
import { createParser } from '../../../src/adapters/yaml/parse.ts';
import type { FileEdit } from '../../../src/app/report/file-edit.ts';

const OBJECT = { kind: 'NetworkPolicy', namespace: 'default', name: 'p' };
const BLOCKS = ['10.0.0.0/8', '169.254.0.0/16', 'fc00::/7', '::1/128'];

const block = fc.record(
  { cidr: fc.constantFrom('0.0.0.0/0', '::/0'), except: fc.oneof(fc.subarray(BLOCKS), fc.constant(null)) },
  { requiredKeys: ['cidr'] },
);
const rule = fc.record({ to: fc.array(fc.record({ ipBlock: block }), { minLength: 1, maxLength: 3 }) });
const objects = fc.array(
  fc
    .array(rule, { minLength: 1, maxLength: 3 })
    .map(egress => ({ kind: 'NetworkPolicy', metadata: { name: 'p' }, spec: { egress } })),
  { minLength: 1, maxLength: 3 },
);

/** How people write the same thing in many ways. */
const style = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  /** One collection in so many is in braces or brackets; 0: none. */
  flow: fc.constantFrom(0, 2, 5),
  quotes: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'),
  comments: fc.boolean(),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  json: fc.constantFrom(undefined, 0, 2, '\t'),
});
type Style = typeof style extends fc.Arbitrary<infer Value> ? Value : never;

/** In a flow collection libyaml takes a colon at the start for a sign. */
const quotesOf = (text: string, { quotes }: Style): 'PLAIN' =>
  (text.startsWith(':') && quotes === 'PLAIN' ? 'QUOTE_DOUBLE' : quotes) as 'PLAIN';

function written(data: unknown, how: Style): string {
  if (how.json !== undefined) return JSON.stringify(data, null, how.json);
  const document = new Document(data);
  let count = 0;
  visit(document, {
    Node(_key, node) {
      count += 1;
      if (isCollection(node)) node.flow = node.items.length === 0 || (how.flow > 0 && count % how.flow === 0);
      else if (isScalar(node)) {
        if (typeof node.value === 'string') node.type = quotesOf(node.value, how);
        if (how.comments && count % 3 === 0) node.comment = ` note ${count}`;
      }
    },
  });
  return document
    .toString({ indent: how.indent, indentSeq: how.indentSeq, lineWidth: 40 })
    .replaceAll('\n', how.lineBreak);
}

const parse = createParser(DEFAULT_LIMITS);
function read(text: string): unknown {
  const parsed = parse(text.replaceAll('\r\n', '\n'));
  if (parsed.kind === 'fault') throw new Error(parsed.fault.message);
  return parsed.value;
}

describe('editText, on any writing of a list of policies', () => {
  it('adds what is missing, and nothing else', () => {
    fc.assert(
      fc.property(objects, style, fc.subarray(BLOCKS, { minLength: 1 }), fc.nat(), (items, how, blocks, pick) => {
        const text = written({ kind: 'List', items }, how);
        const places = items.flatMap((item, index) =>
          item.spec.egress.flatMap(({ to }, at) => to.map((peer, peerAt) => ({ index, at, peerAt, peer }))),
        );
        const chosen = places.filter((_place, index) => ((pick >> index) & 1) === 1);
        const edits = chosen.map(
          ({ index, at, peerAt }): FileEdit => ({
            kind: 'add-excepts',
            object: OBJECT,
            document: 0,
            pointer: ['items', index],
            path: `spec.egress[${at}].to[${peerAt}].ipBlock.except`,
            blocks,
          }),
        );
        const edited = editText(text, edits);
        const expected = structuredClone({ kind: 'List', items });
        for (const { index, at, peerAt } of chosen) {
          const target = expected.items[index]?.spec.egress[at]?.to[peerAt]?.ipBlock;
          if (target === undefined) throw new Error('no such peer');
          const known = target.except ?? [];
          target.except = [...known, ...blocks.filter(one => !known.includes(one))];
        }
        expect(edited.refused).toEqual([]);
        expect(read(edited.text)).toEqual(expected);
        expect(editText(edited.text, edits).text).toBe(edited.text);
        const kept = text.split(/\s+/).filter(word => word.startsWith('note') || word === '#');
        expect(edited.text.split(/\s+/).filter(word => word.startsWith('note') || word === '#')).toEqual(kept);
      }),
      { numRuns: 300 },
    );
  });
});
