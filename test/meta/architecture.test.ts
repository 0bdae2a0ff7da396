import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { architecturePage } from '../../docs/architecture-page.ts';
import { circleOfRooms, longFunctions, type SourceFile, violationsOf } from '../support/architecture.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => `src/${name}`)
  .sort();
const SOURCES = FILES.map((path): SourceFile => [path, readFileSync(`${ROOT}${path}`, 'utf8')]);

it('The sources keep to the architecture', () => {
  expect(FILES.length).toBeGreaterThan(100);
  expect(SOURCES.flatMap(([path, text]) => violationsOf(path, text))).toEqual([]);
});

it('The rooms import each other in no circle', () => {
  expect(circleOfRooms(SOURCES)).toEqual([]);
  expect(
    circleOfRooms([
      ['src/app/a/one.ts', "import { b } from '../b/two.ts';"],
      ['src/app/b/two.ts', "import { t } from '../time.ts';\nimport type { c } from '../c/three.ts';"],
      ['src/app/c/three.ts', "import { b } from '../b/four.ts';"],
    ]),
  ).toEqual(['app/b', 'app/c', 'app/b']);
});

it('What wires is short: where a function of src/main grows long, it decides something that belongs elsewhere', () => {
  const wiring = SOURCES.filter(([path]) => path.startsWith('src/main/'));
  expect(wiring.flatMap(file => longFunctions(file, 50))).toEqual([]);
  expect(longFunctions(['src/main/a.ts', 'function a() {\n  b();\n}\nfunction c() {\n}\n'], 2)).toEqual([
    'src/main/a.ts: a',
  ]);
});

