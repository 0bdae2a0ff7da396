import { type Bypass, POLICIES } from '../scene.ts';
import { GATEWAY, policy } from '../servers.ts';

export const SELECTS_SERVER = { podSelector: { matchLabels: { app: 'weather' } } };
/** Selects no Pod until one is given its label. */
export const DEBUG = policy('debug', {
  podSelector: { matchLabels: { debug: 'yes' } },
  policyTypes: ['Ingress'],
  ingress: [{}],
});

const from = (...peers: readonly object[]): object => ({
  ...SELECTS_SERVER,
  policyTypes: ['Ingress'],
  ingress: [{ from: peers }],
});
const to = (...blocks: readonly string[]): object => ({
  ...SELECTS_SERVER,
  policyTypes: ['Egress'],
  egress: [{ to: blocks.map(cidr => ({ ipBlock: { cidr } })) }],
});

/** Policies that are added to the one that closes: what counts is the union. */
const SPECS: readonly (readonly [what: string, spec: object, refusedFor: string])[] = [
  ['an empty rule', { ...SELECTS_SERVER, ingress: [{}] }, 'ingress-beyond-gateway'],
  ['an empty list of peers', { ...SELECTS_SERVER, ingress: [{ from: [] }] }, 'ingress-beyond-gateway'],
  ['every Pod of the namespace selected', { podSelector: {}, ingress: [{}] }, 'ingress-beyond-gateway'],
  [
    'two halves of all addresses',
    from({ ipBlock: { cidr: '0.0.0.0/1' } }, { ipBlock: { cidr: '128.0.0.0/1' } }),
    'ingress-beyond-gateway',
  ],
  ['all addresses of IPv6', from({ ipBlock: { cidr: '::/0' } }), 'ingress-beyond-gateway'],
  ['the range of the Pods', from({ ipBlock: { cidr: '10.244.0.0/16' } }), 'ingress-beyond-gateway'],
  ['a forgeable Pod label of its own namespace', from({ podSelector: GATEWAY.podSelector }), 'ingress-beyond-gateway'],
  [
    'a forgeable label of namespaces',
    from({ namespaceSelector: { matchLabels: { team: 'gateway' } }, podSelector: GATEWAY.podSelector }),
    'ingress-beyond-gateway',
  ],
  [
    'the labels of the gateway in whatever namespace',
    from({ namespaceSelector: {}, podSelector: GATEWAY.podSelector }),
    'ingress-beyond-gateway',
  ],
  [
    'two items where one was meant',
    from({ namespaceSelector: GATEWAY.namespaceSelector }, { podSelector: GATEWAY.podSelector }),
    'ingress-beyond-gateway',
  ],
  [
    'a range of ports to everybody',
    { ...SELECTS_SERVER, ingress: [{ ports: [{ protocol: 'TCP', port: 1, endPort: 65535 }] }] },
    'ingress-beyond-gateway',
  ],
  [
    'a named port to everybody',
    { ...SELECTS_SERVER, ingress: [{ ports: [{ protocol: 'TCP', port: 'mcp' }] }] },
    'ingress-beyond-gateway',
  ],
  ['UDP to everybody', { ...SELECTS_SERVER, ingress: [{ ports: [{ protocol: 'UDP' }] }] }, 'ingress-beyond-gateway'],
  ['egress to every address', to('0.0.0.0/0'), 'egress-reaches-metadata'],
  ['egress to two halves of all addresses', to('0.0.0.0/1', '128.0.0.0/1'), 'egress-reaches-metadata'],
  ['egress to the metadata address', to('169.254.169.254/32'), 'egress-reaches-metadata'],
  ['egress to the Services', to('10.96.0.0/12'), 'egress-reaches-cluster'],
];

export const SECOND_POLICIES: readonly Bypass[] = SPECS.map(([what, spec, refusedFor]) => ({
  title: `a second policy brings ${what}`,
  attempt: ({ post }) => post(POLICIES, policy('second', spec)),
  refusedFor,
}));
