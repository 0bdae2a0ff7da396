import { resolvePreset } from '../../core/gate/resolve.ts';
import type { GatePolicy, Preset } from '../../core/gate/types.ts';
import { BUILTIN_DATA } from './builtin.ts';

/** The policy of a preset alone: what holds where there is no document. */
export function builtinGatePolicy(preset: Preset = 'baseline'): GatePolicy {
  return resolvePreset(preset, BUILTIN_DATA);
}
