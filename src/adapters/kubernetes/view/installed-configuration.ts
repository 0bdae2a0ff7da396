import type { Time } from '../../../app/time.ts';
import { fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';

/** The ConfigMap that the gate's Pods mount, and the file in it. */
const NAME = 'chokepoint';
const KEY = 'chokepoint.yaml';

/**
 * The text of the configuration of the gate that is installed in this namespace; `undefined` where there is none. Rejects with a GateError where it
 * may not be read.
 */
export async function readInstalledConfiguration(
  client: Client,
  time: Time,
  namespace: string,
): Promise<string | undefined> {
  const path = objectPath(CONFIG_MAPS, namespace, NAME);
  const { status, body } = await requestPatiently(client, time, { method: 'GET', path });
  if (status === 404) return undefined;
  const text = status === 200 && isFields(body) ? own(fieldsAt(body, 'data'), KEY) : undefined;
  if (typeof text === 'string') return text;
  const why = status === 200 ? `has no ${KEY}` : `cannot be read (${status})`;
  throw new GateError('unexpected-answer', `the ConfigMap ${namespace}/${NAME} ${why}: name your own by --config`);
}
