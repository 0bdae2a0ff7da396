import type { Time } from '../../../app/time.ts';
import { type Fields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import type { Client } from './client.ts';
import type { WatchedKind } from './kinds.ts';
import type { ApiPath, Resource } from './paths.ts';

/** Finds out how a kind is served. */
export interface Discovery {
  /** `undefined`: the API server does not serve it. Rejects with a GateError where that cannot be told. */
  find(watched: WatchedKind): Promise<Resource | undefined>;
}

/** Milliseconds for which an answer serves: long enough for all kinds that start together, or look again. */
const FRESH_MS = 5_000;

const items = (body: unknown, key: string): readonly Fields[] => {
  const value = typeof body === 'object' && body !== null ? own(body as Fields, key) : undefined;
  return Array.isArray(value) ? value.filter(item => typeof item === 'object' && item !== null) : [];
};

/** Versions of a group in our order of preference, then those that we do not know in the server's. */
function inOrder(served: readonly string[], preferred: readonly string[]): readonly string[] {
  const known = preferred.filter(version => served.includes(version));
  return [...known, ...served.filter(version => !known.includes(version))];
}

/** Discovery by `/apis` and `/apis/{group}/{version}` (meta/v1 APIGroupList, APIResourceList). Calls of one moment share their requests, which end with the signal. */
export function createDiscovery(client: Client, time: Time, signal: AbortSignal): Discovery {
  const asked = new Map<string, { readonly atMs: number; readonly body: Promise<unknown> }>();
  const fetch = async (path: ApiPath): Promise<unknown> => {
    const { status, body } = await client.request({ method: 'GET', path, signal });
    if (status === 200) return body;
    if (status === 404) return undefined;
    throw new GateError('unexpected-answer', `GET ${path.join('/')}: ${status}`);
  };
  const ask = (path: ApiPath): Promise<unknown> => {
    const key = path.join('/');
    const known = asked.get(key);
    if (known !== undefined && time.nowMs() - known.atMs < FRESH_MS) return known.body;
    const body = fetch(path);
    asked.set(key, { atMs: time.nowMs(), body });
    body.catch(() => asked.delete(key));
    return body;
  };
  const groups = async (): Promise<readonly Fields[]> => items(await ask(['apis']), 'groups');
  const servesAny = async (names: readonly string[]): Promise<boolean> =>
    (await groups()).some(item => names.some(name => own(item, 'name') === name));
  return {
    find: async watched => {
      if (watched.kind === 'builtin')
        return watched.beside === undefined || (await servesAny(watched.beside)) ? watched.resource : undefined;
      const { group, objectKind, versions } = watched;
      const entry = (await groups()).find(item => own(item, 'name') === group);
      const served = items(entry, 'versions').flatMap(item => {
        const version = own(item, 'version');
        return typeof version === 'string' ? version : [];
      });
      for (const version of inOrder(served, versions)) {
        const resources = items(await ask(['apis', group, version]), 'resources');
        const plural = resources
          .filter(item => own(item, 'kind') === objectKind)
          .map(item => own(item, 'name'))
          .find(name => typeof name === 'string' && !name.includes('/'));
        if (typeof plural === 'string') return { group, version, kind: objectKind, plural };
      }
      return undefined;
    },
  };
}
