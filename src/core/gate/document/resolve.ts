import { type At, at, type Fields, type Issue, own, type Reading } from '../../kube/reading.ts';
import { type AddressReader, readPlainAddress } from '../../net/ip.ts';
import { CIDR_MATCH_MODES, CILIUM, DATAPLANES, type Dataplane, matchingNodes } from '../dataplane.ts';
import { suggestion } from '../nearest.ts';
import {
  ABSENT_POLICIES,
  type Detection,
  type GatePolicy,
  LEVELS,
  type Level,
  MODES,
  PRESETS,
  type Preset,
  RULESETS,
} from '../types.ts';
import type { BuiltinData } from './builtin-data.ts';
import { DocumentReading, type GatePolicyDocument, readKnown, readOneOf } from './read-fields.ts';
import {
  readImages,
  resolveAllowance,
  resolveExceptions,
  resolveModeChangers,
  resolveRegistry,
  resolveRemotes,
  resolveRoutes,
} from './resolve-approvals.ts';
import { resolveClients, resolveDestinations, resolveGateways } from './resolve-grants.ts';
import { resolveNetworks } from './resolve-networks.ts';
import { resolvePerimeter } from './resolve-perimeter.ts';
import { resolveRollout } from './resolve-rollout.ts';

/** What became of a document: a policy, perhaps with warnings; or no policy, with at least one issue of severity error. */
export type ResolvedGatePolicy =
  | { readonly policy: GatePolicy; readonly issues: readonly Issue[] }
  | { readonly policy: undefined; readonly issues: readonly Issue[] };

const SPEC: At = at(undefined, 'spec');

/** The preset's level of every rule, and over it the document's. */
function resolveLevels(spec: Fields, preset: ReadonlyMap<string, Level>, reading: Reading): ReadonlyMap<string, Level> {
  const levels = new Map(preset);
  const place = at(SPEC, 'rules');
  const rules = reading.object(spec, 'rules', SPEC) ?? {};
  for (const id of Object.keys(rules)) {
    if (!preset.has(id)) {
      reading.error('unknown-name', at(place, id), `there is no rule "${id}"${suggestion(id, preset.keys())}`);
      continue;
    }
    const rule = reading.object(rules, id, place);
    const level = rule && readOneOf(rule, 'level', at(place, id), LEVELS, reading);
    if (level !== undefined) levels.set(id, level);
  }
  return levels;
}

function resolveProvider(spec: Fields, data: BuiltinData, reading: Reading): string | undefined {
  const known = new Set(data.metadataAddresses.map(({ provider }) => provider).filter(name => name !== 'any'));
  return readOneOf(spec, 'provider', SPEC, [...known].sort(), reading);
}

function resolveDataplane(spec: Fields, { dataplanes }: BuiltinData, reading: Reading): Dataplane | undefined {
  const name = readOneOf(spec, 'dataplane', SPEC, DATAPLANES, reading);
  const dataplane = dataplanes.find(one => one.name === name);
  const mode = readOneOf(spec, 'policyCIDRMatchMode', SPEC, CIDR_MATCH_MODES, reading);
  if (mode === undefined) return dataplane;
  if (dataplane?.name === 'cilium') return matchingNodes(dataplane);
  return reading.error('needs', at(SPEC, 'policyCIDRMatchMode'), 'is a setting of Cilium: it needs dataplane: cilium');
}

function resolveDetection(spec: Fields, defaults: Fields, data: BuiltinData, reading: Reading): Detection {
  const place = at(SPEC, 'detection');
  const fields = reading.object(spec, 'detection', SPEC) ?? {};
  const preset = reading.object(defaults, 'detection', undefined) ?? {};
  const ids = new Set(data.signals.map(({ id }) => id));
  return {
    disabled: new Set(readKnown(fields, 'disabled', place, 'signal', ids, reading)),
    images: readImages(fields, 'images', place, reading),
    honourOptOut: reading.boolean(fields, 'optOut', place) ?? reading.boolean(preset, 'optOut', undefined) ?? false,
    signals: data.signals,
    notServers: data.notServers,
  };
}

