import { describe, expect, it } from 'vitest';
import { contentLine, splitDocuments } from '../../../src/adapters/yaml/documents.ts';

describe('splitDocuments', () => {
  it.each<[string, [number, string][]]>([
    ['', [[1, '']]],
    ['a', [[1, 'a']]],
    ['---', [[1, '---']]],
    ['---\na\n', [[1, '---\na\n']]],
    [
      'a\n---\nb',
      [
        [1, 'a\n'],
        [2, '---\nb'],
      ],
    ],
    [
      'a\n--- b\n',
      [
        [1, 'a\n'],
        [2, '--- b\n'],
      ],
    ],
    [
      'a\n---\n---\nb',
      [
        [1, 'a\n'],
        [2, '---\n'],
        [3, '---\nb'],
      ],
    ],
    [
      'a\n---',
      [
        [1, 'a\n'],
        [2, '---'],
      ],
    ],
    [
      'a\n...\nb',
      [
        [1, 'a\n'],
        [3, 'b'],
      ],
    ],
    ['a\n...', [[1, 'a\n']]],
    [
      'a\n... # c\n---\nb',
      [
        [1, 'a\n'],
        [3, '---\nb'],
      ],
    ],
    ['# c\n\n---\na', [[1, '# c\n\n---\na']]],
    ['%YAML 1.1\n---\na', [[1, '%YAML 1.1\n---\na']]],
    [
      'a\n...\n%YAML 1.1\n---\nb',
      [
        [1, 'a\n'],
        [3, '%YAML 1.1\n---\nb'],
      ],
    ],
    ['---x\n----\n ---\n..\n....', [[1, '---x\n----\n ---\n..\n....']]],
    [
      '--- x\n---x\n---',
      [
        [1, '--- x\n---x\n'],
        [3, '---'],
      ],
    ],
    [
      '{"a": 1}\n{"b": 2}\n',
      [
        [1, '{"a": 1}\n'],
        [2, '{"b": 2}\n'],
      ],
    ],
    [
      '{\n"a": 1\n} \n{\n"b": 2}',
      [
        [1, '{\n"a": 1\n} \n'],
        [4, '{\n"b": 2}'],
      ],
    ],
    ['a: {\n}\n{', [[1, 'a: {\n}\n{']]],
    ['{{ a }}\n{b: 1}', [[1, '{{ a }}\n{b: 1}']]],
  ])('cuts %j', (text, documents) => {
    expect(splitDocuments(text).map(document => [document.line, document.text])).toEqual(documents);
  });
});

describe('contentLine', () => {
  it.each([
    ['a', 1],
    ['', 1],
    ['---\na', 2],
    ['--- a', 1],
    ['# c\n\n---\n# d\n  \na', 6],
    ['%YAML 1.1\n--- # c\na', 3],
    ['--- {a: 1}\nb', 1],
  ])('is past comments, directives and the marker: %j', (text, line) => {
    expect(contentLine({ text, line: 1 })).toBe(line);
    expect(contentLine({ text, line: 11 })).toBe(line + 10);
  });
});
