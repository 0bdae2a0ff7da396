import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import assumedNetworks from '../../../policies/assumed-networks.json' with { type: 'json' };
import schema from '../../../policies/gate-policy.schema.json' with { type: 'json' };
import gateways from '../../../policies/gateways.json' with { type: 'json' };
import metadataAddresses from '../../../policies/metadata-addresses.json' with { type: 'json' };
import baseline from '../../../policies/presets/baseline.json' with { type: 'json' };
import restricted from '../../../policies/presets/restricted.json' with { type: 'json' };
import { readGatePolicy } from '../../../src/adapters/config/document.ts';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import { isDate } from '../../../src/core/calendar.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { checkSchema } from '../../../src/core/gate/document/schema-check.ts';
import { ABSENT_POLICIES, LEVELS, MODES, PRESETS, RULESETS } from '../../../src/core/gate/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../../src/core/kube/well-known-labels.ts';
import { parseCidr } from '../../../src/core/net/cidr.ts';
import { RULES } from '../../../src/core/rules/index.ts';

const RULE_IDS = RULES.map(({ id }) => id);

const SAMPLES = fileURLToPath(new URL('../../../policies/samples/', import.meta.url));

interface Sourced {
  readonly source: string;
  readonly date: string;
}

const entries: readonly (readonly [string, Sourced])[] = [
  ...metadataAddresses.addresses.map(entry => [`${entry.provider} ${entry.cidr}`, entry] as const),
  ...assumedNetworks.networks.map(entry => [entry.cidr, entry] as const),
  ...gateways.gateways.map(entry => [entry.name, entry] as const),
  ...[baseline, restricted].map(entry => [entry.name, entry] as const),
];

