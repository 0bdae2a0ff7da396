import type { Fields } from '../../src/core/kube/reading.ts';

/** A large object of one shape, the same for the same number of items. */
export type LargeShape = (items: number) => Fields;

const many = <Item>(items: number, make: (index: number) => Item): readonly Item[] =>
  Array.from({ length: items }, (_, index) => make(index));

/** A policy called `mcp` that selects the pods `app: mcp` of namespace `prod`. */
export function policyWith(spec: Fields, name = 'mcp', namespace = 'prod'): Fields {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: { matchLabels: { app: 'mcp' } }, policyTypes: ['Ingress', 'Egress'], ...spec },
  };
}

/** A Deployment called `mcp` with the pods `app: mcp` and these containers. */
export function serverWith(containers: readonly Fields[], labels: Fields = {}, name = 'mcp'): Fields {
  const metadata = { labels: { app: 'mcp', ...labels } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'prod' },
    spec: { selector: { matchLabels: { app: 'mcp' } }, template: { metadata, spec: { containers } } },
  };
}

/** The server that every policy of these shapes selects. */
export const SERVER = serverWith([{ name: 'mcp', image: 'mcp/fetch', ports: [{ name: 'mcp', containerPort: 8080 }] }]);

const podPeer = (matchExpressions: readonly Fields[]): Fields => ({ podSelector: { matchExpressions } });
const requirement = (key: string, operator: string, values?: readonly string[]): Fields => ({
  ...{ key, operator },
  ...(values && { values }),
});
const address = (index: number): string => `${11 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0`;
const privateAddress = (index: number): string => `10.${(index >> 8) & 255}.${index & 255}.0`;
const bothWays = (peers: readonly Fields[], ports?: readonly Fields[]): Fields =>
  policyWith({ ingress: [{ from: peers, ...(ports && { ports }) }], egress: [{ to: peers, ...(ports && { ports }) }] });

/** Policies that are large in one way each. */
export const LARGE_POLICIES: Readonly<Record<string, LargeShape>> = {
  'one peer with DoesNotExist on many keys': items =>
    bothWays([podPeer(many(items, index => requirement(`k${index}`, 'DoesNotExist')))]),
  'one peer with Exists on many keys': items =>
    bothWays([podPeer(many(items, index => requirement(`k${index}`, 'Exists')))]),
  'one peer with NotIn on one key many times': items =>
    bothWays([podPeer(many(items, index => requirement('k', 'NotIn', [`v${index}`])))]),
  'one peer with In on many keys': items =>
    bothWays([podPeer(many(items, index => requirement(`k${index}`, 'In', ['a', 'b'])))]),
  'one peer with In of many values': items =>
    bothWays([
      podPeer([
        requirement(
          'k',
          'In',
          many(items, index => `v${index}`),
        ),
      ]),
    ]),
  'one peer with NotIn of many values': items =>
    bothWays([
      podPeer([
        requirement(
          'other',
          'NotIn',
          many(items, index => `other-${index}`),
        ),
      ]),
    ]),
  'many peers by pods': items => bothWays(many(items, index => podPeer([requirement('app', 'In', [`v${index}`])]))),
  'many peers by namespaces and by pods in turns': items =>
    bothWays(
      many(items, index =>
        index % 2 === 0
          ? { namespaceSelector: { matchLabels: { team: `t${index}` } } }
          : { podSelector: { matchLabels: { app: `a${index}` } } },
      ),
    ),
  'many blocks outside': items => bothWays(many(items, index => ({ ipBlock: { cidr: `${address(index)}/24` } }))),
  'many blocks inside': items => bothWays(many(items, index => ({ ipBlock: { cidr: `${privateAddress(index)}/24` } }))),
  'many blocks with host bits': items =>
    bothWays(many(items, index => ({ ipBlock: { cidr: `${privateAddress(index).replace(/0$/, '1')}/24` } }))),
  'one block with many excepts': items =>
    bothWays([{ ipBlock: { cidr: '0.0.0.0/0', except: many(items, index => `${privateAddress(index * 2)}/24`) } }]),
  'many port numbers': items =>
    bothWays(
      [podPeer([])],
      many(items, index => ({ port: 1 + 2 * (index % 32_000) })),
    ),
  'many port names': items =>
    bothWays(
      [podPeer([])],
      many(items, index => ({ port: `p${index.toString(36)}` })),
    ),
  'many rules': items =>
    policyWith({
      ingress: many(items, index => ({ ports: [{ port: 1 + (index % 60_000) }] })),
      egress: many(items, () => ({})),
    }),
  'unreadable blocks': items => bothWays(many(items, index => ({ ipBlock: { cidr: `nowhere-${index}` } }))),
  'a pod selector of many requirements': items =>
    policyWith({
      podSelector: { matchExpressions: many(items, index => requirement(`k${index}`, 'DoesNotExist')) },
      ingress: [],
      egress: [],
    }),
};

const container = (index: number): Fields => ({ name: `mcp-${index}`, image: `mcp/fetch-${index}` });

/** Servers that are large in one way each. */
export const LARGE_SERVERS: Readonly<Record<string, LargeShape>> = {
  'many containers': items => serverWith(many(items, container)),
  'many ports': items =>
    serverWith([{ ...container(0), ports: many(items, index => ({ name: `mcp${index}`, containerPort: index + 1 })) }]),
  'many variables': items =>
    serverWith([{ ...container(0), env: many(items, index => ({ name: `MCP_${index}`, value: 'x' })) }]),
  'many arguments': items => serverWith([{ ...container(0), args: many(items, index => `--mcp-${index}`) }]),
  'a script of many commands': items =>
    serverWith([
      { ...container(0), command: ['sh', '-c', many(items, index => `mcp-server-${index} --x`).join('; ')] },
    ]),
  'nested shells': items => serverWith([{ ...container(0), command: ['sh', '-c', 'sh -c '.repeat(items)] }]),
  'many labels': items =>
    serverWith([container(0)], Object.fromEntries(many(items, index => [`mcp-${index}`, `v${index}`]))),
};
