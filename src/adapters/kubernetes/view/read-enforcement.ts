import { enforcementIn, type MeasuredEnforcement, PROBE_MAP } from '../../../core/gate/enforcement.ts';
import { isFields } from '../../../core/kube/reading.ts';
import type { Client } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';

/**
 * What packets last showed, as the gate of this namespace keeps it; `undefined` where it keeps nothing, or where it may not be read: that proves nothing.
 * Rejects with a GateError where there is no answer.
 */
export async function readEnforcement(
  client: Pick<Client, 'request'>,
  gateNamespace: string,
  signal?: AbortSignal,
): Promise<MeasuredEnforcement | undefined> {
  const path = objectPath(CONFIG_MAPS, gateNamespace, PROBE_MAP.name);
  const { status, body } = await client.request({ method: 'GET', path, ...(signal && { signal }) });
  return status === 200 && isFields(body) ? enforcementIn(body) : undefined;
}