function resolveSpec(name: string, spec: Fields, data: BuiltinData, reading: DocumentReading): GatePolicy {
  const preset: Preset = readOneOf(spec, 'preset', SPEC, PRESETS, reading) ?? 'baseline';
  const { defaults, levels: presetLevels } = data.presets[preset];
  const provider = resolveProvider(spec, data, reading);
  const levels = resolveLevels(spec, presetLevels, reading);
  const protectedNetworks = resolveNetworks(spec, SPEC, provider, data, reading);
  const oneOf = <T extends string>(key: string, allowed: readonly T[]): T | undefined =>
    readOneOf(spec, key, SPEC, allowed, reading) ?? readOneOf(defaults, key, undefined, allowed, reading);
  return {
    name,
    preset,
    ruleset: readOneOf(spec, 'ruleset', SPEC, RULESETS, reading) ?? 'v1',
    provider,
    dataplane: resolveDataplane(spec, data, reading),
    cilium: CILIUM,
    enforcement: undefined,
    mode: oneOf('mode', MODES) ?? 'audit',
    modeLimit: 'enforce',
    absentPolicy: oneOf('absentPolicy', ABSENT_POLICIES) ?? 'create',
    isAbsentPolicyGiven: own(spec, 'absentPolicy') !== undefined,
    gateways: resolveGateways(spec, SPEC, data.gateways, reading),
    allowedClients: resolveClients(spec, SPEC, reading),
    ...resolveDestinations(spec, SPEC, data.clusterDns, protectedNetworks, reading),
    protectedNetworks,
    levels,
    exceptions: resolveExceptions(spec, SPEC, new Set(levels.keys()), reading),
    exceptionsFromAnnotations: resolveAllowance(spec, 'exceptionsFromAnnotations', SPEC, data, reading),
    exceptionsFromNamespaces: resolveAllowance(spec, 'exceptionsFromNamespaces', SPEC, data, reading),
    day: undefined,
    routes: resolveRoutes(spec, SPEC, reading),
    detection: resolveDetection(spec, defaults, data, reading),
    registry: resolveRegistry(spec, SPEC, reading),
    remotes: resolveRemotes(spec, SPEC, reading),
    completePolicies: reading.boolean(spec, 'completePolicies', SPEC) ?? false,
    guardrail: reading.boolean(spec, 'guardrail', SPEC) ?? false,
    modeChangers: resolveModeChangers(spec, SPEC, reading),
    rollout: resolveRollout(spec, SPEC, reading),
    perimeter: resolvePerimeter(spec, SPEC, reading),
  };
}

/**
 * A GatePolicy document, laid over its preset and the built-in data. Never throws; every problem is noted at once.
 * What the schema tells of is not noted here: fields that nobody knows, that are missing or empty, and texts that are none of a closed list.
 * With an issue of severity error there is no policy, so that nobody goes on with half of one.
 */
export function resolveGatePolicy(
  document: GatePolicyDocument,
  data: BuiltinData,
  readAddress: AddressReader = readPlainAddress,
): ResolvedGatePolicy {
  const reading = new DocumentReading(readAddress);
  const metadata = reading.object(document, 'metadata', undefined) ?? {};
  const name = reading.string(metadata, 'name', at(undefined, 'metadata')) ?? 'default';
  const spec = reading.object(document, 'spec', undefined) ?? {};
  const policy = resolveSpec(name, spec, data, reading);
  return { policy: reading.failed ? undefined : policy, issues: reading.issues };
}

/** The policy that a preset alone makes: what holds where there is no document. */
export function resolvePreset(preset: Preset, data: BuiltinData): GatePolicy {
  return resolveSpec('default', { preset }, data, new DocumentReading(readPlainAddress));
}
