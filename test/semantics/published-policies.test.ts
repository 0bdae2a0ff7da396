import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { readManifests } from '../../src/adapters/files/read.ts';
import { createInputDecoder, judgeInput } from '../../src/app/report/check.ts';
import type { Decision } from '../../src/core/decision.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import { hasAddress } from '../../src/core/net/addresses.ts';
import { parseCidr } from '../../src/core/net/cidr.ts';
import { parseAddress } from '../../src/core/net/ip.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/published/', import.meta.url));
const textOf = (name: string): string => readFileSync(`${FOLDER}${name}`, 'utf8');

const CLOUDS = ['gcp', 'aws'] as const;
type Cloud = (typeof CLOUDS)[number];
/** The policy as plain manifests beside its workload, and alone in a values file. */
const FORMS = ['yaml', 'values.yaml'] as const;

const EXCEPTS: Readonly<Record<Cloud, readonly string[]>> = {
  gcp: ['10.10.10.0/24', '10.0.0.0/28', '172.20.0.0/16', '172.21.0.0/17', '169.254.169.254/32'],
  aws: ['10.0.0.0/16', '172.20.0.0/16', '169.254.169.254/32'],
};

function configured(cloud: Cloud): GatePolicy {
  const { policy, problems } = readGatePolicy(textOf(`${cloud}.gate.yaml`), 'gate.yaml');
  expect(problems).toEqual([]);
  return policy ?? expect.fail('no policy');
}

/** The one decision on what is read from standard input. */
async function judge(text: string, policy: GatePolicy): Promise<Decision> {
  const decoder = createInputDecoder(createDecoder());
  const { problems } = await readManifests(['-'], {
    stdin: async () => Buffer.from(text),
    onManifest: manifest => decoder.add(manifest),
  });
  expect(problems).toEqual([]);
  const { decisions } = judgeInput(decoder.finish(), createJudge(policy));
  expect(decisions).toHaveLength(1);
  return decisions[0] ?? expect.fail('no decision');
}

const listed = ({ verdict, findings }: Decision): readonly string[] => [
  verdict,
  ...findings.map(({ level, rule, messageId }) => `${level} ${rule} ${messageId}`),
];

/** The text with something replaced that must be in it once. */
function edited(text: string, from: string, to: string): string {
  expect(text.split(from)).toHaveLength(2);
  return text.replace(from, to);
}

describe.each(CLOUDS)('The published policy for %s', cloud => {
  describe.each(FORMS)('as %s:', form => {
    const text = textOf(`${cloud}.${form}`);

    it('passes under the configuration of its cluster, with the link-local warning', async () => {
      expect(listed(await judge(text, configured(cloud)))).toEqual(['allow', 'warn egress-reaches-link-local reaches']);
    });

    it.each(EXCEPTS[cloud])('is denied without its except %s, with a witness inside it', async except => {
      const { verdict, findings } = await judge(edited(text, `- ${except}\n`, '\n'), configured(cloud));
      const denials = findings.filter(({ level }) => level === 'deny');
      expect(verdict).toBe('deny');
      expect(denials).toHaveLength(1);
      const address = parseAddress(denials[0]?.witness?.address ?? '') ?? expect.fail('no witness');
      const { range } = parseCidr(except);
      expect(range && hasAddress(range, address)).toBe(true);
      expect(denials[0]?.fix.summary).toContain(except);
    });

    it('passes without any configuration, with warnings that name the facts that are missing', async () => {
      const decision = await judge(text, builtinGatePolicy());
      expect(listed(decision)).toEqual([
        'allow',
        'warn egress-reaches-cluster may-reach',
        'warn egress-reaches-link-local reaches',
        'warn ingress-beyond-gateway assumed-gateway',
      ]);
      const [cluster, , gateway] = decision.findings;
      expect(cluster?.message).toContain('(pods, services, nodes, controlPlane not configured)');
      expect(cluster?.fix.summary).toBe(
        'set protectedNetworks (pods, services, nodes, controlPlane) in the GatePolicy',
      );
      expect(gateway?.fix.summary).toBe('name it under gateways of the GatePolicy');
    });
  });

  const all = EXCEPTS[cloud].map(except => `        - ${except}\n`).join('');
  const metadata = '        - 169.254.169.254/32\n';
  const gateway = [
    '    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: codemie\n',
    '      podSelector:\n        matchLabels:\n          app.kubernetes.io/instance: codemie-api\n',
  ] as const;
  const from = `  - from:\n${gateway.join('')}    ports:\n`;

  /** What is wrong in every cluster: no configuration is needed to deny it. */
  it.each<readonly [title: string, from: string, to: string, denial: string]>([
    ['every address', `        except:\n${all}`, '', 'deny egress-reaches-cluster opens-assumed'],
    ['an except for the metadata address alone', all, metadata, 'deny egress-reaches-cluster opens-assumed'],
    ['no except for the metadata address', metadata, '', 'deny egress-reaches-metadata reaches'],
    ['any source', from, '  - ports:\n', 'deny ingress-beyond-gateway any-source'],
    ['an empty from', from, '  - from: []\n    ports:\n', 'deny ingress-beyond-gateway any-source'],
    [
      'every pod',
      from,
      '  - from: [{namespaceSelector: {}}]\n    ports:\n',
      'deny ingress-beyond-gateway whole-cluster',
    ],
    ['every pod of a namespace', gateway[1], '', 'deny ingress-beyond-gateway other-namespace'],
    [
      'a label that can be forged',
      'kubernetes.io/metadata.name: codemie\n',
      'team: codemie\n',
      'deny ingress-beyond-gateway forgeable-label',
    ],
    ['no isolation of its egress', '  - Egress\n', '', 'deny egress-not-isolated ingress-only'],
    ['no isolation of its ingress', '  - Ingress\n', '', 'deny ingress-not-isolated no-policy'],
  ])('is denied without any configuration for %s', async (_title, before, after, denial) => {
    const said = listed(await judge(edited(textOf(`${cloud}.yaml`), before, after), builtinGatePolicy()));
    expect(said[0]).toBe('deny');
    expect(said).toContain(denial);
  });
});
