import { type Fields, fieldsAt, isFields, objectsAt, own, textAt, textsAt, valueAt } from '../../core/kube/reading.ts';

/** What stands at a path without lists, as a number; 0 where it is absent or no number. */
export function numberAt(fields: Fields, path: string): number {
  const value = valueAt(fields, path);
  return typeof value === 'number' ? value : 0;
}

/** The value of a key with dots in it; empty where it is absent or no text. */
export function pairAt(fields: Fields, path: string, key: string): string {
  const pairs = valueAt(fields, path);
  const value = isFields(pairs) ? own(pairs, key) : undefined;
  return typeof value === 'string' ? value : '';
}

export const nameOf = (object: Fields): string => textAt(object, 'metadata.name');
export const namespaceOf = (object: Fields): string => textAt(object, 'metadata.namespace');

/** `kube-system/cilium`; the name alone of what has no namespace. */
export const placeOf = (object: Fields): string =>
  [namespaceOf(object), nameOf(object)].filter(part => part !== '').join('/');

/** Containers of the pod template of a workload. */
export const containersOf = (workload: Fields): readonly Fields[] =>
  objectsAt(fieldsAt(workload, 'spec'), 'template.spec.containers');

/** The literal value of an environment variable of any container; empty where none sets it. */
export function variableOf(workload: Fields, name: string): string {
  const all = containersOf(workload).flatMap(container => objectsAt(container, 'env'));
  const found = all.find(variable => own(variable, 'name') === name);
  return found === undefined ? '' : textAt(found, 'value');
}

/** All words of the containers' commands and args. */
export const argumentsOf = (workload: Fields): readonly string[] =>
  containersOf(workload).flatMap(container => [...textsAt(container, 'command'), ...textsAt(container, 'args')]);
