import type { Fields } from '../../kube/reading.ts';
import type { Preset, Signal } from '../types.ts';

/** An address of a cloud's metadata or credential service. */
export interface MetadataAddress {
  /** `any` for all clouds, known or not. */
  readonly provider: string;
  /** `metadata`: always protected where the provider is this one; otherwise, and for `link-local`, of the link-local tier. */
  readonly tier: string;
  readonly cidr: string;
}

/** The data that is shipped with the program: plain JSON, read like a document. */
export interface BuiltinData {
  /** By preset: `defaults` has the shape of a document's spec, `rules` a level and a rationale for every rule id. */
  readonly presets: Readonly<Record<Preset, Fields>>;
  readonly metadataAddresses: readonly MetadataAddress[];
  /** CIDR blocks in which the ranges of a cluster are assumed to lie while they are not configured. */
  readonly assumedNetworks: readonly string[];
  /** Gateways while none are configured: entries of a document's `gateways`. */
  readonly gateways: readonly Fields[];
  readonly signals: readonly Signal[];
  readonly notServers: readonly Signal[];
}
