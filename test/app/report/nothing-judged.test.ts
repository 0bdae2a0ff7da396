import { expect, test } from 'vitest';
import { allWorlds, inputProblems } from '../../../src/app/report/nothing-judged.ts';
import type { Problem } from '../../../src/core/manifest.ts';
import { decoded, workload } from '../../support/workload.ts';

const manifest = { file: 'a.yaml', document: 0, line: 3, pointer: [] };
const release = (name: string) => ({ ref: { kind: 'HelmRelease', namespace: 'default', name }, manifest });
const object = (one: ReturnType<typeof decoded>) => [
  [one.meta.name, { object: one, manifest, namesNamespace: true }] as const,
];
const NAMESPACE = object(decoded({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }));
const WORKLOAD = object(workload({ called: 'web' }));
const broken: Problem = {
  severity: 'error',
  code: 'yaml-syntax',
  file: 'a.yaml',
  line: 1,
  column: 1,
  field: '',
  message: '',
};
const input = (count: number, releases: readonly string[], objects: typeof NAMESPACE | readonly [] = []) => ({
  count,
  notRendered: releases.map(release),
  objects: new Map(objects),
});
const NOTHING = 'the input holds no Kubernetes object: nothing was judged';
const ELSEWHERE = 'not rendered here: what';

test.each<readonly [string, ReturnType<typeof input>, readonly Problem[], readonly string[], readonly string[]]>([
  ['nothing of one file', input(0, []), [], ['a.yaml'], [`error a.yaml:0 ${NOTHING}`]],
  ['nothing of two files', input(0, []), [], ['a.yaml', 'b.yaml'], [`error :0 ${NOTHING}`]],
  ['nothing that could be read', input(0, []), [broken], ['a.yaml'], ['error a.yaml:1 ']],
  [
    'nothing beside a warning',
    input(0, []),
    [{ ...broken, severity: 'warning' }],
    [],
    ['warning a.yaml:1 ', `error :0 ${NOTHING}`],
  ],
  ['objects', input(1, [], WORKLOAD), [], ['a.yaml'], []],
  [
    'one that is rendered elsewhere',
    input(1, ['x']),
    [],
    [],
    [`error a.yaml:3 HelmRelease default/x is ${ELSEWHERE} it makes`],
  ],
  [
    'two of them',
    input(2, ['x', 'y']),
    [],
    [],
    [`error a.yaml:3 HelmRelease default/x, HelmRelease default/y are ${ELSEWHERE} they make`],
  ],
  [
    'one beside a Namespace',
    input(2, ['x'], NAMESPACE),
    [],
    [],
    [`error a.yaml:3 HelmRelease default/x is ${ELSEWHERE} it makes`],
  ],
  [
    'one beside a workload',
    input(2, ['x'], WORKLOAD),
    [],
    [],
    [`warning a.yaml:3 HelmRelease default/x is ${ELSEWHERE} it makes`],
  ],
  [
    'one beside both',
    input(3, ['x'], [...NAMESPACE, ...WORKLOAD]),
    [],
    [],
    [`warning a.yaml:3 HelmRelease default/x is ${ELSEWHERE} it makes`],
  ],
])('of an input that holds %s it is told', (_title, given, problems, paths, expected) => {
  const told = (allowEmpty: boolean) =>
    inputProblems(given, problems, paths, allowEmpty).map(
      ({ severity, file, line, message }) => `${severity} ${file}:${line} ${message.split(' was not judged')[0]}`,
    );
  expect(told(false)).toEqual(expected);
  const isBroken = (text: string): boolean => text === 'error a.yaml:1 ';
  expect(told(true)).toEqual(expected.map(text => (isBroken(text) ? text : text.replace(/^error/, 'warning'))));
});

test('several worlds are empty where all of them are', () => {
  const { count, notRendered, objects } = allWorlds([input(1, ['x'], WORKLOAD), input(2, ['y'], WORKLOAD)]);
  expect([count, notRendered.map(({ ref }) => ref.name), objects.size]).toEqual([3, ['x', 'y'], 2]);
});
