import { describe, expect, it } from 'vitest';
import { takeOver } from '../../../src/app/operators/take-over.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';

type Fields = Readonly<Record<string, unknown>>;

function policyWith(spec: Fields): GatePolicy {
  const { policy } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  if (policy === undefined) throw new Error('no policy');
  return policy;
}
const POLICY = policyWith({
  protectedNetworks: { pods: ['10.244.0.0/16'], services: [], nodes: [], controlPlane: [] },
});

const toolhive = (permissionProfile: unknown, name = 'github'): Fields => ({
  apiVersion: 'toolhive.stacklok.dev/v1beta1',
  kind: 'MCPServer',
  metadata: { name, namespace: 'tools' },
  spec: { image: 'github', permissionProfile },
});
const profile = (text: string): Fields => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'profiles', namespace: 'tools' },
  data: { 'github.json': text },
});
const CONFIGURED = { type: 'configmap', name: 'profiles', key: 'github.json' };
const outbound = (fields: Fields): Fields => toolhive({ network: { outbound: fields } });

/** Hosts or peers of each entry with its ports, and what is left out with the reason. */
function taken(objects: readonly Fields[], policy = POLICY): readonly string[] {
  const { grants, leftOut } = takeOver(objects, policy, 'default');
  return [
    ...grants.map(({ list, entry: { domains, to, from, ports } }) =>
      [list, JSON.stringify(domains ?? to ?? from), JSON.stringify(ports ?? 'any')].join(' '),
    ),
    ...leftOut.map(({ what, why }) => `left: ${what} ${why}`),
  ];
}

const ON_443 = '[{"protocol":"TCP","port":443}]';

describe('What a permission profile of ToolHive lets out to', () => {
  it.each<readonly [string, readonly Fields[], readonly string[]]>([
    ['no profile', [toolhive(undefined)], []],
    ['the built-in one without network', [toolhive({ type: 'builtin', name: 'none' })], []],
    ['one that nobody has built in', [toolhive({ type: 'builtin', name: 'constructor' })], []],
    [
      'the built-in one of the whole network',
      [toolhive({ type: 'builtin', name: 'network' })],
      ['left: all of the internet needs no grant: servers of a namespace without domains are let out to it'],
    ],
    [
      'hosts and ports of a ConfigMap, in snake case',
      [
        profile('{"network": {"outbound": {"allow_host": ["api.github.com"], "allow_port": [443]}}}'),
        toolhive(CONFIGURED),
      ],
      [`allowedDestinations ["api.github.com"] ${ON_443}`],
    ],
    [
      'the same in place, in camel case, on any port',
      [outbound({ allowHost: ['api.github.com'] })],
      ['allowedDestinations ["api.github.com"] "any"'],
    ],
    ['a ConfigMap that is not there', [toolhive(CONFIGURED)], ['left: the profile is not in the input']],
    [
      'a ConfigMap with another text',
      [profile('read: []'), toolhive(CONFIGURED)],
      ['left: the profile is no permission profile in JSON'],
    ],
    [
      'a list in its place',
      [profile('[]'), toolhive(CONFIGURED)],
      ['left: the profile is no permission profile in JSON'],
    ],
    [
      'a name in capitals and with a dot at its end',
      [outbound({ allowHost: ['API.GitHub.com.'] })],
      ['allowedDestinations ["api.github.com"] "any"'],
    ],
    [
      'a dot in front: the name and all below it',
      [outbound({ allowHost: ['.example.com'] })],
      ['allowedDestinations ["example.com","*.example.com"] "any"'],
    ],
    [
      'a port behind the name',
      [outbound({ allowHost: ['a.example', 'b.example:443'] })],
      ['allowedDestinations ["a.example"] "any"', `allowedDestinations ["b.example"] ${ON_443}`],
    ],
    [
      'an address outside',
      [outbound({ allowHost: ['203.0.113.7', '2001:db8::1'] })],
      ['allowedDestinations [{"ipBlock":{"cidr":"203.0.113.7/32"}},{"ipBlock":{"cidr":"2001:db8::1/128"}}] "any"'],
    ],
    [
      'everything, and hosts beside it',
      [outbound({ insecureAllowAll: true, allowHost: ['a.example'] })],
      [
        'allowedDestinations ["a.example"] "any"',
        'left: all of the internet needs no grant: servers of a namespace without domains are let out to it',
      ],
    ],
    ['ports without a host', [outbound({ allowPort: [443] })], ['left: port 443 of any host names no host']],
    ['values of other types', [outbound({ allowHost: [7, {}], allowPort: ['443'] })], []],
    ['no object', [toolhive('network')], []],
  ])('%s', (_what, objects, expected) => expect(taken(objects)).toEqual(expected));

  it.each([
    ['*', 'is every host there is'],
    ['*.com', 'is every host of a top-level domain'],
    ['.com', 'is no host name in small letters, or *. before one'],
    ['.co.uk', 'is every host of a top-level domain'],
    ['localhost', 'is the machine itself'],
    ['LOCALHOST.', 'is the machine itself'],
    ['127.0.0.1', 'is protected, or may be inside'],
    ['::1', 'is protected, or may be inside'],
    ['::ffff:10.244.0.1', 'is protected, or may be inside'],
    ['0.0.0.0', 'is protected, or may be inside'],
    ['2130706433', 'is no host name in small letters, or *. before one'],
    ['169.254.169.254', 'is protected, or may be inside'],
    ['[fd00:ec2::254]', 'is protected, or may be inside'],
    ['10.244.3.1', 'is protected, or may be inside'],
    ['metadata.google.internal', "is a cloud's metadata service"],
    ['.metadata.google.internal', "is a cloud's metadata service"],
    ['orders.shop.svc', 'is inside a cluster or a private network'],
    ['orders.shop.svc.cluster.local', 'is inside a cluster or a private network'],
    ['10.0.0.1.nip.io', 'is answered with whatever address stands in it'],
    ['https://api.github.com', 'is no host name in small letters, or *. before one'],
    ['', 'is no host name in small letters, or *. before one'],
  ])('is never %j: it %s', (host, why) => {
    expect(taken([outbound({ allowHost: [host] })])).toEqual([`left: "${host}" ${why}`]);
  });
});

