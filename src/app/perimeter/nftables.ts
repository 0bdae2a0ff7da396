import { type AddressSet, toCidrs } from '../../core/net/addresses.ts';
import type { Family } from '../../core/net/ip.ts';
import { headText } from './head.ts';
import { type PerimeterPlan, type PerimeterRule, ruleInFamily } from './rules.ts';

const TABLE = 'chokepoint_perimeter';

const braced = (texts: readonly (string | number)[]): string => `{ ${texts.join(', ')} }`;

const addressMatch = (family: Family, end: 'saddr' | 'daddr', set: AddressSet | undefined, not = ''): string =>
  set === undefined ? '' : `${family === 4 ? 'ip' : 'ip6'} ${end} ${not}${braced(toCidrs(set))} `;

function matchOf({ from, to, except, ports }: PerimeterRule, family: Family): string {
  return [
    addressMatch(family, 'saddr', from),
    addressMatch(family, 'daddr', to),
    addressMatch(family, 'daddr', except, '!= '),
    ports === undefined ? '' : `tcp dport ${braced(ports)} `,
  ].join('');
}

/** Log lines are limited, so that nobody fills a disk; counters are not. */
const LIMIT = 'limit rate 10/second burst 50 packets';

function linesOf(rule: PerimeterRule, family: Family, { phase }: PerimeterPlan): readonly string[] {
  const part = ruleInFamily(rule, family);
  if (part === undefined) return [];
  const match = matchOf(part, family);
  if (rule.verdict === 'pass') return [`    ${match}counter accept comment "${rule.name}"`];
  const log = `    ${match}${LIMIT} log prefix "chokepoint:${rule.name} "`;
  return [log, `    ${match}counter ${phase === 'enforce' ? 'drop ' : ''}comment "${rule.name}"`];
}

const chain = (hook: 'forward' | 'input'): readonly string[] => [
  `  chain ${hook} {`,
  `    type filter hook ${hook} priority filter - 5; policy accept;`,
  '    jump mcp',
  '  }',
];

/** Rules for `nft -f`, in a table of their own, which the file makes anew in one transaction. Source: nft(8). */
export function nftablesText(plan: PerimeterPlan): string {
  const head = headText(
    {
      what: 'nftables rules',
      says: [
        'For a router or firewall between agents, the gateway and MCP servers, and for hosts that run such servers.',
        'What is accepted here is still dropped by another table that drops it.',
      ],
      load: ['nft -f FILE'],
      rollBack: [`nft delete table inet ${TABLE}`],
      unseen: plan.unseen,
    },
    plan.phase,
  );
  const rules = plan.rules.flatMap(rule => [`    # ${rule.why}`, ...linesOf(rule, 4, plan), ...linesOf(rule, 6, plan)]);
  const lines = [
    `table inet ${TABLE}`,
    `delete table inet ${TABLE}`,
    `table inet ${TABLE} {`,
    '  chain mcp {',
    '    ct state established,related accept',
    ...rules,
    '  }',
    ...chain('forward'),
    ...chain('input'),
    '}',
  ];
  return `${head}\n${lines.join('\n')}\n`;
}
