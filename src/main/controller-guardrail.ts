import type { Client } from '../adapters/kubernetes/client/client.ts';
import type { ClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { createGuardrailStore } from '../adapters/kubernetes/writes/guardrail-store.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createGuardrailKeeper, type GuardrailKeeper, type GuardrailPorts } from '../app/guardrail/keep.ts';

/** The keeper of the guardrail of a cluster. */
export function keepGuardrail({
  client,
  cache,
  ...ports
}: Pick<GuardrailPorts, 'world' | 'policy' | 'telemetry'> & {
  readonly client: Client;
  readonly cache: Pick<ClusterCache, 'status'>;
}): GuardrailKeeper {
  return createGuardrailKeeper({
    ...ports,
    time: SYSTEM_TIME,
    isServed: id => cache.status().some(kind => kind.id === id && kind.installed === true),
    store: createGuardrailStore(client, SYSTEM_TIME),
  });
}
