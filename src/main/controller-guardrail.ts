import type { Client } from '../adapters/kubernetes/client/client.ts';
import { createGuardrailStore } from '../adapters/kubernetes/writes/guardrail-store.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createGuardrailKeeper, type GuardrailKeeper, type GuardrailPorts } from '../app/guardrail/keep.ts';

/** The keeper of the guardrail of a cluster. */
export function keepGuardrail({
  client,
  ...ports
}: Pick<GuardrailPorts, 'world' | 'policy' | 'isServed' | 'telemetry'> & { readonly client: Client }): GuardrailKeeper {
  return createGuardrailKeeper({
    ...ports,
    time: SYSTEM_TIME,
    store: createGuardrailStore(client, SYSTEM_TIME),
  });
}
