import { createSelfSigned } from '../../src/adapters/certificates/make.ts';
import {
  type AdmissionServer,
  type AdmissionServerOptions,
  buildAdmissionServer,
} from '../../src/adapters/http/server.ts';
import type { AdmissionTelemetry } from '../../src/app/admission/ports.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import type { World } from '../../src/core/world/world.ts';
import { gate, testPolicy, worldOf } from './reviews.ts';

export const quietTelemetry: AdmissionTelemetry = {
  review: () => undefined,
  bug: () => undefined,
  badRequest: () => undefined,
  refusedConnection: () => undefined,
};

/** A development certificate for local names. */
export const localPair = (now = new Date()) => createSelfSigned(['localhost', '127.0.0.1'], now);

/** A server over a fixed world; not listening. */
export function testServer(
  options: Partial<AdmissionServerOptions> & { readonly world?: World; readonly policy?: GatePolicy } = {},
): AdmissionServer {
  const { world = worldOf(), policy = testPolicy(), ...rest } = options;
  const { validate, mutate, observe } = gate(policy, world);
  return buildAdmissionServer({
    validate,
    mutate,
    observe,
    tls: localPair(),
    telemetry: quietTelemetry,
    nowMs: () => 0,
    ...rest,
  });
}
