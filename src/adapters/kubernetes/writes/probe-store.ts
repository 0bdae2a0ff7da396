import type { ProbeReport } from '../../../app/probe/report.ts';
import type { Time } from '../../../app/time.ts';
import { PROBE_MAP } from '../../../core/gate/enforcement.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { CONFIG_MAPS } from '../client/kinds.ts';
import { objectPath } from '../client/paths.ts';
import { writtenBy } from './writer.ts';

/** Keeps a report in the gate's namespace, in place of the last one. Resolves to why it was not kept; empty: it was. Rejects with a GateError where there is no answer. */
export async function keepProbe(client: Client, time: Time, namespace: string, report: ProbeReport): Promise<string> {
  const answer = await requestPatiently(client, time, {
    method: 'PATCH',
    path: objectPath(CONFIG_MAPS, namespace, PROBE_MAP.name),
    query: { fieldManager: 'chokepoint-doctor', force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: PROBE_MAP.name, namespace },
      data: { [PROBE_MAP.key]: JSON.stringify(report) },
    },
  });
  const written = writtenBy(answer);
  if (written.kind === 'done') return '';
  if (written.kind === 'absent') return `there is no namespace ${namespace}: no gate is installed there`;
  return written.message || `status ${answer.status}`;
}
