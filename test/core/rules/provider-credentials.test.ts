import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/decision.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const LINK_LOCAL_RULES = ['egress-reaches-link-local', 'egress-reaches-metadata'];

const peerText = (cidr: string): string => `[{ipBlock: {cidr: "${cidr}"}}]`;
const portsText = (ports: string): string => (ports === '' ? '' : `, ports: [${ports}]`);

function judged(provider: string, [cidr, ports]: readonly [string, string], grants: readonly string[]): Finding[] {
  const server = decoded(workloadManifest({ called: 'weather', namespace: 'tools', labels: { app: 'weather' } }));
  const policy = decoded({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'weather', namespace: 'tools' },
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: parseYaml(`- {to: ${peerText(cidr)}${portsText(ports)}}`)[0],
    },
  });
  const spec = {
    ...(provider !== '' && { provider }),
    allowedDestinations: grants.flatMap(text => parseYaml(text)[0]),
  };
  const gate = resolveGatePolicy({ spec }, BUILTIN_DATA).policy ?? expect.fail('no policy');
  if (!isWorkload(server)) return expect.fail('no workload');
  const mcp = { standing: 'declared', evidence: [], setAside: [], ports: [] } as const;
  const { findings } = createJudge(gate).evaluateServer(buildWorld([server, policy]), server, mcp);
  return findings.filter(({ rule }) => LINK_LOCAL_RULES.includes(rule));
}

const said = (findings: readonly Finding[]): string =>
  findings
    .map(({ level, rule, messageId }) => `${level} ${rule.slice('egress-reaches-'.length)} ${messageId}`)
    .join(', ');

const grant = (cidr: string, ports: string): string => `- {name: g, to: ${peerText(cidr)}${portsText(ports)}}`;
const [TCP80, TCP988] = ['{port: 80}', '{port: 988}'];
const DENIED = 'deny metadata credentials';
const WARNED = 'warn link-local reaches';

describe('A peer that is there for the credentials of the provider', () => {
  it.each([
    ['gcp', '169.254.169.252/32', TCP988, [], DENIED],
    ['gcp', '169.254.169.252/32', '{port: 987}', [], DENIED],
    ['gcp', '169.254.169.252/32', '', [], DENIED],
    ['gcp', '169.254.169.252/31', TCP988, [], DENIED],
    ['gcp', '64:ff9b::169.254.169.252/128', TCP988, [], DENIED],
    ['aws', '169.254.170.2/32', TCP80, [], DENIED],
    ['aws', '169.254.170.23/32', TCP80, [], DENIED],
    ['aws', '169.254.170.0/24', TCP80, [], DENIED],
    ['aws', 'fd00:ec2::23/128', TCP80, [], DENIED],
    ['aws', '64:ff9b::169.254.170.23/128', TCP80, [], DENIED],
    // Another provider's, no provider, and other addresses.
    ['azure', '169.254.170.23/32', TCP80, [], WARNED],
    ['', '169.254.170.23/32', TCP80, [], WARNED],
    ['aws', '169.254.169.252/32', TCP988, [], WARNED],
    ['aws', '169.254.20.10/32', '{port: 53}', [], WARNED],
    ['aws', '169.254.170.23/32', '{port: credentials}', [], ''],
    // Grants of exactly this, and of something else.
    ['gcp', '169.254.169.252/32', TCP988, [grant('169.254.169.252/32', TCP988)], ''],
    [
      'gcp',
      '169.254.169.252/32',
      '{port: 987}, {port: 988}',
      [grant('169.254.169.252/32', '{port: 987}, {port: 988}')],
      '',
    ],
    ['aws', 'fd00:ec2::23/128', TCP80, [grant('fd00:ec2::23/128', TCP80)], ''],
    ['aws', '169.254.170.23/32', '', [grant('169.254.170.23/32', TCP80)], DENIED],
    ['aws', '169.254.170.23/32', '{port: 80, protocol: UDP}', [grant('169.254.170.23/32', TCP80)], DENIED],
    ['aws', '169.254.170.23/32', TCP80, [grant('169.254.170.23/32', '')], DENIED],
    ['aws', '169.254.170.23/32', TCP80, [grant('169.254.170.23/32', '{port: 1, endPort: 80}')], DENIED],
    ['aws', '169.254.170.2/32', TCP80, [grant('169.254.170.23/32', TCP80)], DENIED],
    // Metadata addresses of other providers are of no concern where the provider is known.
    ['gcp', '100.100.100.200/32', TCP80, [], ''],
    ['gcp', 'fd00:ec2::/32', TCP80, [], ''],
    ['', '100.100.100.200/32', TCP80, [], WARNED],
  ] as const)('of %s: %s %s with the grants %j: "%s"', (provider, cidr, ports, grants, expected) => {
    expect(said(judged(provider, [cidr, ports], grants))).toBe(expected);
  });

  it.each([
    ['gcp', '169.254.169.252/32', TCP988],
    ['aws', '169.254.170.2/32', TCP80],
    ['aws', 'fd00:ec2::23/128', TCP80],
  ])('of %s at %s passes with the grant that the fix prints', (provider, cidr, ports) => {
    const [finding] = judged(provider, [cidr, ports], []);
    const printed = /add (- \{.*\}) to spec\.allowedDestinations/.exec(finding?.fix.summary ?? '')?.[1] ?? '';
    expect(judged(provider, [cidr, ports], [printed])).toEqual([]);
  });
});