describe('What other resources ask for', () => {
  const proxy = (spec: Fields): Fields => ({
    apiVersion: 'toolhive.stacklok.dev/v1alpha1',
    kind: 'MCPRemoteProxy',
    metadata: { name: 'linear', namespace: 'tools' },
    spec,
  });
  const lifecycle = (network: Fields, config: Fields = {}): Fields => ({
    apiVersion: 'mcp.x-k8s.io/v1beta1',
    kind: 'MCPServer',
    metadata: { name: 'kube', namespace: 'ops' },
    spec: { network, config },
  });
  const GATEWAY = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gw' } },
    podSelector: { matchLabels: { app: 'gw' } },
  };

  it.each<readonly [string, readonly Fields[], readonly string[]]>([
    [
      'a remote URL',
      [proxy({ remoteUrl: 'https://mcp.linear.app/sse' })],
      [`allowedDestinations ["mcp.linear.app"] ${ON_443}`],
    ],
    [
      'one of another port, by the older name',
      [proxy({ remoteURL: 'http://mcp.example:8080' })],
      ['allowedDestinations ["mcp.example"] [{"protocol":"TCP","port":8080}]'],
    ],
    [
      'one inside',
      [proxy({ remoteUrl: 'http://mcp.tools.svc:8080' })],
      ['left: "mcp.tools.svc" is inside a cluster or a private network'],
    ],
    ['one that is none', [proxy({ remoteUrl: 'linear' })], ['left: linear is no URL']],
    ['a proxy without one', [proxy({})], []],
    [
      'who may come in, on the port of the server',
      [lifecycle({ ingressFrom: [GATEWAY] }, { port: 9000 })],
      [`allowedClients [${JSON.stringify(GATEWAY)}] [{"protocol":"TCP","port":9000}]`],
    ],
    [
      'everybody',
      [lifecycle({ ingressFrom: [{ namespaceSelector: {} }] })],
      ['left: {"namespaceSelector":{}} this is every pod of the cluster: then nothing stands between servers'],
    ],
    [
      'where it goes, on the ports that it names',
      [lifecycle({ egressTo: [{ podSelector: { matchLabels: { app: 'db' } } }], egressPorts: [{ port: 5432 }] })],
      ['allowedDestinations [{"podSelector":{"matchLabels":{"app":"db"}}}] [{"port":5432}]'],
    ],
    [
      'every pod',
      [lifecycle({ egressTo: [{ namespaceSelector: {} }] })],
      ['left: {"namespaceSelector":{}} is every pod of the cluster'],
    ],
    [
      'the whole internet, and metadata with it',
      [lifecycle({ egressTo: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })],
      [
        'left: {"ipBlock":{"cidr":"0.0.0.0/0"}} includes the cloud\'s metadata address 169.254.169.254/32, which cannot be granted',
      ],
    ],
    [
      'a protected block',
      [lifecycle({ egressTo: [{ ipBlock: { cidr: '10.244.7.0/24' } }] })],
      ['left: {"ipBlock":{"cidr":"10.244.7.0/24"}} includes 10.244.7.0/24, which is protected or may be inside'],
    ],
    ['a kind that is not read', [{ apiVersion: 'kagent.dev/v1alpha1', kind: 'MCPServer', spec: {} }], []],
  ])('%s', (_what, objects, expected) => expect(taken(objects)).toEqual(expected));
});

it('an entry is for the namespace of its resource, and says whose it is', () => {
  const { grants } = takeOver([outbound({ allowHost: ['a.example'] })], POLICY, 'default');
  expect(grants).toEqual([
    {
      list: 'allowedDestinations',
      source: 'MCPServer tools/github, spec.permissionProfile.network.outbound',
      entry: {
        name: 'toolhive-tools-github',
        reason: 'MCPServer tools/github asks for it',
        servesNamespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'tools' } },
        domains: ['a.example'],
      },
    },
  ]);
});

it('every entry is one that a GatePolicy takes, under a name of its own', () => {
  const objects = [
    outbound({ allowHost: ['a.example', 'b.example:1', '203.0.113.7'], allowPort: [443] }),
    toolhive({ network: { outbound: { allowHost: ['c.example'] } } }, 'Other'),
  ];
  const { grants } = takeOver([...objects, ...objects], POLICY, 'default');
  const { issues } = resolveGatePolicy(
    { spec: { allowedDestinations: grants.map(({ entry }) => entry) } },
    BUILTIN_DATA,
  );
  expect(issues).toEqual([]);
  expect(grants.map(({ entry }) => entry.name)).toEqual([
    'toolhive-tools-github',
    'toolhive-tools-github-2',
    'toolhive-tools-github-3',
    'toolhive-tools-Other',
  ]);
});
