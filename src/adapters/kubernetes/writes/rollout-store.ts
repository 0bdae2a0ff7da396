import type { RolloutStore, StoredRollout } from '../../../app/rollout/ports.ts';
import { readRollout, rolloutText } from '../../../app/rollout/state.ts';
import type { Time } from '../../../app/time.ts';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type ApiAnswer, type Client, requestPatiently } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';
import { writtenBy } from './writer.ts';

/** The ConfigMap, and the key in it. */
const NAME = 'chokepoint-rollout';
const KEY = 'rollout.json';

const textAt = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
};

/** What somebody else has spoilt is read as nothing, and written anew: every namespace begins again, which is never sooner. */
function storedIn(body: unknown): StoredRollout {
  const object: Fields = isFields(body) ? body : {};
  return {
    state: readRollout(textAt(fieldsAt(object, 'data'), KEY)) ?? new Map(),
    version: textAt(fieldsAt(object, 'metadata'), 'resourceVersion'),
  };
}

const failed = (namespace: string, what: string, reason: string): GateError =>
  new GateError('unexpected-answer', `the ConfigMap ${namespace}/${NAME} cannot be ${what}: ${reason}`);

const reasonOf = ({ status, body }: ApiAnswer): string =>
  (isFields(body) && textAt(body, 'message')) || `the API server answers ${status}`;

/** The state as it is stored in this namespace; `undefined` where the ConfigMap is not there. Rejects with a GateError where it cannot be read. */
export async function readStoredRollout(
  client: Client,
  time: Time,
  namespace: string,
  signal?: AbortSignal,
): Promise<StoredRollout | undefined> {
  const path = objectPath(CONFIG_MAPS, namespace, NAME);
  const answer = await requestPatiently(client, time, { method: 'GET', path, ...(signal && { signal }) });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw failed(namespace, 'read', reasonOf(answer));
  return storedIn(answer.body);
}

/** The ConfigMap of this namespace. By get and patch of it, by its name: no other right is needed, and none to make it. */
export function createRolloutStore(client: Client, time: Time, namespace: string): RolloutStore {
  const path = objectPath(CONFIG_MAPS, namespace, NAME);
  return {
    read: async signal => {
      const stored = await readStoredRollout(client, time, namespace, signal);
      if (stored === undefined) throw failed(namespace, 'read', 'it is not there: the rollout is not installed');
      return stored;
    },
    write: async ({ state, version }, signal) => {
      const body = { metadata: { resourceVersion: version }, data: { [KEY]: rolloutText(state) } };
      const contentType = 'application/merge-patch+json';
      const written = writtenBy(
        await requestPatiently(client, time, { method: 'PATCH', path, body, contentType, signal }),
      );
      if (written.kind === 'done') return written.resourceVersion;
      throw failed(namespace, 'written', 'message' in written ? written.message : 'it is not there');
    },
  };
}
