import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAddress } from '../../../src/adapters/addresses/read-address.ts';
import { readGatePolicy } from '../../../src/adapters/config/document.ts';
import type { Problem } from '../../../src/core/manifest.ts';
import { CASES, GATEWAY, HEAD, TEXTS, withSpec } from './document-cases.ts';

const lineOf = ({ severity, code, line, column, field, message }: Problem): string =>
  `${line}:${column} ${severity} ${code} ${field}: ${message}`;

const problemsOf = (text: string): readonly string[] =>
  readGatePolicy(text, 'f.yaml', readAddress).problems.map(lineOf);

describe('A GatePolicy document names every fault with its place:', () => {
  for (const [name, cases] of Object.entries(CASES))
    describe(name, () => {
      it.each(cases)('$title', ({ spec, problems }) => {
        expect(problemsOf(withSpec(...spec))).toEqual(problems);
      });
    });
});

describe('A file holds one GatePolicy:', () => {
  it.each(TEXTS)('%s', (_title, text, ...problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('nesting that no reader survives is one problem', () => {
    const { policy, problems } = readGatePolicy(`${HEAD}spec: ${'['.repeat(100_000)}`, 'f.yaml');
    expect(policy).toBeUndefined();
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['too-deep', 'this document is nested too deeply: nesting exceeded maxDepth (100)'],
    ]);
  });

  it('a warning alone does not refuse it, an error does', () => {
    const warned = withSpec('gateways: [{name: g, from: [{namespaceSelector: {matchLabels: {team: a}}}]}]');
    expect(readGatePolicy(warned, 'f.yaml').policy?.gateways.grants.map(({ name }) => name)).toEqual(['g']);
    expect(readGatePolicy(withSpec('mode: x'), 'f.yaml').policy).toBeUndefined();
  });
});

/** Values that a careless or hostile author might write anywhere. */
const anyValue = fc.anything({
  maxDepth: 4,
  key: fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      'gateways',
      'from',
      'name',
      'ipBlock',
      'cidr',
      'rules',
      'level',
      '__proto__',
      'constructor',
      'ports',
      'port',
    ),
  ),
  values: [
    fc.string(),
    fc.constantFrom('10.0.0.0/8', '::/0', 'deny', 'a/b', '2026-12-31', 'In', ''),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  ],
});

const FIELDS = [
  'preset',
  'provider',
  'mode',
  'gateways',
  'allowedClients',
  'allowedDestinations',
  'protectedNetworks',
  'rules',
  'exceptions',
  'detection',
  'registry',
  'rollout',
  'routes',
  'modeChangers',
];

describe('Whatever is written,', () => {
  it('reading a document never throws, and without a policy there is an error', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...FIELDS), anyValue), spec => {
        const text = JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec });
        const { policy, problems } = readGatePolicy(text, 'f.yaml');
        expect(problems.some(({ severity }) => severity === 'error')).toBe(policy === undefined);
        expect(problems.every(({ line, column, message }) => line >= 1 && column >= 1 && message !== '')).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('reading a text never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        expect(readGatePolicy(text, 'f.yaml').policy).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('reading a document with a character changed never throws', () => {
    const good = withSpec('mode: audit', `gateways: [${GATEWAY}]`, 'protectedNetworks: {pods: [10.0.0.0/8]}');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ maxLength: 2 }), (index, put) => {
        const { policy, problems } = readGatePolicy(good.slice(0, index) + put + good.slice(index + 1), 'f.yaml');
        expect(problems.some(({ severity }) => severity === 'error')).toBe(policy === undefined);
      }),
      { numRuns: 300 },
    );
  });
});
