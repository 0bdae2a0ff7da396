import { describe, expect, test } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { refuse } from '../../src/app/admission/response.ts';
import { groundsOf } from '../../src/app/admission/wording.ts';
import { judgeManifests } from '../../src/app/report/judge-manifests.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import { decodeAll } from '../support/reviews.ts';
import { parseYaml } from '../support/yaml.ts';
import { type Block, blocksOf, pages } from './pages.ts';
import { openShell } from './shell.ts';

/** What the pages show is what the program says and takes. */

const blocks = (path: string, language: string): readonly Block[] =>
  pages.filter(page => page.path === path).flatMap(page => blocksOf(page).filter(block => block.language === language));

const SERVER = (namespace: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: search, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: search}}
  template:
    metadata: {labels: {app: search, chokepoint.dev/mcp-server: "true"}}
    spec: {containers: [{name: main, image: registry.example/search:1, ports: [{containerPort: 8080}]}]}
`;

const CLOSED = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
spec:
  podSelector: {matchLabels: {app: search}}
  policyTypes: [Ingress, Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{protocol: UDP, port: 53}]
`;

const REACHES_PODS = `${CLOSED}  - to:
    - ipBlock: {cidr: 0.0.0.0/0, except: [10.96.0.0/12, 169.254.0.0/16]}
    ports: [{port: 443}]
metadata: {name: search, namespace: mcp}
`;

const OPEN = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: allow-monitoring, namespace: team-a}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - ports: [{port: 8080}]
`;

const RANGES = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
spec:
  protectedNetworks: {pods: [172.20.0.0/16], services: [10.96.0.0/12], nodes: [], controlPlane: []}
`;

describe('what a page shows', () => {
  test('of a finding, on the README, is what check prints', async () => {
    const [shown] = blocks('README.md', 'text');
    const shell = openShell();
    shell.write('search.yaml', `${SERVER('mcp')}---\n${REACHES_PODS}`);
    shell.write('chokepoint.yaml', RANGES);
    const { stdout } = await shell.run('npx chokepoint check search.yaml');
    shell.remove();
    const printed = stdout.split('\n');
    expect(shown?.lines.filter(line => !printed.includes(line))).toEqual([]);
    expect(shown?.lines.length).toBeGreaterThan(4);
  });

  test('of a refusal, to a developer, is what the gate answers', () => {
    const [shown] = blocks('docs/quick-start/developer.md', 'text');
    const policy = { ...configured(), mode: 'enforce' } satisfies GatePolicy;
    const closed = `${CLOSED}metadata: {name: search, namespace: team-a}\n`;
    const { decisions } = judgeManifests(parseYaml([SERVER('team-a'), closed, OPEN].join('---\n')), policy);
    const servers = decisions.map(decision => {
      const faults = decision.findings.filter(({ level }) => level === 'deny');
      const absence = 'reject' as const;
      return {
        decision,
        mode: policy.mode,
        faults,
        causes: [],
        remarks: [],
        awaitsPolicy: false,
        absence,
        mended: [],
        makers: [],
      };
    });
    const [after] = decodeAll([(parseYaml(SERVER('team-a')) as readonly Fields[])[0] ?? {}]);
    const prefix =
      'Error from server (Forbidden): error when creating "search.yaml": admission webhook "enforce.chokepoint.dev" denied the request: ';
    expect(shown?.lines.join('\n')).toBe(
      `${prefix}${refuse(403, groundsOf(servers, { ...(after && { after }) }, 'team-a')).message}`,
    );
  });
});

/** The configuration that most pages show. */
function configured(): GatePolicy {
  const [shown] = blocks('README.md', 'yaml');
  const { policy } = readGatePolicy(shown?.lines.join('\n') ?? '', 'README.md');
  if (policy === undefined) throw new Error('the configuration of the README cannot be read');
  return policy;
}

describe('configurations that pages show', () => {
  const HEAD = 'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\n';
  /** Whole documents, and of the pages that are about nothing else those that begin with `spec`. */
  const shown = pages.flatMap(page =>
    blocksOf(page)
      .filter(({ language }) => language === 'yaml')
      .map(({ line, lines }) => ({ path: page.path, line, text: lines.join('\n') }))
      .filter(({ path, text }) => {
        const isAbout = path === 'docs/configuration.md' || path.startsWith('docs/rules/');
        return /^kind: GatePolicy$/m.test(text) || (isAbout && text.startsWith('spec:'));
      }),
  );

  test('are taken', () => {
    const refused = shown.flatMap(({ path, line, text }) =>
      readGatePolicy(text.startsWith('spec:') ? `${HEAD}${text}` : text, path)
        .problems.filter(({ severity }) => severity === 'error')
        .map(({ field, message }) => `${path}:${line}: ${field}: ${message}`),
    );
    expect(refused).toEqual([]);
    expect(shown.length).toBeGreaterThan(20);
  });

  test('and other YAML, can be read', () => {
    const unread = pages.flatMap(page =>
      blocksOf(page)
        .filter(({ language }) => language === 'yaml')
        .filter(({ lines }) => {
          try {
            return parseYaml(lines.join('\n')).length === 0;
          } catch {
            return true;
          }
        })
        .map(({ line }) => `${page.path}:${line}`),
    );
    expect(unread).toEqual([]);
  });
});
