import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { createInputDecoder, type DecodedInput } from '../../src/app/report/check.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import type { Manifest } from '../../src/core/manifest.ts';
import { parseYaml } from './yaml.ts';

/** Where every rule has a folder of its own. */
export const FIXTURES = fileURLToPath(new URL('../rules/', import.meta.url));

/** What a fixture is of: the rule must find something in the first, nothing in the second. */
export const FIXTURE_KINDS = ['fail', 'pass'] as const;
export type FixtureKind = (typeof FIXTURE_KINDS)[number];

/** Manifests, and the configuration that they are judged under. */
export interface Fixture {
  readonly input: DecodedInput;
  readonly policy: GatePolicy;
}

/** Names of the fixtures of a rule, sorted: files without their ending, or folders of a pair. */
export function fixtureNames(rule: string, kind: FixtureKind): readonly string[] {
  const folder = `${FIXTURES}${rule}/${kind}`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map(name => name.replace(/\.yaml$/, ''))
    .sort();
}

/** The text of a file of a rule's folder; `undefined` where there is none. */
export function fixtureText(rule: string, path: string): string | undefined {
  const file = `${FIXTURES}${rule}/${path}`;
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

const isGatePolicy = (document: string): boolean => /^kind: GatePolicy$/m.test(document);

function readPolicy(text: string, file: string): GatePolicy {
  const { policy, problems } = readGatePolicy(text, file);
  if (policy === undefined) return expect.fail(`${file}: ${JSON.stringify(problems)}`);
  return policy;
}

const refuse = (): never => {
  throw new TypeError('the judge changed what it was given');
};

/** Freezing leaves the content of a Map and a Set open: their own methods shut it. */
function shut(value: object): void {
  if (!(value instanceof Map || value instanceof Set)) return;
  for (const name of ['set', 'add', 'delete', 'clear']) Object.defineProperty(value, name, { value: refuse });
}

/** Values that nothing may change: the judge is given nothing else. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  shut(value);
  Object.freeze(value);
  const inner: readonly unknown[] = value instanceof Map || value instanceof Set ? [...value] : Object.values(value);
  for (const one of inner) deepFreeze(one);
  return value;
}

/** One object of a file: the fields of a manifest, nothing more. */
function manifestOf(value: unknown, file: string, document: number): Manifest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return expect.fail(`${file}: no object`);
  return { file, document, line: 1, pointer: [], value: value as Manifest['value'] };
}

/**
 * A file of a rule's folder. The configuration is the GatePolicy among its documents, else the folder's `policy.yaml`, else the built-in baseline.
 */
export function readFixture(rule: string, path: string): Fixture {
  const text = fixtureText(rule, path);
  if (text === undefined) return expect.fail(`test/rules/${rule}/${path} is missing`);
  const documents = text.split(/^---\n/m);
  const given = documents.find(isGatePolicy) ?? fixtureText(rule, 'policy.yaml');
  const decoder = createInputDecoder(createDecoder());
  const values = documents.filter(document => !isGatePolicy(document)).flatMap(parseYaml);
  for (const [index, value] of values.entries()) decoder.add(manifestOf(value, `${rule}/${path}`, index));
  return {
    input: deepFreeze(decoder.finish()),
    policy: deepFreeze(given === undefined ? builtinGatePolicy() : readPolicy(given, `${rule}/${path}`)),
  };
}
