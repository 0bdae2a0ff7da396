import type { Detection } from '../../core/gate/types.ts';

/** The signals that are shipped with the program. */
export const builtinSignals: Pick<Detection, 'signals' | 'notServers'> = { signals: [], notServers: [] };
