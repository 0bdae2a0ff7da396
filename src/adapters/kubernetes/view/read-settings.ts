import type { GatewayFact } from '../../../core/kube/gateway-fact.ts';
import { isFields } from '../../../core/kube/reading.ts';
import {
  type ReadSettings,
  SETTINGS_HOMES,
  type SettingsMap,
  settingsFacts,
  settingsMapsOf,
} from '../../../core/kube/settings-maps.ts';
import type { Workload } from '../../../core/kube/types.ts';
import type { World } from '../../../core/world/world.ts';
import type { Client } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';

/** ConfigMaps that are read; a cluster has one or two controllers. */
const MAX_MAPS = 16;

async function readMap(client: Pick<Client, 'request'>, map: SettingsMap, signal?: AbortSignal): Promise<ReadSettings> {
  const path = objectPath(CONFIG_MAPS, map.namespace, map.name);
  const { status, body } = await client.request({ method: 'GET', path, ...(signal && { signal }) });
  if (status === 200 && isFields(body)) return { map, object: body };
  if (status === 404) return { map, object: undefined };
  const unread = status === 403 ? 'the right to get it is missing' : `status ${status}`;
  return { map, object: undefined, unread };
}

/** What the gateways' controllers among these workloads are told for all of their gateways. Their ConfigMaps are read by get alone, each by its name. */
export async function readSettings(
  client: Pick<Client, 'request'>,
  workloads: Iterable<Workload>,
  signal?: AbortSignal,
): Promise<readonly GatewayFact[]> {
  const read: ReadSettings[] = [];
  for (const map of settingsMapsOf(workloads).slice(0, MAX_MAPS)) read.push(await readMap(client, map, signal));
  return settingsFacts(read);
}

/** The workloads of a world among which the controllers are looked for. */
export const settingsWorkloads = (world: World): readonly Workload[] =>
  SETTINGS_HOMES.flatMap(home => [...world.namespace(home).workloads.values()]);
