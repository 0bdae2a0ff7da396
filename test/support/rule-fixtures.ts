import { expect } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { createInputDecoder, type DecodedInput } from '../../src/app/report/check.ts';
import { enforcementIn, PROBE_MAP } from '../../src/core/gate/enforcement.ts';
import { policyOn } from '../../src/core/gate/policy-on.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import { fieldsAt } from '../../src/core/kube/reading.ts';
import type { Manifest } from '../../src/core/manifest.ts';
import { parseYaml } from './yaml.ts';

/** Manifests, and the configuration that they are judged under. */
export interface Fixture {
  readonly input: DecodedInput;
  readonly policy: GatePolicy;
}

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
function deepFreeze<T>(value: T): T {
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

/** The day on which fixtures with a probe are judged. */
const TODAY = '2026-11-27';

/** The policy with what a ConfigMap among the manifests keeps of a probe, as a live cluster's would. */
function withProbe(policy: GatePolicy, manifests: readonly Manifest[]): GatePolicy {
  const probe = manifests.find(({ value }) => fieldsAt(value, 'metadata').name === PROBE_MAP.name);
  return probe === undefined ? policy : { ...policyOn(policy, TODAY), enforcement: enforcementIn(probe.value) };
}

/** Manifests as YAML and the configuration that they are judged under, by default the built-in baseline. */
export function readFixture(world: string, policy: string | undefined, file: string): Fixture {
  const decoder = createInputDecoder(createDecoder());
  const manifests = parseYaml(world).map((value, index) => manifestOf(value, file, index));
  for (const manifest of manifests) decoder.add(manifest);
  const written = policy === undefined ? builtinGatePolicy() : readPolicy(policy, file);
  return {
    input: deepFreeze(decoder.finish()),
    policy: deepFreeze(withProbe(written, manifests)),
  };
}
