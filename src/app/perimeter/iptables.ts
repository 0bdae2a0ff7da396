import { type AddressSet, toCidrs } from '../../core/net/addresses.ts';
import type { Family } from '../../core/net/ip.ts';
import { headText } from './head.ts';
import { type PerimeterPlan, type PerimeterRule, ruleInFamily } from './rules.ts';

const CHAIN = 'CHOKEPOINT-MCP';

/** Ports that one `multiport` match holds. Source: iptables-extensions(8). */
const MOST_PORTS = 15;

function portMatches(ports: readonly number[] | undefined): readonly string[] {
  if (ports === undefined) return [''];
  const groups = Array.from({ length: Math.ceil(ports.length / MOST_PORTS) }, (_, index) =>
    ports.slice(index * MOST_PORTS, (index + 1) * MOST_PORTS),
  );
  return groups.map(group => ` -p tcp -m multiport --dports ${group.join(',')}`);
}

const addresses = (flag: '-s' | '-d', set: AddressSet | undefined): readonly string[] =>
  set === undefined ? [''] : toCidrs(set).map(cidr => ` ${flag} ${cidr}`);

/** Everything that the rule matches, but for what it leaves to others. */
function matchesOf({ from, to, ports }: PerimeterRule): readonly string[] {
  return addresses('-s', from).flatMap(source =>
    addresses('-d', to).flatMap(destination => portMatches(ports).map(port => `${source}${destination}${port}`)),
  );
}

const LIMIT = '-m limit --limit 10/second --limit-burst 50';

function linesOf(rule: PerimeterRule, { phase }: PerimeterPlan): readonly string[] {
  const comment = `-m comment --comment ${rule.name}`;
  const append = (match: string, target: string): string => `-A ${CHAIN}${match} ${comment} ${target}`;
  // A chain has no "not one of several blocks": what is left to others returns to them, and the rule is the last one for these sources.
  const left = addresses('-s', rule.from).flatMap(source =>
    rule.except === undefined ? [] : toCidrs(rule.except).map(cidr => append(`${source} -d ${cidr}`, '-j RETURN')),
  );
  const matched = matchesOf(rule).flatMap(match => {
    if (rule.verdict === 'pass') return [append(match, '-j ACCEPT')];
    const log = append(`${match} ${LIMIT}`, `-j LOG --log-prefix "chokepoint:${rule.name} "`);
    return [log, append(match, phase === 'enforce' ? '-j DROP' : '')];
  });
  return [...left, ...matched].map(line => line.trimEnd());
}

const PROGRAMS: Readonly<Record<Family, string>> = { 4: 'iptables', 6: 'ip6tables' };

/** Rules of one family for `iptables-restore --noflush` or `ip6tables-restore --noflush`, in a chain of their own. Source: iptables-restore(8). */
export function iptablesText(plan: PerimeterPlan, family: Family): string {
  const program = PROGRAMS[family];
  const jumps = ['FORWARD', 'INPUT'];
  const head = headText(
    {
      what: `${program} rules`,
      says: [
        'For a router or firewall between agents, the gateway and MCP servers, and for hosts that run such servers.',
        `The other family has a file of its own: --as ${PROGRAMS[family === 4 ? 6 : 4]}.`,
      ],
      load: [
        `${program}-restore --noflush FILE`,
        ...jumps.map(from => `${program} -C ${from} -j ${CHAIN} 2>/dev/null || ${program} -I ${from} -j ${CHAIN}`),
      ],
      rollBack: [
        ...jumps.map(from => `${program} -D ${from} -j ${CHAIN}`),
        `${program} -F ${CHAIN}`,
        `${program} -X ${CHAIN}`,
      ],
      unseen: plan.unseen,
    },
    plan.phase,
  );
  const rules = plan.rules.flatMap(rule => {
    const part = ruleInFamily(rule, family);
    return part === undefined ? [] : [`# ${rule.why}`, ...linesOf(part, plan)];
  });
  const lines = [
    '*filter',
    `:${CHAIN} - [0:0]`,
    `-A ${CHAIN} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    ...rules,
    'COMMIT',
  ];
  return `${head}\n${lines.join('\n')}\n`;
}
