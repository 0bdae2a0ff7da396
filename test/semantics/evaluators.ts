import { createOracle } from '../support/oracle.ts';
import { parseYaml } from '../support/yaml.ts';
import type { Evaluate } from './probe.ts';

/** Every implementation that must give the same answers, with the name that its test suites bear. */
export const evaluators: readonly (readonly [name: string, evaluate: Evaluate])[] = [
  ['the oracle', manifests => createOracle(parseYaml(manifests))],
];
