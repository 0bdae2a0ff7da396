import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { judgeInput } from '../../src/app/report/check.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { presetPolicy } from '../../src/index.ts';
import { decodeManifests } from '../support/input.ts';
import { parseYaml } from '../support/yaml.ts';

const SAMPLES = fileURLToPath(new URL('../../manifests/samples/', import.meta.url));
const read = (file: string): string => readFileSync(`${SAMPLES}${file}`, 'utf8');

/** What check says of files together, under the configuration for kind: a line for each server. */
function verdicts(...files: readonly string[]): readonly string[] {
  const { policy } = readGatePolicy(read('kind/chokepoint.yaml'), 'chokepoint.yaml');
  if (policy === undefined) throw new Error('no configuration');
  return verdictsBy(policy, files);
}

function verdictsBy(policy: GatePolicy, files: readonly string[]): readonly string[] {
  const manifests = files.flatMap(file =>
    parseYaml(read(file)).map((value, document) => ({
      file,
      document,
      line: 1,
      pointer: [],
      value: value as Record<string, unknown>,
    })),
  );
  return judgeInput(decodeManifests(manifests), createJudge(policy)).decisions.map(
    ({ subject, verdict, findings }) =>
      `${subject.name}: ${verdict}${findings.map(({ rule, level }) => `, ${level} ${rule}`).join('')}`,
  );
}

describe('check says of the samples', () => {
  it('that the closed server is allowed where nothing is configured, but for the gateway that it assumes', () => {
    expect(verdictsBy(presetPolicy('baseline'), ['closed-server.yaml'])).toEqual([
      'weather: allow, warn ingress-beyond-gateway',
    ]);
  });

  it.each([
    ['of the gateway nothing', ['gateway.yaml'], []],
    ['that the closed server is allowed', ['gateway.yaml', 'closed-server.yaml'], ['weather: allow']],
    [
      'that the open server is open both ways, and the closed one beside it is not',
      ['closed-server.yaml', 'open-server.yaml'],
      [
        'search: deny, deny egress-reaches-cluster, warn egress-reaches-link-local, deny ingress-beyond-gateway',
        'weather: allow',
      ],
    ],
  ])('%s', (_, files, expected) => {
    expect(verdicts(...files)).toEqual(expected);
  });
});
