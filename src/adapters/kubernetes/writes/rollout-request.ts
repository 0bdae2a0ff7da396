import { type Fields, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import type { ApiRequest, Client } from '../client/client.ts';
import { NAMESPACES } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';
import { type RaisedLabel, raisePatch } from './raise-patch.ts';

async function send(
  client: Client,
  namespace: string,
  change: Pick<ApiRequest, 'body' | 'contentType'>,
): Promise<void> {
  const path = objectPath(NAMESPACES, '', namespace);
  const query = { fieldManager: 'chokepoint-cli' };
  const { status, body } = await client.request({ method: 'PATCH', path, query, ...change });
  if (status === 200) return;
  const answer: Fields = isFields(body) ? body : {};
  const message = status === 422 ? 'its mode has changed meanwhile: look again' : own(answer, 'message');
  throw new GateError(
    'unexpected-answer',
    `the Namespace ${namespace} is not changed: ${message ?? `status ${status}`}`,
  );
}

/** Writes the mode of a namespace by the rights of whoever asks, where it is still as it was seen. Rejects with a GateError where it is not written. */
export const writeMode = (client: Client, namespace: string, raised: RaisedLabel): Promise<void> =>
  send(client, namespace, { body: raisePatch(raised), contentType: 'application/json-patch+json' });

/** Writes an annotation of a namespace, by the same rights. Rejects with a GateError where it is not written. */
export const annotateNamespace = (client: Client, namespace: string, key: string, value: string): Promise<void> =>
  send(client, namespace, {
    body: { metadata: { annotations: { [key]: value } } },
    contentType: 'application/merge-patch+json',
  });
