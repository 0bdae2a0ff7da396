import { fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import type { ApiAnswer, Client } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';

/** Where the agents of Cilium have their settings. */
export const CILIUM_CONFIG = { namespace: 'kube-system', name: 'cilium-config' };

/** Whether the blocks of Cilium hold nodes (`policy-cidr-match-mode`, words apart by spaces or commas); what was answered where it cannot be read. */
export async function readMatchMode(client: Pick<Client, 'request'>): Promise<boolean | ApiAnswer> {
  const { namespace, name } = CILIUM_CONFIG;
  const answer = await client.request({ method: 'GET', path: objectPath(CONFIG_MAPS, namespace, name) });
  const { status, body } = answer;
  if (status === 404) return false;
  if (status !== 200 || !isFields(body)) return answer;
  const mode = own(fieldsAt(body, 'data'), 'policy-cidr-match-mode');
  return typeof mode === 'string' && mode.split(/[\s,]+/).includes('nodes');
}
