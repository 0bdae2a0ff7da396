import { pause, type Time } from '../../../app/time.ts';
import { UNREAD_SETTINGS } from '../../../core/kube/settings-maps.ts';
import type { World } from '../../../core/world/world.ts';
import { SYSTEM_TIME } from '../../system/time.ts';
import type { Client } from '../client/client.ts';
import type { ClusterCache } from './cache.ts';
import { type FollowedReading, followReading } from './follow-reading.ts';
import { readSettings, settingsWorkloads } from './read-settings.ts';

/** Milliseconds between two looks whether the cluster has been read, and how many there are of one reading: less than until the next one. */
const LOOK_MS = 250;
const LOOKS = 200;

async function readWorld(
  cache: Pick<ClusterCache, 'read'>,
  time: Time,
  signal: AbortSignal,
): Promise<World | undefined> {
  for (let look = 0; look < LOOKS && !signal.aborted; look += 1) {
    const reading = cache.read();
    if (reading.kind !== 'not-synced') return reading.world;
    await pause(time, LOOK_MS, signal);
  }
  return undefined;
}

/**
 * Keeps in the world of a cache what controllers of gateways are told: reads their ConfigMaps once the cluster has been read, and every minute. Where a
 * reading fails, the last one stays.
 */
export function followSettings(
  client: Pick<Client, 'request'>,
  cache: Pick<ClusterCache, 'read' | 'setSettings'>,
  onError: (error: unknown) => void,
  time: Time = SYSTEM_TIME,
): Pick<FollowedReading<unknown>, 'onChange' | 'stop'> {
  const reading = followReading(
    async signal => {
      const world = await readWorld(cache, time, signal);
      return world === undefined ? [UNREAD_SETTINGS] : readSettings(client, settingsWorkloads(world), signal);
    },
    [UNREAD_SETTINGS],
    onError,
  );
  reading.onChange(() => cache.setSettings(reading.current()));
  return reading;
}
