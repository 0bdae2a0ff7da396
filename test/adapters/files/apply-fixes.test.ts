import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyFixes, type FixReport } from '../../../src/adapters/files/apply-fixes.ts';
import { policyFileFor } from '../../../src/adapters/files/policy-file.ts';
import { createWritePlaces } from '../../../src/adapters/system/write-place.ts';
import type { JudgedInput } from '../../../src/app/report/check.ts';
import { judgeInput } from '../../../src/app/report/check.ts';
import { type FixPlan, planFixes } from '../../../src/app/report/fix.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { Manifest } from '../../../src/core/manifest.ts';
import { decodeManifests } from '../../support/input.ts';

const SERVER = `# the server
apiVersion: apps/v1
kind: Deployment
metadata:
  name: fetch
  labels: {chokepoint.dev/mcp-server: "true"}
spec:
  selector:
    matchLabels: {app: fetch}
  template:
    metadata:
      labels: {app: fetch}
    spec:
      containers:
      - name: main
        image: registry.example.com/fetch:1
        ports:
        - containerPort: 8080
`;

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: mcp-fetch
spec:
  podSelector:
    matchLabels: {app: fetch}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: # the gateway
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateways}}
      podSelector: {matchLabels: {app: envoy}}
    ports: [{port: 8080}]
  egress:
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
        - 10.96.0.0/12 # services
  # second way out
  - to: [{ipBlock: {cidr: 10.0.0.0/8}}]
    ports: [{port: 443}]
`;

const CONFIGURATION = {
  preset: 'restricted',
  gateways: [
    {
      name: 'envoy',
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } },
          podSelector: { matchLabels: { app: 'envoy' } },
        },
      ],
    },
  ],
  protectedNetworks: { pods: ['10.244.0.0/16'], services: ['10.96.0.0/12'], nodes: [], controlPlane: [] },
};

const { policy: GATE } = resolveGatePolicy({ spec: CONFIGURATION }, BUILTIN_DATA);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);
const put = (name: string, text: string): void => writeFileSync(path(name), text);
const read = (name: string): string => readFileSync(path(name), 'utf8');

function manifestsIn(name: string): readonly Manifest[] {
  const file = name === '-' ? name : path(name);
  const text = name === '-' ? `${SERVER}---\n${POLICY}` : read(name);
  return loadAll(text).flatMap((value, document): readonly Manifest[] => {
    const data = value as { extraObjects?: Record<string, unknown>[] } & Record<string, unknown>;
    const at = { file, document, line: 1 };
    if (data.extraObjects === undefined) return [{ ...at, pointer: [], value: data }];
    return data.extraObjects.map((object, index) => ({ ...at, pointer: ['extraObjects', index], value: object }));
  });
}

function judge(...names: readonly string[]): JudgedInput {
  if (GATE === undefined) throw new Error('no policy');
  return judgeInput(decodeManifests(names.flatMap(manifestsIn)), createJudge(GATE));
}

function fix(...names: readonly string[]): FixReport & { readonly plan: FixPlan } {
  if (GATE === undefined) throw new Error('no policy');
  const plan = planFixes([judge(...names)], GATE);
  const report = applyFixes(plan, createWritePlaces(folder, []));
  const short = (list: FixReport['changed']) => list.map(one => ({ ...one, file: one.file.slice(folder.length + 1) }));
  const { changed, kept, refused, unwritten, diff } = report;
  return { plan, changed: short(changed), kept: short(kept), refused: short(refused), unwritten, diff };
}

const verdicts = (...names: readonly string[]): readonly string[] =>
  judge(...names).decisions.map(({ verdict, findings }) => `${verdict} ${findings.map(({ rule }) => rule)}`);

describe('check --fix', () => {
  it('adds the missing excepts where the policy stands, and the check passes', () => {
    put('server.yaml', SERVER);
    put('policy.yaml', POLICY);
    const object = { kind: 'NetworkPolicy', namespace: 'default', name: 'mcp-fetch' };
    expect(fix('server.yaml', 'policy.yaml')).toMatchObject({
      changed: [
        {
          file: 'policy.yaml',
          object,
          says: 'added to spec.egress[0].to[0].ipBlock.except: 10.244.0.0/16, 100.100.100.200/32, 168.63.129.16/32, 169.254.0.0/16, 192.0.0.192/32',
        },
        {
          file: 'policy.yaml',
          object,
          says: 'added to spec.egress[1].to[0].ipBlock.except: 10.96.0.0/12, 10.244.0.0/16',
        },
      ],
      refused: [],
      plan: { newFiles: [], unfixed: [] },
    });
    expect(read('policy.yaml')).toBe(
      POLICY.replace(
        '        - 10.96.0.0/12 # services\n',
        `        - 10.96.0.0/12 # services
        - 10.244.0.0/16
        - 100.100.100.200/32
        - 168.63.129.16/32
        - 169.254.0.0/16
        - 192.0.0.192/32
