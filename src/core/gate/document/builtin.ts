import assumedNetworks from '../../../../policies/assumed-networks.json' with { type: 'json' };
import clusterDns from '../../../../policies/cluster-dns.json' with { type: 'json' };
import dataplanes from '../../../../policies/dataplanes.json' with { type: 'json' };
import gateways from '../../../../policies/gateways.json' with { type: 'json' };
import metadataAddresses from '../../../../policies/metadata-addresses.json' with { type: 'json' };
import baseline from '../../../../policies/presets/baseline.json' with { type: 'json' };
import restricted from '../../../../policies/presets/restricted.json' with { type: 'json' };
import { NEVER_IGNORED } from '../../never-ignored.ts';
import { RULES } from '../../rules/index.ts';
import { DATAPLANES, type Dataplane, type Divergence } from '../dataplane.ts';
import type { Preset } from '../types.ts';
import type { BuiltinData, PresetData } from './builtin-data.ts';
import { builtinSignals } from './signals.ts';

const presetData = (preset: Preset, defaults: PresetData['defaults']): PresetData => ({
  defaults,
  levels: new Map(RULES.map(({ id, levels }) => [id, levels[preset]])),
});

/** A JSON module gives texts where the type knows a few of them. */
const effectOf = (text: string): Divergence['effect'] => (text === 'opens' ? 'opens' : 'closes');

const builtinDataplanes: readonly Dataplane[] = DATAPLANES.flatMap(name =>
  dataplanes.dataplanes
    .filter(one => one.name === name)
    .map(one => ({
      ...one,
      name,
      divergences: one.divergences.map(divergence => ({ ...divergence, effect: effectOf(divergence.effect) })),
    })),
);

/** The data of the policies folder, and the levels of the rules. */
export const BUILTIN_DATA: BuiltinData = {
  presets: {
    baseline: presetData('baseline', baseline.defaults),
    restricted: presetData('restricted', restricted.defaults),
  },
  neverIgnored: NEVER_IGNORED,
  metadataAddresses: metadataAddresses.addresses,
  assumedNetworks: assumedNetworks.networks.map(({ cidr }) => cidr),
  gateways: gateways.gateways,
  clusterDns: clusterDns.distributions,
  dataplanes: builtinDataplanes,
  signals: builtinSignals.signals,
  notServers: builtinSignals.notServers,
};
