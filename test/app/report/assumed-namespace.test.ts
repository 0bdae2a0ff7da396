import { expect, test } from 'vitest';
import { assumedNamespace } from '../../../src/app/report/assumed-namespace.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { decodeManifests } from '../../support/input.ts';

const service = (name: string, namespace?: string): Fields => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  spec: {},
});
const SPACE: Fields = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
const told = (values: readonly Fields[]) =>
  assumedNamespace(
    decodeManifests(values.map((value, line) => ({ file: 'a.yaml', document: line, line, pointer: [], value }))),
  );
const TAIL = 'judged in "default": give --namespace where another is meant';

test.each<readonly [string, readonly Fields[], string, number]>([
  ['one', [SPACE, service('a')], `1 object names no namespace and is ${TAIL}`, 1],
  [
    'two beside one that names it',
    [service('b', 'n'), service('c', 'n'), service('a'), service('d')],
    `2 objects name no namespace and are ${TAIL}`,
    2,
  ],
])('of objects that name no namespace a warning tells, at the first: %s', (_, values, message, line) => {
  const place = { file: 'a.yaml', line, column: 0, field: 'metadata.namespace' };
  expect(told(values)).toEqual([{ severity: 'warning', code: 'assumed-namespace', ...place, message }]);
});

test('nothing is told where all name it, or belong to none', () => {
  expect(told([SPACE, service('a', 'default')])).toEqual([]);
});
