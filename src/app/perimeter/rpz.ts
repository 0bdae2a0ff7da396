import type { Perimeter, PerimeterPhase } from '../../core/gate/types.ts';
import { headText } from './head.ts';

/** The same in every run: who loads the zone on several servers counts its serial up by himself. */
const SERIAL = 1;

const SAYS = [
  'For the resolver that agents use: BIND, Unbound, PowerDNS Recursor and Knot Resolver read it. In BIND:',
  '  options { response-policy { zone "chokepoint-rpz" log yes; }; };',
  '  zone "chokepoint-rpz" { type primary; file "chokepoint-rpz.db"; };',
];

const UNSEEN = [
  'Resolvers that agents choose themselves, DNS over HTTPS among them, and addresses that they know without a name.',
  'MCP services under names that mcpHosts does not list.',
];

/** A name that is answered, and all below it. */
function answers(name: string, target: string): readonly string[] {
  return [`${name} CNAME ${target}`, `*.${name} CNAME ${target}`];
}

/** A response policy zone: names of MCP services outside lead to the gateway; in the phase log they are told and answered as ever. Source: BIND 9 ARM, "Response Policy Zone". */
export function rpzText({ gateway, mcpHosts }: Perimeter, phase: PerimeterPhase): string {
  const [host] = gateway.hosts;
  const isPassed = phase === 'log' || host === undefined;
  const head = headText(
    {
      what: 'DNS response policy zone',
      says: [
        ...SAYS,
        ...(host === undefined ? ['perimeter.gateway.hosts is empty: there is no name to lead to.'] : []),
        ...(mcpHosts.length === 0
          ? [
              'perimeter.mcpHosts is empty: no name is led anywhere. chokepoint perimeter observed LOG --write fills it.',
            ]
          : []),
      ],
      load: ['rndc reload chokepoint-rpz'],
      rollBack: ['take the zone out of response-policy, and: rndc reconfig'],
      unseen: UNSEEN,
    },
    phase,
    ';',
  );
  const lines = [
    '$TTL 60',
    `@ SOA localhost. root.localhost. ( ${SERIAL} 3600 600 86400 60 )`,
    '@ NS localhost.',
    // The name itself goes before those above it: the gateway would lead to itself.
    ...gateway.hosts.map(name => `${name} CNAME rpz-passthru.`),
    ...mcpHosts
      .filter(name => !gateway.hosts.includes(name))
      .flatMap(name => answers(name, isPassed ? 'rpz-passthru.' : `${host}.`)),
  ];
  return `${head}\n${lines.join('\n')}\n`;
}
