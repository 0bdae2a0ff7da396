import type { Protocol } from '../../core/net/ports.ts';

/** One end of an observed connection. Both may be there; a name goes before an address. */
export interface FlowEnd {
  readonly namespace: string;
  /** Name of the Pod, or of what made it; of an aggregated one, with `*` for what differs. Empty: not known. */
  readonly name: string;
  /** Empty: not known. */
  readonly ip: string;
}

/** Connections that somebody observed. */
export interface Flow {
  /** When it was seen last, milliseconds since the epoch; NaN: not told. */
  readonly timeMs: number;
  readonly from: FlowEnd;
  readonly to: FlowEnd;
  /** Of the destination. */
  readonly port: number;
  readonly protocol: Protocol;
  /** It went through; else it was dropped. */
  readonly allowed: boolean;
  /** At least 1. */
  readonly count: number;
}

/** A line that tells of a flow, of something else (a reply, a message of the agent), or cannot be read. */
export type ReadFlow =
  | { readonly kind: 'flow'; readonly flow: Flow }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string };
