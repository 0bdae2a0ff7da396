import type { NetworkPolicy, Rule, Selector } from './policy-objects.ts';

/**
 * Situations in which readings of networking.k8s.io/v1 differ, as packets: what the policies are, and some connections that must be open or closed, written by
 * hand from the specification. All others of the scene are compared with `reach`.
 */
export interface Scenario {
  readonly name: string;
  /** By the addresses of the scene's Pods. */
  readonly policies: (addressOf: (pod: string, family: 'v4' | 'v6') => string) => readonly NetworkPolicy[];
  /** `FROM > TO PORT/PROTOCOL`; an end is a Pod, of one family where it says so, or an address outside. */
  readonly open: readonly string[];
  readonly closed: readonly string[];
}

const select = (labels: Readonly<Record<string, string>>): Selector => ({ matchLabels: labels });
const WEB = select({ app: 'web' });
const CLIENT = select({ app: 'client' });
const ALL: Selector = {};
const TEAM_B = select({ team: 'b' });

interface Given {
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
  readonly policyTypes?: readonly string[];
  readonly namespace?: string;
}

let count = 0;
const policy = (podSelector: Selector, { namespace = 'a', ...spec }: Given): NetworkPolicy => {
  count += 1;
  return { metadata: { name: `policy-${count}`, namespace }, spec: { podSelector, ...spec } };
};
const ingress = (...rules: readonly Rule[]): NetworkPolicy => policy(WEB, { policyTypes: ['Ingress'], ingress: rules });
const egress = (...rules: readonly Rule[]): NetworkPolicy => policy(CLIENT, { policyTypes: ['Egress'], egress: rules });
const block = (cidr: string, ...except: readonly string[]) => ({
  ipBlock: { cidr, ...(except.length > 0 && { except }) },
});
const always =
  (...policies: readonly NetworkPolicy[]): Scenario['policies'] =>
  () =>
    policies;

const NET = '198.51.100.0/24';
const NEAR = '198.51.100.10 8080/TCP';
const FAR = '198.51.100.200 8080/TCP';
const METADATA = '169.254.169.254 8080/TCP';
const V6 = '2001:db8:51::10 8080/TCP';
const DENY: NetworkPolicy = policy(ALL, { policyTypes: ['Ingress', 'Egress'] });