/** One line of a file each, and the rule that forbids it; empty where it is allowed. */
describe('The architecture test', () => {
  it.each([
    ['src/core/a.ts', "import { b } from './b.ts';", ''],
    ['src/core/a.ts', "import { readFileSync } from 'node:fs';", 'core imports no packages'],
    ['src/core/a.ts', "import type { Static } from 'typebox';", 'core imports no packages'],
    ['src/core/net/a.ts', "import { IPv4 } from 'ip-num';", 'core imports no packages'],
    ['src/core/a.ts', "import { b } from '../app/b.ts';", 'imports run main → cli → adapters → app → core'],
    ['src/core/a.ts', "import data from '../../policies/gateways.json' with { type: 'json' };", 'imports stay in src'],
    ['src/core/a.ts', "import { GateError } from '../errors.ts';", 'core throws nothing'],
    ['src/app/a.ts', "import { GateError } from '../errors.ts';", ''],
    ['src/app/a.ts', "import { b } from '../adapters/files/b.ts';", 'imports run main → cli → adapters → app → core'],
    ['src/app/a.ts', "import fastify from 'fastify';", 'app imports no packages'],
    ['src/adapters/files/a.ts', "import { b } from '../config/b.ts';", 'adapters never import each other'],
    ['src/adapters/files/a.ts', "import { b } from './b.ts';", ''],
    ['src/adapters/files/a.ts', "import { b } from '../system/b.ts';", ''],
    ['src/adapters/config/a.ts', "import { b } from '../yaml/b.ts';", ''],
    ['src/adapters/system/a.ts', "import { b } from '../files/b.ts';", 'adapters never import each other'],
    ['src/adapters/yaml/a.ts', "import { b } from '../files/b.ts';", 'adapters never import each other'],
    ['src/core/gate/document/a.ts', "import a from '../../../../policies/a.json' with { type: 'json' };", ''],
    ['src/adapters/files/a.ts', "  const b = await import('../config/b.ts');", 'adapters never import each other'],
    ['src/adapters/config/a.ts', "import a from '../../../policies/a.json' with { type: 'json' };", ''],
    ['src/adapters/config/a.ts', "import { b } from '../../../test/support/b.ts';", 'imports stay in src'],
    ['src/cli/a.ts', "import { b } from '../main/b.ts';", 'imports run main → cli → adapters → app → core'],
    ['src/errors.ts', "import { b } from './main/b.ts';", 'imports run main → cli → adapters → app → core'],
    ['src/main/a.ts', "import { b } from '../adapters/files/b.ts';", ''],
    ['src/main/a.ts', "import './b.ts';", 'no import for its side effects'],
    ['src/core/a.ts', 'const now = new Date();', 'core knows no clock'],
    ['src/core/a.ts', 'const now = new Date( );', 'core knows no clock'],
    ['src/core/a.ts', 'const now = new Date;', 'core knows no clock'],
    ['src/core/a.ts', 'const now = Date();', 'core knows no clock'],
    ['src/core/a.ts', 'const now = Date.now();', 'core knows no clock'],
    ['src/core/a.ts', 'const clock = Date;', 'core knows no clock'],
    ['src/core/a.ts', 'const now = performance.now();', 'core knows no clock'],
    ['src/core/a.ts', 'const day = new Date(time).toISOString();', ''],
    ['src/core/a.ts', 'const time = Date.parse(text) + Date.UTC(year, 0);', ''],
    ['src/core/a.ts', '// a Date of the calendar', ''],
    ['src/core/a.ts', "const text = 'Date';", ''],
    ['src/core/a.ts', 'const n = Math.random();', 'core knows no chance'],
    ['src/core/a.ts', '  setTimeout(go, 1);', 'core has no timers'],
    ['src/core/a.ts', 'export async function go(): void {}', 'core waits for nothing'],
    ['src/core/a.ts', '  throw new Error(text);', 'core throws nothing'],
    ['src/app/a.ts', '  console.log(text);', 'the console is for cli and main'],
    ['src/cli/a.ts', '  if (process.env.NO_COLOR) return;', 'only main reads the environment and exits'],
    ['src/main/a.ts', '  if (process.env.NO_COLOR) return;', ''],
    ['src/app/a.ts', 'function go(value: any): void {}', 'no any'],
    ['src/app/a.ts', 'const [a] = list; const b = a!.name;', 'no non-null assertion'],
    ['src/app/a.ts', 'if (a !== b && !c) return;', ''],
    ['src/app/a.ts', 'let count = 0;', 'no state in modules'],
    ['src/app/a.ts', '  let count = 0;', ''],
    ['src/app/a.ts', 'const cache = new Map<string, string>();', 'no state in modules'],
    ['src/app/a.ts', 'const cache: Map<string, string> = new Map();', 'no state in modules'],
    ['src/app/a.ts', 'const NONE: ReadonlyMap<string, string> = new Map();', ''],
    ['src/app/a.ts', "export * from './b.ts';", 'no barrel files'],
    ['src/index.ts', "export { evaluate } from './core/evaluate.ts';", ''],
    ['src/index.ts', "import { a } from './adapters/config/a.ts';", 'the library holds the judgement alone'],
    ['src/index.ts', "import { a } from './adapters/files/a.ts';", 'the library holds the judgement alone'],
    ['src/index.ts', "export { a } from './cli/a.ts';", 'the library holds the judgement alone'],
    ['src/index.ts', "import { readFileSync } from 'node:fs';", 'the library holds the judgement alone'],
    ['src/app/utils.ts', 'const a = 1;', 'files are named after what they hold'],
    ['src/app/a.ts', 'const a = 1;\n'.repeat(501), 'no file is longer than 500 lines'],
    ['src/app/a.ts', 'if (labels.hasOwnProperty(key)) return;', 'keys are looked up with Map or Object.hasOwn'],
  ])('reads %s: %s', (path, text, rule) => {
    expect(violationsOf(path, text).map(violation => violation.rule)).toEqual(rule === '' ? [] : [rule]);
  });
});

it('The page of the architecture is as npm run gen writes it', () => {
  expect(readFileSync(`${ROOT}docs/architecture.md`, 'utf8'), 'run npm run gen').toBe(architecturePage());
});
