import { expect, test } from 'vitest';
import { unjudgedOf } from '../../../src/app/report/unjudged.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';

const SOURCE = { file: 'x.yaml', document: 0, line: 1, pointer: [] };
const CONTAINER = { image: 'registry.example.com/x:1' };

function pathsOf(spec: unknown, kind = 'Tool'): readonly string[] | undefined {
  const value: Fields = { apiVersion: 'example.com/v1', kind, metadata: { name: 'x' }, spec };
  const ref = { kind, namespace: 'tools', name: 'x' };
  return unjudgedOf(ref, value, SOURCE, createDecoder())?.pods.map(({ path }) => path);
}

test.each<readonly [what: string, spec: unknown, paths: readonly string[] | undefined]>([
  ['a pod template', { template: { spec: { containers: [CONTAINER] } } }, ['spec.template.spec.containers']],
  ['one container', { container: CONTAINER }, ['spec.container']],
  ['steps and sidecars', { sidecars: [CONTAINER], steps: [CONTAINER] }, ['spec.sidecars', 'spec.steps']],
  ['a list of templates', { templates: [{}, { container: CONTAINER }] }, ['spec.templates[1].container']],
  ['containers without an image', { containers: [{ name: 'x' }] }, undefined],
  ['the schema of containers', { containers: { properties: { image: { type: 'string' } } } }, undefined],
  ['names of containers', { containers: ['x'], steps: 3 }, undefined],
  ['nothing', {}, undefined],
])('pods are found in %s', (_what, spec, paths) => {
  expect(pathsOf(spec)).toEqual(paths);
});

test.each([
  ['MCPServer', true],
  ['McpServer', true],
  ['MCPServerSet', false],
  ['Tool', false],
])('a %s without containers may be a server: %s', (kind, isOne) => {
  expect(pathsOf({}, kind) !== undefined).toBe(isOne);
});

test('what stands behind 5,000 objects is not looked for', () => {
  const padding = Array.from({ length: 5000 }, () => ({}));
  expect(pathsOf({ padding, later: { at: { last: { containers: [CONTAINER] } } } })).toBeUndefined();
});
