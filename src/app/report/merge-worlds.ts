import { byKey, compare } from '../../core/order.ts';
import type { JudgedInput } from './check.ts';
import type { PassedOver, ReportedServer } from './check-report.ts';

/** What several worlds say alike, once: plain data, in the order of the first. */
export function once<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map(item => [JSON.stringify(item), item])).values()];
}

const WEIGHTS: Readonly<Record<ReportedServer['verdict'], number>> = { allow: 0, deny: 1, undetermined: 2 };

const nameOf = ({ namespace, kind, name }: ReportedServer): string => [namespace, kind, name].join('\u0000');

/** The servers of several worlds in one list. Those that come out of several builds alike, findings, places and all, are told once. */
export function mergeServers(servers: readonly ReportedServer[]): readonly ReportedServer[] {
  const alike = new Map<string, ReportedServer>();
  for (const server of servers) {
    const { builds, ...rest } = server;
    const key = builds === undefined ? `${alike.size}` : JSON.stringify(rest);
    const known = alike.get(key);
    if (builds === undefined || known === undefined) alike.set(key, server);
    else alike.set(key, { ...server, builds: [...(known.builds ?? []), ...builds].sort(compare) });
  }
  return [...alike.values()].sort((a, b) => compare(nameOf(a), nameOf(b)) || WEIGHTS[a.verdict] - WEIGHTS[b.verdict]);
}

/** How many objects of each kind are passed over in all worlds together. */
export function mergePassedOver(worlds: readonly JudgedInput[]): readonly PassedOver[] {
  const byKind = Map.groupBy(
    worlds.flatMap(({ passedOver }) => passedOver),
    ({ apiVersion, kind }) => `${apiVersion} ${kind}`,
  );
  return [...byKind]
    .sort(byKey)
    .flatMap(([, some]) =>
      some.slice(0, 1).map(one => ({ ...one, count: some.reduce((sum, { count }) => sum + count, 0) })),
    );
}
