import type { NamespaceStore } from '../../../app/controller/namespace-memory.ts';
import { enforcedText, readEnforced } from '../../../app/enforced-namespaces.ts';
import type { Time } from '../../../app/time.ts';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';
import { writtenBy } from './writer.ts';

/** The ConfigMap, and the key in it: the file that the webhook reads. */
const NAME = 'chokepoint-namespaces';
const KEY = 'namespaces.json';

function textIn(body: unknown): string {
  const data: Fields = isFields(body) ? fieldsAt(body, 'data') : {};
  const text = own(data, KEY);
  return typeof text === 'string' ? text : '';
}

/** The ConfigMap of this namespace. By get and patch of it, by its name: no other right is needed. */
export function createNamespaceStore(client: Client, time: Time, namespace: string): NamespaceStore {
  const path = objectPath(CONFIG_MAPS, namespace, NAME);
  const failed = (what: string, reason: string): GateError =>
    new GateError('unexpected-answer', `the ConfigMap ${namespace}/${NAME} cannot be ${what}: ${reason}`);
  return {
    read: async signal => {
      const { status, body } = await requestPatiently(client, time, { method: 'GET', path, signal });
      if (status !== 200) throw failed('read', `the API server answers ${status}`);
      // What somebody else has spoilt is written anew.
      return readEnforced(textIn(body)) ?? new Map();
    },
    write: async (namespaces, signal) => {
      const body = { data: { [KEY]: enforcedText(namespaces) } };
      const contentType = 'application/merge-patch+json';
      const written = writtenBy(
        await requestPatiently(client, time, { method: 'PATCH', path, body, contentType, signal }),
      );
      if (written.kind !== 'done') throw failed('written', 'message' in written ? written.message : 'it is not there');
    },
  };
}
