import data from '../../../../policies/mcp-signals.json' with { type: 'json' };
import type { Signal } from '../types.ts';

/** A built-in signal: with where it was learnt, and when (`YYYY-MM-DD`). */
export interface SourcedSignal extends Signal {
  readonly source: string;
  readonly date: string;
}

type Written = Omit<SourcedSignal, 'key' | 'values'> & { readonly key?: string; readonly values?: readonly string[] };

/** JSON leaves out an empty key and an empty list; that the rest is a Signal, a test holds. */
const read = (written: readonly unknown[]): readonly SourcedSignal[] =>
  (written as readonly Written[]).map(signal => ({ ...signal, key: signal.key ?? '', values: signal.values ?? [] }));

/** The built-in data of detection, as `policies/mcp-signals.json` writes it. */
export const builtinSignals: {
  readonly signals: readonly SourcedSignal[];
  readonly notServers: readonly SourcedSignal[];
} = { signals: read(data.signals), notServers: read(data.notServers) };
