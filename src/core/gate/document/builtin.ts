import assumedNetworks from '../../../../policies/assumed-networks.json' with { type: 'json' };
import gateways from '../../../../policies/gateways.json' with { type: 'json' };
import metadataAddresses from '../../../../policies/metadata-addresses.json' with { type: 'json' };
import baseline from '../../../../policies/presets/baseline.json' with { type: 'json' };
import restricted from '../../../../policies/presets/restricted.json' with { type: 'json' };
import type { BuiltinData } from './builtin-data.ts';
import { builtinSignals } from './signals.ts';

/** The data of the policies folder. */
export const BUILTIN_DATA: BuiltinData = {
  presets: { baseline, restricted },
  metadataAddresses: metadataAddresses.addresses,
  assumedNetworks: assumedNetworks.networks.map(({ cidr }) => cidr),
  gateways: gateways.gateways,
  signals: builtinSignals.signals,
  notServers: builtinSignals.notServers,
};
