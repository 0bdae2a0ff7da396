import type { Time } from '../../../app/time.ts';
import type { UnwitnessedChange } from '../../../app/witness/tell.ts';
import type { Client } from '../client/client.ts';
import { CONTROLLER_NAME } from './write-action.ts';
import { createWriter, type EventSource } from './writer.ts';

const VERBS: Readonly<Record<UnwitnessedChange['operation'], string>> = {
  CREATE: 'was created',
  UPDATE: 'was changed',
  DELETE: 'was deleted',
};

/** Writes an Event about an object that changed unwitnessed. Resolves to whether it is there; never rejects. */
export async function writeUnwitnessed(
  client: Client,
  time: Time,
  source: Pick<EventSource, 'instance' | 'nowMs'>,
  { operation, apiVersion, uid, object }: UnwitnessedChange,
  term: AbortSignal,
): Promise<boolean> {
  const writer = createWriter(client, time, { ...source, controller: CONTROLLER_NAME }, term);
  // Of a kind of another API the reference has the group too.
  const kind = object.kind.split('.')[0] ?? '';
  const { namespace, name } = object;
  try {
    const written = await writer.createEvent({
      regarding: { apiVersion, kind, namespace, name, uid },
      type: 'Warning',
      reason: 'Unwitnessed',
      action: 'CompareWithRecord',
      note: `it ${VERBS[operation]}, and no webhook of the gate was asked about it: the gate was down or bypassed, or the cluster's data was restored`,
    });
    return written.kind === 'done';
  } catch {
    return false;
  }
}
