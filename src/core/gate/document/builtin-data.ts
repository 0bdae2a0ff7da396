import type { Fields } from '../../kube/reading.ts';
import type { NeverIgnored } from '../asked-exception.ts';
import type { Dataplane } from '../dataplane.ts';
import type { Level, Preset, Signal } from '../types.ts';

/** An address of a cloud's metadata or credential service. */
export interface MetadataAddress {
  /** `any` for all clouds, known or not. */
  readonly provider: string;
  /**
   * `metadata`: always protected where the provider is this one. `credentials`: reached by an exact grant alone, where it is.
   * Otherwise, and for `link-local`, of the link-local tier, unless another provider is configured.
   */
  readonly tier: string;
  readonly cidr: string;
  /** TCP port of the service; in the tier `credentials` alone. */
  readonly port?: number;
}

/** What a preset lays under every document that names it. */
export interface PresetData {
  /** In the shape of a document's spec: read like one. */
  readonly defaults: Fields;
  /** The level of every rule, by rule id; an id that is not here is none. */
  readonly levels: ReadonlyMap<string, Level>;
}

/** The data that is shipped with the program: what the rules say of themselves, and plain JSON. */
export interface BuiltinData {
  readonly presets: Readonly<Record<Preset, PresetData>>;
  /** Rules that `exceptionsFromAnnotations` and `exceptionsFromNamespaces` name in vain. */
  readonly neverIgnored: NeverIgnored;
  readonly metadataAddresses: readonly MetadataAddress[];
  /** CIDR blocks in which the ranges of a cluster are assumed to lie while they are not configured. */
  readonly assumedNetworks: readonly string[];
  /** Common gateways. With `from`, entries of a document's `gateways` while it has none; see {@link GatewayProduct} for the other fields. */
  readonly gateways: readonly Fields[];
  /** Cluster DNS by distribution: entries of a document's `allowedDestinations`. */
  readonly clusterDns: readonly Fields[];
  readonly dataplanes: readonly Dataplane[];
  readonly signals: readonly Signal[];
  readonly notServers: readonly Signal[];
}
