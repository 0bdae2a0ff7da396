import type { HistoryStore } from '../../../app/history/keep.ts';
import { readShard, SHARD_NUMBERS, type StoredShard } from '../../../app/history/text.ts';
import type { Time } from '../../../app/time.ts';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';
import { writtenBy } from './writer.ts';

const nameOf = (shard: number): string => `chokepoint-history-${shard}`;
/** Keys in each ConfigMap. */
const NAMESPACES = 'namespaces.json';
const LOOKED = 'looked';

const textAt = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
};

const failed = (namespace: string, shard: number, what: string, reason: string): GateError =>
  new GateError('unexpected-answer', `the ConfigMap ${namespace}/${nameOf(shard)} cannot be ${what}: ${reason}`);

/** What somebody else has spoilt is read as nothing. */
function shardIn(body: unknown): StoredShard {
  const data = isFields(body) ? fieldsAt(body, 'data') : {};
  const looked = Number(textAt(data, LOOKED));
  return {
    looked: Number.isSafeInteger(looked) ? Math.max(0, looked) : 0,
    namespaces: readShard(textAt(data, NAMESPACES)),
  };
}

/** All parts of the history that is kept in this namespace. Rejects with a GateError where one cannot be read. */
export function readStoredHistory(
  client: Client,
  time: Time,
  namespace: string,
  signal?: AbortSignal,
): Promise<readonly StoredShard[]> {
  return Promise.all(
    SHARD_NUMBERS.map(async shard => {
      const path = objectPath(CONFIG_MAPS, namespace, nameOf(shard));
      const { status, body } = await requestPatiently(client, time, { method: 'GET', path, ...(signal && { signal }) });
      if (status !== 200) throw failed(namespace, shard, 'read', `the API server answers ${status}`);
      return shardIn(body);
    }),
  );
}

/** The ConfigMaps of this namespace. By get and patch of them, by their names: no other right is needed. */
export function createHistoryStore(client: Client, time: Time, namespace: string): HistoryStore {
  return {
    read: signal => readStoredHistory(client, time, namespace, signal),
    write: async (shard, text, looked, signal) => {
      const path = objectPath(CONFIG_MAPS, namespace, nameOf(shard));
      const body = { data: { [NAMESPACES]: text, [LOOKED]: String(looked) } };
      const contentType = 'application/merge-patch+json';
      const written = writtenBy(
        await requestPatiently(client, time, { method: 'PATCH', path, body, contentType, signal }),
      );
      if (written.kind === 'done') return;
      throw failed(namespace, shard, 'written', 'message' in written ? written.message : 'it is not there');
    },
  };
}
