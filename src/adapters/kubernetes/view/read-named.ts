import type { Time } from '../../../app/time.ts';
import { type Fields, isFields, own } from '../../../core/kube/reading.ts';
import { type ApiAnswer, type Client, requestPatiently } from '../client/client.ts';
import { objectPath, type Resource } from '../client/paths.ts';
import { listAll } from './list.ts';

/** What is read: all objects of a resource, or one by its name. */
export interface NamedRead extends Resource {
  /** Absent: of the cluster, or in all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
}

/** What was read; none where the cluster does not serve it, or does not have it. */
export type NamedResult =
  | { readonly kind: 'objects'; readonly objects: readonly Fields[] }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string };

const NONE: NamedResult = { kind: 'objects', objects: [] };

function refused({ status, body }: ApiAnswer): NamedResult {
  if (status === 404) return NONE;
  const message = isFields(body) ? own(body, 'message') : undefined;
  return { kind: 'refused', status, message: typeof message === 'string' ? message : '' };
}

/** Reads by get and list alone. Rejects with a GateError where there is no answer. */
export async function readNamed(direct: Client, time: Time, read: NamedRead): Promise<NamedResult> {
  const client: Client = { ...direct, request: request => requestPatiently(direct, time, request) };
  const { namespace = '', name } = read;
  if (name !== undefined) {
    const answer = await client.request({ method: 'GET', path: objectPath(read, namespace, name) });
    return answer.status === 200 && isFields(answer.body)
      ? { kind: 'objects', objects: [answer.body] }
      : refused(answer);
  }
  let objects: Fields[] = [];
  const begin = () => {
    objects = [];
    return (raw: Fields): void => void objects.push(raw);
  };
  const result = await listAll(client, read, { namespace, begin });
  return result.kind === 'listed' ? { kind: 'objects', objects } : refused(result.answer);
}
