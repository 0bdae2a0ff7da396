import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLocator } from '../../../src/adapters/files/locate.ts';
import { type ReadResult, readManifests } from '../../../src/adapters/files/read.ts';

const SEEDS = [
  'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {a: b, __proto__: c}\n---\nkind: List\napiVersion: v1\nitems:\n- {a: 1}\n',
  'x: &x {a: [1, 0x1f, .inf]}\ny:\n  <<: *x\n  b: *x\n? c\n: !!binary aGk=\n...\n# end\n',
  'extraObjects:\n- |\n  kind: Pod\n  apiVersion: v1\n- {kind: Pod, apiVersion: "{{ .x }}"}\n',
  '{"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a\\u0041"}}]}\n{"a": null}\n',
  '{{- if .x }}\nkind: Pod\n{{- end }}\n%YAML 1.1\n---\n"a": >-\n  b\n\tc\n',
];
/** What moves a YAML reader from one state to another. */
const TOKENS = [
  '\n',
  ' ',
  '\t',
  '\r',
  ':',
  '- ',
  '? ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '#',
  '&a ',
  '*a',
  '<<: ',
  '!',
  '---\n',
  '...\n',
  '%',
  '{{',
  '\0',
  '\uFEFF',
  '\ud800',
  'é',
  '__proto__',
  'items',
  '0',
  '~',
];

const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(), fc.nat(8), fc.constantFrom(...TOKENS)), { maxLength: 6 }),
  )
  .map(([seed, edits]) =>
    edits.reduce((text, [at, cut, token]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + token + text.slice(start + cut);
    }, seed),
  );
const tokens = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }).map(parts => parts.join(''));

const read = (bytes: Uint8Array) =>
  readManifests(['-'], { stdin: async () => Buffer.from(bytes), limits: { maxNodes: 10_000 } });

/** Whatever comes in, the result is whole: every problem has its place, every manifest its object, and something is said. */
function expectSound({ manifests, problems, texts, foreignFiles }: ReadResult): void {
  const lines = (texts.get('-') ?? '').split('\n').length;
  for (const { file, line, column, message, code } of problems) {
    expect(['-', '']).toContain(file);
    expect(line).toBeGreaterThanOrEqual(0);
    expect(column).toBeGreaterThanOrEqual(0);
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(message).not.toBe('');
    if (texts.has('-')) expect(line).toBeLessThanOrEqual(lines + 1);
  }
  const locator = createLocator(texts);
  for (const manifest of manifests) {
    expect(typeof manifest.value.kind).toBe('string');
    expect(Object.getPrototypeOf(manifest.value)).toBe(Object.prototype);
    expect(manifest.line).toBeLessThanOrEqual(lines);
    expect(locator.locate(manifest, 'metadata.labels.a').line).toBeLessThanOrEqual(lines);
  }
  expect(manifests.length + problems.length + foreignFiles).toBeGreaterThan(0);
}

describe('readManifests', () => {
  it('takes any bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => expectSound(await read(bytes))));
  });

  it('takes any mixture of what YAML is made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(tokens, mutated, fc.string({ unit: 'binary' })), async text =>
        expectSound(await read(Buffer.from(text))),
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes any JSON for what it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), async json => {
        const list = `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "X", "data": ${json}}]}`;
        const { manifests, problems } = await read(Buffer.from(list));
        expect(problems).toEqual([]);
        expect(JSON.stringify(manifests[0]?.value.data)).toBe(JSON.stringify(JSON.parse(json)));
      }),
      { numRuns: 500 },
    );
  });
});
