import type { History } from '../app/history/state.ts';
import type { InventoryDates } from '../app/inventory/inventory.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import type { ObjectRef } from '../core/kube/types.ts';
import { GateError } from '../errors.ts';
import type { ChosenCluster } from './chosen-cluster.ts';

/** What the controller of a cluster remembers; `undefined` where none keeps it, or it may not be read: nothing is judged by it. */
export async function readHistory(
  { client, time }: ChosenCluster,
  { gateNamespace }: { readonly gateNamespace: string },
): Promise<History | undefined> {
  const [{ readStoredHistory }, { merged }] = await Promise.all([
    import('../adapters/kubernetes/writes/history-store.ts'),
    import('../app/history/text.ts'),
  ]);
  try {
    const shards = await readStoredHistory(client, time, gateNamespace);
    return merged(shards.map(({ namespaces }) => namespaces));
  } catch (error) {
    if (error instanceof GateError) return undefined;
    throw error;
  }
}

/** Since when a server is there, and its namespace has its mode, as far as that is known. */
export async function inventoryDates(history: History | undefined): Promise<(server: ObjectRef) => InventoryDates> {
  if (history === undefined) return () => ({});
  const { serverKey, timeText } = await import('../app/history/state.ts');
  return server => {
    const known = history.get(server.namespace);
    const dates = known?.servers.get(serverKey(server));
    const mode = known?.modes.at(-1);
    return {
      ...(dates !== undefined && { firstSeen: timeText(dates.first) }),
      ...(mode !== undefined && { modeSince: timeText(mode.at) }),
    };
  };
}

/** The report with since when what it says is there, as far as that is known. */
export async function withDates(
  report: CheckReport,
  history: History | undefined,
  today: string,
): Promise<CheckReport> {
  const [{ datedReport }, { identityHash: idOf }] = await Promise.all([
    import('../app/history/dated-report.ts'),
    import('../adapters/system/identity-hash.ts'),
  ]);
  return datedReport(report, history && { history, idOf, today });
}