`,
      ).replace('{cidr: 10.0.0.0/8}', '{cidr: 10.0.0.0/8, except: [10.96.0.0/12, 10.244.0.0/16]}'),
    );
    expect(verdicts('server.yaml', 'policy.yaml')).toEqual(['allow ']);
    expect(read('server.yaml')).toBe(SERVER);
  });

  it('changes nothing the second time', () => {
    put('all.yaml', `${SERVER}---\n${POLICY}`);
    fix('all.yaml');
    const after = read('all.yaml');
    expect(fix('all.yaml')).toMatchObject({ changed: [], refused: [], plan: { files: [], newFiles: [], unfixed: [] } });
    expect(read('all.yaml')).toBe(after);
  });

  it('writes a missing policy into a file beside that of the server', () => {
    put('server.yaml', SERVER);
    expect(fix('server.yaml').changed).toEqual([
      {
        file: 'server.networkpolicy.yaml',
        object: { kind: 'NetworkPolicy', namespace: 'default', name: 'fetch-gateway-only' },
        says: 'written',
      },
    ]);
    expect(read('server.networkpolicy.yaml')).toBe(`# for Deployment default/fetch
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: fetch-gateway-only
  annotations:
    chokepoint.dev/written-for: Deployment/fetch 98587890
spec:
  podSelector:
    matchLabels:
      app: fetch
  policyTypes:
  - Ingress
  - Egress
  ingress:
  # gateways: envoy
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: gateways
      podSelector:
        matchLabels:
          app: envoy
    ports:
    - protocol: TCP
      port: 8080
  egress:
  # kube-dns: the cluster's DNS, as kubeadm, GKE, EKS, AKS, k3s and RKE2 label it
  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
  # the internet, and nothing inside
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
        - 10.96.0.0/12 # services
        - 10.244.0.0/16 # pods
        - 100.100.100.200/32 # link-local or other metadata
        - 168.63.129.16/32 # link-local or other metadata
        - 169.254.0.0/16 # metadata, link-local or other metadata
        - 192.0.0.192/32 # link-local or other metadata