describe('Built-in data', () => {
  it.each(entries)('says of %s where it was learnt, and when', (_name, { source, date }) => {
    expect([source.trim() === '', isDate(date)]).toEqual([false, true]);
  });

  it('holds addresses that everybody reads alike', () => {
    const cidrs = [...metadataAddresses.addresses, ...assumedNetworks.networks].map(({ cidr }) => cidr);
    expect(cidrs.flatMap(cidr => parseCidr(cidr).problems)).toEqual([]);
  });

  it('holds each address of a provider once, in one of the tiers', () => {
    const names = metadataAddresses.addresses.map(({ provider, cidr }) => `${provider} ${cidr}`);
    expect(new Set(names).size).toBe(names.length);
    expect([...new Set(metadataAddresses.addresses.map(({ tier }) => tier))].sort()).toEqual([
      'credentials',
      'link-local',
      'metadata',
    ]);
  });

  it('assumes only gateways with their namespace by name and with pod labels', () => {
    for (const { name, peers } of builtinGatePolicy().gateways.grants) {
      expect(peers.length, name).toBeGreaterThan(0);
      for (const peer of peers) {
        const isExact =
          peer.kind === 'pods' &&
          peer.pods.some(({ operator }) => operator === 'In') &&
          peer.namespaces !== 'own' &&
          peer.namespaces.some(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In');
        expect(isExact, name).toBe(true);
      }
    }
  });

  it('lists gateways by name', () => {
    const names = gateways.gateways.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
  });
});

describe('A preset', () => {
  it('is at least as strict when it is restricted', () => {
    const [lax, strict] = [builtinGatePolicy('baseline'), builtinGatePolicy('restricted')];
    const weight = (level: (typeof LEVELS)[number] | undefined): number => LEVELS.indexOf(level ?? 'off');
    for (const id of RULE_IDS)
      expect(weight(strict.levels.get(id)), id).toBeLessThanOrEqual(weight(lax.levels.get(id)));
    expect([lax.detection.honourOptOut, strict.detection.honourOptOut]).toEqual([true, false]);
    expect(strict.allowedDestinations).toEqual(lax.allowedDestinations);
  });

  it('warns of what depends on facts, and denies the rest', () => {
    const warned = (preset: (typeof PRESETS)[number]): readonly string[] =>
      RULE_IDS.filter(id => builtinGatePolicy(preset).levels.get(id) === 'warn');
    const always = ['gateway-locked-out', 'gateway-unauthorized', 'gateway-unlogged'];
    const baseline = ['egress-reaches-link-local', 'gateway-unauthenticated', 'node-access', 'policies-not-enforced'];
    expect(warned('baseline')).toEqual([...always, ...baseline].sort());
    expect(warned('restricted')).toEqual(always);
  });

  it('resolves without an issue, with any provider, mode and absentPolicy', () => {
    const provider = fc.constantFrom(...schema.properties.spec.properties.provider.enum);
    const spec = fc.record(
      {
        preset: fc.constantFrom(...PRESETS),
        provider,
        mode: fc.constantFrom(...MODES),
        absentPolicy: fc.constantFrom(...ABSENT_POLICIES),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(spec, written => {
        const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec: written };
        expect([...resolveGatePolicy(document, BUILTIN_DATA).issues, ...checkSchema(document)]).toEqual([]);
      }),
    );
  });
});

describe('A sample', () => {
  const sample = (name: string) => readGatePolicy(readFileSync(`${SAMPLES}${name}`, 'utf8'), name);

  it.each(readdirSync(SAMPLES))('resolves without a problem: %s', name => {
    const { policy, problems } = sample(name);
    expect(problems).toEqual([]);
    expect(policy).toBeDefined();
  });

  it('of no configuration is what holds without a document', () => {
    expect(sample('zero-config.yaml').policy).toEqual(builtinGatePolicy());
  });
});

/** Every schema inside the schema that describes a property, with its path. */
function properties(node: unknown, path: string): readonly (readonly [string, Readonly<Record<string, unknown>>])[] {
  if (typeof node !== 'object' || node === null) return [];
  const own =
    'properties' in node && typeof node.properties === 'object' && node.properties !== null ? node.properties : {};
  const here = Object.entries(own).map(
    ([name, value]) => [`${path}.${name}`, value as Record<string, unknown>] as const,
  );
  const below = Object.entries(node)
    .filter(([key]) => key !== 'examples')
    .flatMap(([key, value]) => properties(value, `${path}.${key}`));
  return [...here, ...below];
}

/** Descriptions of the fields that nothing requires, with their paths. */
function optional(node: unknown, path: string): readonly (readonly [string, string])[] {
  if (typeof node !== 'object' || node === null) return [];
  const required = 'required' in node && Array.isArray(node.required) ? node.required : [];
  const own = 'properties' in node && typeof node.properties === 'object' ? (node.properties ?? {}) : {};
  return Object.entries(own).flatMap(([name, one]) => [
    ...(required.includes(name) ? [] : [[`${path}.${name}`, String(one.description)] as const]),
    ...optional(one, `${path}.${name}`),
  ]);
}

describe('The schema', () => {
  it('describes every property', () => {
    const silent = properties(schema, '').filter(
      ([, one]) => typeof one.description !== 'string' && one.$ref === undefined,
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('says of every field that may be absent what that means', () => {
    const silent = optional(schema.properties.spec, 'spec')
      .concat(Object.entries(schema.$defs).flatMap(([name, one]) => optional(one, name)))
      .filter(([path, description]) => !path.startsWith('spec.rules.') && !/\babsent\b/i.test(description));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('knows the same names as the code and the data', () => {
    const { preset, ruleset, mode, absentPolicy, provider } = schema.properties.spec.properties;
    const providers = new Set(metadataAddresses.addresses.map(one => one.provider));
    providers.delete('any');
    expect(provider.enum).toEqual([...providers].sort());
    expect([preset.enum, ruleset.enum, mode.enum, absentPolicy.enum, schema.$defs.level.enum]).toEqual([
      PRESETS,
      RULESETS,
      MODES,
      ABSENT_POLICIES,
      LEVELS,
    ]);
  });

  it('gives examples that hold', () => {
    for (const example of schema.examples)
      expect(readGatePolicy(JSON.stringify(example), 'example').problems).toEqual([]);
    for (const [field, one] of Object.entries(schema.properties.spec.properties)) {
      for (const example of 'examples' in one ? one.examples : []) {
        const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec: { [field]: example } };
        expect(readGatePolicy(JSON.stringify(document), field).problems, field).toEqual([]);
      }
    }
  });
});
