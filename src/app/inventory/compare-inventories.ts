import { openBefore } from '../../core/netpol/open-traffic.ts';
import { byKey } from '../../core/order.ts';
import type { ChangedServer, InventoryChanges, ServerName } from './inventory.ts';
import type { SavedPeer, SavedServer } from './saved-inventory.ts';

/** Of two builds that make a server of one name, the later counts. */
const byServer = (servers: readonly SavedServer[]): ReadonlyMap<string, SavedServer> =>
  new Map(
    servers.map(one => [[one.context, one.namespace, one.kind, one.name].join('\u0000'), one] as const).sort(byKey),
  );

const nameOf = ({ context, namespace, kind, name }: SavedServer): ServerName => ({ context, namespace, kind, name });

/** Ways that the others do not cover, all of them together, in words. */
function beyond(ways: readonly SavedPeer[], others: readonly SavedPeer[], word: 'from' | 'to'): readonly string[] {
  const wasOpen = openBefore(others);
  const texts = ways.filter(way => !wasOpen([way])).map(({ who, ports }) => `${word} ${who}: ${ports.join(', ')}`);
  return [...new Set(texts)];
}

function changeOf(before: SavedServer, after: SavedServer): ChangedServer {
  const fields = [...after.facts].flatMap(([name, now]) => {
    // What an older version did not save is not known to have been otherwise.
    const then = before.facts.get(name);
    return then === undefined || then === now ? [] : `${name}: ${then || 'none'} → ${now || 'none'}`;
  });
  return {
    ...nameOf(after),
    fields,
    gained: [...beyond(after.ingress, before.ingress, 'from'), ...beyond(after.egress, before.egress, 'to')],
    lost: [...beyond(before.ingress, after.ingress, 'from'), ...beyond(before.egress, after.egress, 'to')],
  };
}

/** How the servers of `now` differ from those of `then`: which are new and gone, and what of the others is not as it was. */
export function compareInventories(
  then: readonly SavedServer[],
  now: readonly SavedServer[],
  against: string,
): InventoryChanges {
  const [before, after] = [byServer(then), byServer(now)];
  const only = (some: typeof before, others: typeof before) =>
    [...some].filter(([key]) => !others.has(key)).map(([, one]) => nameOf(one));
  const changed = [...after].flatMap(([key, one]) => {
    const old = before.get(key);
    return old === undefined ? [] : changeOf(old, one);
  });
  return {
    against,
    added: only(after, before),
    gone: only(before, after),
    changed: changed.filter(({ fields, gained, lost }) => fields.length + gained.length + lost.length > 0),
  };
}
