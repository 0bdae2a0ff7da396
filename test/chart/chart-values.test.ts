import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chartValues } from '../../docs/chart-values.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { parseYaml } from '../support/yaml.ts';

const CHART = new URL('../../manifests/chart/Chart.yaml', import.meta.url);

test('the chart has the version of the project', () => {
  const [chart] = parseYaml(readFileSync(CHART, 'utf8'));
  expect(chart).toMatchObject({ version: packageJson.version, appVersion: packageJson.version });
});

const DESCRIBED: readonly (readonly [what: string, text: string, values: readonly (readonly string[])[]])[] = [
  ['a value', '# -- How many.\nreplicas: 2\n', [['replicas', '2', 'How many.']]],
  ['a comment over lines', '# -- How\n# many.\nreplicas: 2\n', [['replicas', '2', 'How many.']]],
  ['the first value of a map', 'a:\n  # -- One.\n  b: x\n', [['a.b', '"x"', 'One.']]],
  [
    'a later value of a map',
    'a:\n  # -- One.\n  b: x\n  # -- Two.\n  c: []\n',
    [
      ['a.b', '"x"', 'One.'],
      ['a.c', '[]', 'Two.'],
    ],
  ],
  ['a map that is one value', '# -- Both.\na:\n  b: 1\n  c: 2\n', [['a', '{"b":1,"c":2}', 'Both.']]],
  [
    'what is said to the reader of the file',
    '# To you.\n\n# Of what follows.\n# -- One.\na: 1\n',
    [['a', '1', 'One.']],
  ],
];

test.each(DESCRIBED)('%s is described by the comment above it', (_what, text, values) => {
  expect(chartValues(text).map(value => [value.path, value.default, value.description])).toEqual(values);
});

test.each([
  ['a: 1\n', 'a'],
  ['# Not so.\na: 1\n', 'a'],
  ['a:\n  # -- One.\n  b: 1\n  c: 2\n', 'a.c'],
  ['a: {}\n', 'a'],
])('the value of %j that nothing describes is an error', (text, path) => {
  expect(() => chartValues(text)).toThrow(`${path}: no comment that begins with "# -- " describes it`);
});
