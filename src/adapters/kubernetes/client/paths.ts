import { GateError } from '../../../errors.ts';

/** A path of the API by its segments, not encoded. Never a text that was put together: names are strangers' strings. */
export type ApiPath = readonly string[];

/** One kind of objects as the API server serves it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural name in paths: `networkpolicies`. */
  readonly plural: string;
  /** Which of its objects are looked at, as the API's labelSelector; absent: all. */
  readonly labelSelector?: string;
}

/** What lists and watches of a resource ask for beside anything else. */
export const selectionOf = ({ labelSelector }: Resource): Readonly<Record<string, string>> =>
  labelSelector === undefined ? {} : { labelSelector };

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

const rootOf = ({ group, version }: Resource): ApiPath => (group === '' ? ['api', version] : ['apis', group, version]);

/** All objects of a resource: of one namespace, or of all where the namespace is empty. */
export function collectionPath(resource: Resource, namespace = ''): ApiPath {
  return [...rootOf(resource), ...(namespace === '' ? [] : ['namespaces', namespace]), resource.plural];
}

/** One object. The namespace is empty for cluster-scoped resources. */
export function objectPath(resource: Resource, namespace: string, name: string): ApiPath {
  return [...collectionPath(resource, namespace), name];
}

/** The text of a path. Throws a GateError for an empty segment and for `.` and `..`, which would name another path. */
export function pathOf(path: ApiPath, query: Readonly<Record<string, string>> = {}): string {
  for (const segment of path) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw new GateError('bad-request', `no path of the API has the segment "${segment}": ${path.join(' ')}`);
    }
  }
  const text = `/${path.map(encodeURIComponent).join('/')}`;
  const parameters = new URLSearchParams(query).toString();
  return parameters === '' ? text : `${text}?${parameters}`;
}
