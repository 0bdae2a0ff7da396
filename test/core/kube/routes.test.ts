import { expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Route } from '../../../src/core/kube/types.ts';

const decode = createDecoder();
const KEY = 'kubernetes.io/ingress.class';

/** Where an Ingress is published, as `class path`. */
function classesOf(field: string | undefined, annotation: string | undefined): readonly string[] {
  const decoded = decode({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'a', ...(annotation !== undefined && { annotations: { [KEY]: annotation } }) },
    spec: field === undefined ? {} : { ingressClassName: field },
  });
  if (decoded.kind !== 'object') throw new Error(decoded.kind);
  return (decoded.object as Route).through.map(({ name, path }) => `${name} ${path}`);
}
const BY_FIELD = 'spec.ingressClassName';
const BY_ANNOTATION = `metadata.annotations["${KEY}"]`;

it.each([
  [undefined, undefined, [` ${BY_FIELD}`]],
  ['mcp', undefined, [`mcp ${BY_FIELD}`]],
  [undefined, 'nginx', [`nginx ${BY_ANNOTATION}`]],
  ['mcp', 'nginx', [`mcp ${BY_FIELD}`, `nginx ${BY_ANNOTATION}`]],
  ['mcp', 'mcp', [`mcp ${BY_FIELD}`]],
  [undefined, '', [` ${BY_ANNOTATION}`]],
])('An Ingress of the class %s with the annotation %s is published through both', (field, annotation, classes) => {
  expect(classesOf(field, annotation)).toEqual(classes);
});