export const SCENARIOS: readonly Scenario[] = [
  { name: 'no policy', policies: always(), open: ['b/client > a/web 8080/TCP', `a/client > ${METADATA}`], closed: [] },
  {
    name: 'default deny of both directions',
    policies: always(DENY),
    open: ['b/client > b/web 8080/TCP'],
    closed: ['b/client > a/web 8080/TCP', 'a/client > b/web 8080/UDP', `a/client > ${V6}`],
  },
  {
    name: 'ingress [{}] opens all',
    policies: always(ingress({})),
    open: ['b/client > a/web 8080/TCP', 'c/client > a/web 9090/UDP'],
    closed: [],
  },
  {
    name: 'egress [] without policyTypes isolates ingress alone',
    policies: always(policy(WEB, { egress: [] })),
    open: [`a/web > ${NEAR}`],
    closed: ['b/client > a/web 8080/TCP'],
  },
  {
    name: 'an egress list under policyTypes [Ingress] is ignored',
    policies: always(policy(WEB, { policyTypes: ['Ingress'], egress: [{ to: [block('192.0.2.0/24')] }] })),
    open: [`a/web > ${NEAR}`],
    closed: ['b/client > a/web 8080/TCP'],
  },
  {
    name: 'from [] with port 8080 admits everybody on 8080',
    policies: always(ingress({ from: [], ports: [{ port: 8080 }] })),
    open: ['b/client > a/web 8080/TCP', 'c/client > a/web 8080/TCP'],
    closed: ['b/client > a/web 9090/TCP', 'b/client > a/web 8080/UDP'],
  },
  {
    name: 'a namespace selector and a pod selector in one item are both to match',
    policies: always(ingress({ from: [{ namespaceSelector: TEAM_B, podSelector: CLIENT }] })),
    open: ['b/client > a/web 8080/TCP'],
    closed: ['b/web > a/web 8080/TCP', 'a/client > a/web 8080/TCP'],
  },
  {
    name: 'two items, of which one is to match',
    policies: always(ingress({ from: [{ namespaceSelector: TEAM_B }, { podSelector: CLIENT }] })),
    open: ['b/web > a/web 8080/TCP', 'a/client > a/web 8080/TCP'],
    closed: ['c/client > a/web 8080/TCP'],
  },
  {
    name: 'podSelector {} means the own namespace',
    policies: always(ingress({ from: [{ podSelector: ALL }] })),
    open: ['a/client > a/web 8080/TCP'],
    closed: ['b/client > a/web 8080/TCP'],
  },
  {
    name: 'NotIn matches a namespace without the key',
    policies: always(
      ingress({
        from: [{ namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['b'] }] } }],
      }),
    ),
    open: ['c/client > a/web 8080/TCP', 'a/client > a/web 8080/TCP'],
    closed: ['b/client > a/web 8080/TCP'],
  },
  {
    name: 'ports [{protocol: UDP}] open no TCP',
    policies: always(ingress({ ports: [{ protocol: 'UDP' }] })),
    open: ['b/client > a/web 8080/UDP', 'b/client > a/web 53/UDP'],
    closed: ['b/client > a/web 8080/TCP'],
  },
  {
    name: 'egress to port 53 alone leads to the whole world on 53',
    policies: always(egress({ ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }] })),
    open: ['a/client > 198.51.100.10 53/UDP', 'a/client > 169.254.169.254 53/TCP', 'a/client > b/web 53/TCP'],
    closed: [`a/client > ${NEAR}`],
  },
  {
    name: 'endPort makes a range, both ends in it',
    policies: always(ingress({ ports: [{ port: 8080, endPort: 9090 }] })),
    open: ['b/client > a/web 8080/TCP', 'b/client > a/web 9090/TCP'],
    closed: ['b/client > a/web 53/TCP', 'b/client > a/web 8080/UDP'],
  },
  {
    name: 'a named port at ingress differs from Pod to Pod',
    policies: always(policy(ALL, { policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 'http' }] }] })),
    open: ['b/client > a/web 8080/TCP', 'b/client > a/db 9090/TCP'],
    closed: ['b/client > a/web 9090/TCP', 'b/client > a/db 8080/TCP'],
  },
  {
    name: 'a named port at egress is that of the destination',
    policies: always(egress({ to: [{ podSelector: ALL }], ports: [{ port: 'http' }] })),
    open: ['a/client > a/web 8080/TCP', 'a/client > a/db 9090/TCP'],
    closed: ['a/client > a/web 9090/TCP', 'a/client > a/db 8080/TCP', 'a/client > b/web 8080/TCP'],
  },
  {
    name: 'a named port in an egress rule without peers is that of any Pod, and of no address outside',
    policies: always(egress({ ports: [{ port: 'http' }] })),
    open: ['a/client > a/db 9090/TCP', 'a/client > b/web 8080/TCP'],
    closed: [`a/client > ${NEAR}`, 'a/client > a/db 8080/TCP'],
  },
  {
    name: 'an ipBlock with an except, egress',
    policies: always(egress({ to: [block(NET, '198.51.100.200/32')] })),
    open: [`a/client > ${NEAR}`],
    closed: [`a/client > ${FAR}`, `a/client > ${METADATA}`, 'a/client > a/web 8080/TCP'],
  },
  {
    name: '0.0.0.0/0 except private and metadata addresses, and no IPv6',
    policies: always(
      egress({ to: [block('0.0.0.0/0', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16')] }),
    ),
    open: [`a/client > ${NEAR}`],
    closed: [`a/client > ${METADATA}`, 'a/client > b/web 8080/TCP', `a/client > ${V6}`],
  },
  {
    name: 'an except is opened again by a second policy',
    policies: always(
      egress({ to: [block(NET, '198.51.100.200/32')] }),
      egress({ to: [block('198.51.100.200/32')], ports: [{ port: 8080 }] }),
    ),
    open: [`a/client > ${NEAR}`, `a/client > ${FAR}`],
    closed: ['a/client > 198.51.100.200 9090/TCP'],
  },
  {
    name: 'an except is opened again by a second peer of one rule',
    policies: always(egress({ to: [block(NET, '198.51.100.200/32'), block('198.51.100.200/32')] })),
    open: [`a/client > ${NEAR}`, `a/client > ${FAR}`],
    closed: [`a/client > ${METADATA}`],
  },
  {
    name: 'an except is opened again by a second peer that covers it',
    policies: always(egress({ to: [block(NET, '198.51.100.200/32'), block('198.51.0.0/16')] })),
    open: [`a/client > ${NEAR}`, `a/client > ${FAR}`],
    closed: [`a/client > ${METADATA}`],
  },
  {
    name: 'two peers of one rule except the same address',
    policies: always(egress({ to: [block(NET, '198.51.100.200/32'), block('198.51.0.0/16', '198.51.100.200/32')] })),
    open: [`a/client > ${NEAR}`],
    closed: [`a/client > ${FAR}`],
  },
  {
    name: 'one peer excepts what the other is',
    policies: always(egress({ to: [block('0.0.0.0/0', NET), block(NET)] })),
    open: [`a/client > ${NEAR}`, `a/client > ${METADATA}`],
    closed: [`a/client > ${V6}`],
  },
  {
    name: 'one peer is what the other excepts',
    policies: always(egress({ to: [block(NET), block('0.0.0.0/0', NET)] })),
    open: [`a/client > ${NEAR}`, `a/client > ${METADATA}`],
    closed: [`a/client > ${V6}`],
  },
  {
    name: 'excepts that cover the whole block',
    policies: always(egress({ to: [block(NET, '198.51.100.0/25', '198.51.100.128/25')] })),
    open: [],
    closed: [`a/client > ${NEAR}`, `a/client > ${FAR}`],
  },
  {
    name: '::/0 with an except, and no IPv4',
    policies: always(egress({ to: [block('::/0', '2001:db8:51::/64')] })),
    open: ['a/client > b/web:v6 8080/TCP'],
    closed: [`a/client > ${V6}`, `a/client > ${NEAR}`, 'a/client > b/web:v4 8080/TCP'],
  },
  {
    name: 'plain 0.0.0.0/0',
    policies: always(egress({ to: [block('0.0.0.0/0')] })),
    open: [`a/client > ${METADATA}`, 'a/client > b/web:v4 8080/TCP'],
    closed: [`a/client > ${V6}`, 'a/client > b/web:v6 8080/TCP'],
  },
  {
    name: 'an ipBlock that is the address of a Pod, ingress',
    policies: addressOf => [ingress({ from: [block(`${addressOf('b/client', 'v4')}/32`)] })],
    open: ['b/client > a/web:v4 8080/TCP'],
    closed: ['b/client > a/web:v6 8080/TCP', 'c/client > a/web:v4 8080/TCP'],
  },
  {
    name: 'an ipBlock with an except, ingress, IPv6',
    policies: always(ingress({ from: [block('fd00:10:244::/48', 'fd00:10:244:2::/64')] })),
    open: ['a/client > a/web:v6 8080/TCP'],
    closed: ['b/client > a/web:v6 8080/TCP', 'a/client > a/web:v4 8080/TCP'],
  },
  {
    name: 'egress is open, and the other side admits nobody',
    policies: always(egress({}), ingress()),
    open: ['a/client > a/db 8080/TCP'],
    closed: ['a/client > a/web 8080/TCP'],
  },
  {
    name: 'both sides allow',
    policies: always(
      egress({ to: [{ podSelector: WEB }], ports: [{ port: 8080 }] }),
      ingress({ from: [{ podSelector: CLIENT }], ports: [{ port: 8080 }] }),
    ),
    open: ['a/client > a/web 8080/TCP'],
    closed: ['a/client > a/web 9090/TCP', 'a/db > a/web 8080/TCP', 'a/client > a/db 8080/TCP'],
  },
  {
    name: 'replies pass although egress is closed',
    policies: always(policy(WEB, { policyTypes: ['Egress'] })),
    open: ['b/client > a/web 8080/TCP', 'b/client > a/web 8080/UDP'],
    closed: ['a/web > b/client 8080/TCP'],
  },
  {
    name: 'a policy of another namespace selects nothing here',
    policies: always(policy(ALL, { namespace: 'c', policyTypes: ['Ingress', 'Egress'] })),
    open: ['b/client > a/web 8080/TCP', 'a/client > b/web 8080/TCP'],
    closed: ['a/client > c/client 8080/TCP'],
  },
  {
    name: 'allow beside deny allows',
    policies: always(DENY, ingress({ from: [{ namespaceSelector: TEAM_B }] })),
    open: ['b/client > a/web 8080/TCP'],
    closed: ['c/client > a/web 8080/TCP', 'b/client > a/db 8080/TCP'],
  },
];