`);
    expect(verdicts('server.yaml', 'server.networkpolicy.yaml')).toEqual(['allow ']);
    expect(readdirSync(folder).sort()).toEqual(['server.networkpolicy.yaml', 'server.yaml']);
  });

  it('writes no policy twice, and replaces none that is there', () => {
    put('server.yaml', SERVER);
    fix('server.yaml');
    const first = read('server.networkpolicy.yaml');
    expect(fix('server.yaml')).toMatchObject({
      changed: [],
      kept: [{ file: 'server.networkpolicy.yaml', says: 'written before' }],
      refused: [],
    });
    expect(read('server.networkpolicy.yaml')).toBe(first);
    put('server.networkpolicy.yaml', first.replace('port: 8080', 'port: 9090'));
    expect(fix('server.yaml')).toMatchObject({
      changed: [],
      refused: [
        {
          says: 'another policy of this name is in the file, or one that was edited since it was written: change it by hand',
        },
      ],
    });
  });

  it('writes the policies of several servers behind each other', () => {
    put('two.yaml', `${SERVER}---\n${SERVER.replaceAll('fetch', 'search')}`);
    expect(fix('two.yaml').changed).toHaveLength(2);
    const first = read('two.networkpolicy.yaml');
    expect(verdicts('two.yaml', 'two.networkpolicy.yaml')).toEqual(['allow ', 'allow ']);
    put('two.yaml', SERVER.replaceAll('fetch', 'third'));
    expect(fix('two.yaml').changed).toHaveLength(1);
    expect(read('two.networkpolicy.yaml').startsWith(`${first}---\n# for Deployment default/third\n`)).toBe(true);
  });

  it('puts the policy of a server in a values file among its extraObjects', () => {
    const lines = SERVER.split('\n')
      .slice(1, -1)
      .map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
    put('values.yaml', `replicas: 1 # one\nextraObjects:\n${lines.join('\n')}\n# end\n`);
    expect(fix('values.yaml').changed).toEqual([
      {
        file: 'values.yaml',
        object: { kind: 'NetworkPolicy', namespace: 'default', name: 'fetch-gateway-only' },
        says: 'added to extraObjects',
      },
    ]);
    expect(readdirSync(folder)).toEqual(['values.yaml']);
    expect(verdicts('values.yaml')).toEqual(['allow ']);
    const text = read('values.yaml');
    expect(
      text.startsWith(
        `replicas: 1 # one\nextraObjects:\n${lines.join('\n')}\n# for Deployment default/fetch\n- apiVersion`,
      ),
    ).toBe(true);
    expect(text.endsWith('# end\n')).toBe(true);
  });

  it('keeps the mode of a file, and follows a link to it', () => {
    put('server.yaml', SERVER);
    put('real.yaml', POLICY);
    chmodSync(path('real.yaml'), 0o640);
    symlinkSync(path('real.yaml'), path('policy.yaml'));
    fix('server.yaml', 'policy.yaml');
    expect(statSync(path('real.yaml')).mode & 0o777).toBe(0o640);
    expect(read('real.yaml')).toContain('- 169.254.0.0/16');
    expect(readdirSync(folder).sort()).toEqual(['policy.yaml', 'real.yaml', 'server.yaml']);
  });

  it('touches nothing for standard input, and lists what is to be done', () => {
    const { plan } = fix('-');
    expect(plan).toMatchObject({ files: [], newFiles: [] });
    expect(plan.unfixed.length).toBeGreaterThan(0);
    expect(
      plan.unfixed.every(({ todo }) => todo.endsWith('(it was read from standard input, which cannot be changed)')),
    ).toBe(true);
  });

  it('lists what a machine cannot mend', () => {
    put('server.yaml', SERVER);
    put(
      'wide.yaml',
      POLICY.replace(/ {2}- from:[\s\S]*?8080\}\]/, '  - {}').replace('cidr: 10.0.0.0/8', 'cidr: 10.96.1.0/24'),
    );
    const { plan } = fix('server.yaml', 'wide.yaml');
    expect(plan.unfixed.map(({ finding, todo }) => `${finding.rule}: ${todo}`)).toEqual([
      'egress-reaches-cluster: remove spec.egress[1]: 10.96.1.0/24 lies inside what must not be reached',
      'ingress-beyond-gateway: give it a `from` that names the gateway: its namespace by kubernetes.io/metadata.name, and its pod labels, in one list item',
    ]);
  });

  it('says what the file system refuses', () => {
    put('server.yaml', SERVER);
    put('policy.yaml', POLICY);
    if (GATE === undefined) throw new Error('no policy');
    const plan = planFixes([judge('server.yaml', 'policy.yaml')], GATE);
    rmSync(path('policy.yaml'));
    const { changed, refused, unwritten } = applyFixes(plan, createWritePlaces(folder, []));
    expect(changed).toEqual([]);
    expect(refused.map(({ says }) => says)).toEqual(Array(2).fill('there is no such file or folder'));
    expect(unwritten).toEqual([path('policy.yaml')]);
  });

  it('leaves alone what is no file', () => {
    put('server.yaml', SERVER);
    if (GATE === undefined) throw new Error('no policy');
    const plan = planFixes([judge('server.yaml')], GATE);
    rmSync(path('server.yaml'));
    symlinkSync('/dev/null', path('server.yaml'));
    expect(applyFixes(plan, createWritePlaces(folder, []))).toMatchObject({
      changed: [],
      refused: [{ says: 'it is no file that can be changed' }],
      unwritten: [path('server.yaml')],
    });
  });

  it('names the new file after the server’s', () => {
    expect(['a/b.yaml', 'a.b/c.d.yml', 'e', 'f.json'].map(policyFileFor)).toEqual([
      'a/b.networkpolicy.yaml',
      'a.b/c.d.networkpolicy.yaml',
      'e.networkpolicy.yaml',
      'f.networkpolicy.yaml',
    ]);
  });
});
