import { type Fields, isFields, own } from '../../core/kube/reading.ts';

/** What the value of one document is, see {@link recognize}. */
export type Recognized = 'object' | 'broken-object' | 'values' | 'no-object';

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** Whether it is a list with objects among its items. */
function holdsObjects(value: unknown): boolean {
  return Array.isArray(value) && value.some(item => isFields(item) && isName(own(item, 'kind')));
}

const hasSpec = (value: Fields): boolean => isFields(own(value, 'spec'));

/**
 * What a document is, by what stands at its root. kubectl refuses a whole file for one document without a kind; other tools' files stand beside
 * manifests, so that only what was meant as an object of Kubernetes, and is none, may count as unreadable.
 *
 * | `apiVersion` | `kind`   | and                                       | is              | because                                                             |
 * | ------------ | -------- | ----------------------------------------- | --------------- | ------------------------------------------------------------------- |
 * | text         | text     |                                           | `object`        | nothing else is needed to say what it is                            |
 * | one of them is text |   | a mapping `spec`, or `items` with objects | `broken-object` | it would deploy something: every judged kind but Namespace has a spec |
 * | one of them is text |   | neither                                   | `no-object`     | Chart.yaml, a Helm index, pipelines: `apiVersion: v2`, `kind: pipeline` |
 * | no text      | no text  | mappings `metadata` and `spec`            | `broken-object` | an object that lost its head, or misspelt it                        |
 * | absent       | absent   | `extraObjects`                            | `values`        | Helm values                                                         |
 * | no text      | no text  | anything else                             | `no-object`     | Grafana (`apiVersion: 1`), Compose, package.json, workflows         |
 * | not a mapping |         | a list with objects                       | `broken-object` | kubectl takes them as a List only                                   |
 * | not a mapping |         | anything else                             | `no-object`     | JSON patches, data                                                  |
 */
export function recognize(value: unknown): Recognized {
  if (!isFields(value)) return holdsObjects(value) ? 'broken-object' : 'no-object';
  const [apiVersion, kind] = [own(value, 'apiVersion'), own(value, 'kind')];
  if (isName(apiVersion) && isName(kind)) return 'object';
  if (isName(apiVersion) || isName(kind))
    return hasSpec(value) || holdsObjects(own(value, 'items')) ? 'broken-object' : 'no-object';
  if (isFields(own(value, 'metadata')) && hasSpec(value)) return 'broken-object';
  const isValues = apiVersion === undefined && kind === undefined && Object.hasOwn(value, 'extraObjects');
  return isValues ? 'values' : 'no-object';
}
