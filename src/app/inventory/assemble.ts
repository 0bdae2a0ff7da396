import type { Problem } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';
import { visibleData } from '../../core/visible-text.ts';
import { type Inventory, type InventoryServer, type InventorySource, REGISTRATIONS } from './inventory.ts';

const nameOf = ({ context, namespace, kind, name, file }: InventoryServer): string =>
  [context, namespace, kind, name, file].join('\u0000');

const byRegistration = (a: InventoryServer, b: InventoryServer): number =>
  REGISTRATIONS.indexOf(a.registration) - REGISTRATIONS.indexOf(b.registration) || compare(nameOf(a), nameOf(b));

/** Servers of several sources as one inventory. One that comes out of several builds of files alike is there once. */
export function assembleInventory(
  day: string,
  sources: readonly InventorySource[],
  servers: readonly InventoryServer[],
  problems: readonly Problem[],
): Inventory {
  const sorted = visibleData([...servers].sort(byRegistration));
  const count = (counts: (server: InventoryServer) => boolean): number => sorted.filter(counts).length;
  return {
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'Inventory',
    day,
    sources: visibleData(sources),
    summary: {
      servers: sorted.length,
      unregistered: count(({ registration }) => registration === 'unregistered'),
      unknown: count(({ registration }) => registration === 'unknown'),
      registered: count(({ registration }) => registration === 'registered'),
      denied: count(({ verdict }) => verdict === 'deny'),
    },
    servers: sorted,
    problems: visibleData(problems),
  };
}
