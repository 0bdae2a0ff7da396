import { daysAfter, laterDay } from '../app/rollout/days.ts';
import type { ReportedNamespace, RolloutReport } from '../app/rollout/report.ts';
import { commentCode, commentText } from '../core/markdown-text.ts';

/** Days for which the network is looked at before it enforces. */
const WATCHED_DAYS = 30;

/** Days before that on which it is looked whether all has settled. */
const SETTLED_DAYS = 7;

/** What somebody does on a day. */
interface Step {
  readonly day: string;
  readonly what: string;
  /** Empty: there is none. */
  readonly command: string;
}

/** What the document is made of. */
export interface PlanFacts {
  readonly report: RolloutReport;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** The configuration says where the gateway is, so that rules for the network can be written. */
  readonly hasPerimeter: boolean;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  row(header),
  row(header.map(() => '---')),
  ...rows.map(row),
  '',
];

/** A place to write a name into. */
const OWNER = '\\_\\_\\_\\_\\_\\_';

const stepTable = (steps: readonly Step[]): readonly string[] =>
  table(
    ['done', 'day', 'step', 'command', 'owner'],
    steps.map(({ day, what, command }) => ['[ ]', day, what, command === '' ? '' : commentCode(command), OWNER]),
  );

const sum = (all: readonly ReportedNamespace[], count: (one: ReportedNamespace) => number): string =>
  String(all.reduce((total, one) => total + count(one), 0));

function todayLines({ namespaces }: RolloutReport): readonly string[] {
  const stages = (['off', 'audit', 'warn', 'enforce'] as const).map(
    stage => [`namespaces in mode ${stage}`, sum(namespaces, one => Number(one.stage === stage))] as const,
  );
  return table(
    ['', 'today'],
    [
      ...stages,
      ['MCP servers', sum(namespaces, ({ servers }) => servers)],
      ['servers that enforce would stop', sum(namespaces, ({ stopped }) => stopped.length)],
      ['open findings', sum(namespaces, ({ open }) => open)],
      ['NetworkPolicies that the controller would write', sum(namespaces, ({ policies }) => policies.length)],
      ['clients that would be cut off', sum(namespaces, ({ cut }) => cut.length)],
    ],
  );
}

/** The last day on which a namespace may come to enforce by its rollout; the day on which the network does. */
function enforceDay({ namespaces }: RolloutReport, today: string): string {
  const days = namespaces.flatMap(({ next }) => (next?.stage === 'enforce' ? next.from : []));
  return days.reduce(laterDay, daysAfter(today, WATCHED_DAYS));
}

const middleOf = (today: string): string => daysAfter(today, WATCHED_DAYS / 2);

const perimeterSteps = (today: string, enforce: string): readonly Step[] => [
  {
    day: today,
    what: 'load the rules in the phase log, one command for each firewall: nothing is stopped',
    command: 'chokepoint perimeter --as nftables --phase log',
  },
  {
    day: middleOf(today),
    what: 'read the logs; list what is missing under `allowedEgress` and `agentNetworks`',
    command: 'chokepoint perimeter --as nftables --phase log',
  },
  { day: enforce, what: 'load the phase enforce', command: 'chokepoint perimeter --as nftables --phase enforce' },
];

const internalSteps = (today: string, enforce: string): readonly Step[] => [
  {
    day: today,
    what: 'have agents use the proxy, which logs alone',
    command: 'chokepoint perimeter --as squid --phase log',
  },
  {
    day: today,
    what: 'have the resolver log names of MCP services outside',
    command: 'chokepoint perimeter --as rpz --phase log',
  },
  { day: today, what: 'judge what clients are told', command: 'chokepoint agents check fleet/' },
  {
    day: middleOf(today),
    what: 'list the MCP endpoints in use, and decide on each',
    command: 'chokepoint perimeter observed access.log --output csv',
  },
  {
    day: middleOf(today),
    what: 'approve what is to stay, and have the gateway offer it',
    command: 'chokepoint perimeter observed access.log --write chokepoint.yaml --approve HOST --owner TEAM',
  },
  {
    day: middleOf(today),
    what: 'give out configuration that points at the gateway',
    command: 'chokepoint agents --output clients/',
  },
  {
    day: daysAfter(enforce, -SETTLED_DAYS),
    what: 'see that no client goes past the gateway any more, but for what somebody answers for',
    command: 'chokepoint perimeter observed access.log',
  },
  {
    day: enforce,
    what: 'have the resolver lead these names to the gateway',
    command: 'chokepoint perimeter --as rpz --phase enforce',
  },
  {
    day: enforce,
    what: 'have the proxy refuse what goes past the gateway',
    command: 'chokepoint perimeter --as squid --phase enforce',
  },
];

function clusterSteps(one: ReportedNamespace, today: string): readonly Step[] {
  const { namespace, next, stopped } = one;
  const name = commentText(namespace);
  const mend: Step = {
    day: today,
    what: `${name}: mend what enforce would stop, ${stopped.length} of ${one.servers} servers`,
    command: `chokepoint rollout plan ${namespace}`,
  };
  const raise: readonly Step[] =
    next === null
      ? []
      : [
          {
            day: laterDay(next.from, today),
            what: `${name}: mode ${one.stage} becomes ${next.stage} (${one.status})`,
            command: `chokepoint rollout status ${namespace}`,
          },
        ];
  return [...(stopped.length > 0 ? [mend] : []), ...raise];
}

const NO_PERIMETER = [
  'The configuration has no `spec.perimeter`: say there where the gateway is, so that these rules can be written.',
  '',
];

/** `rollout plan` as a document: the three layers with their dates, commands and owners to be filled in, and how things stand today. */
export function planDocument({ report, today, hasPerimeter }: PlanFacts): string {
  const enforce = enforceDay(report, today);
  const steps = report.namespaces.flatMap(one => clusterSteps(one, today)).sort((a, b) => (a.day < b.day ? -1 : 1));
  const kept = report.isKept
    ? []
    : ['No controller keeps how far the namespaces are: each looks as if it began today.', ''];
  return `${[
    '# MCP behind its gateway: the plan',
    '',
    `Written on ${today}. The network is watched until ${enforce}, and enforces from then on.`,
    '',
    ...kept,
    '## Today',
    '',
    ...todayLines(report),
    '## Layer 1: the perimeter',
    '',
    ...(hasPerimeter ? [] : NO_PERIMETER),
    ...stepTable(perimeterSteps(today, enforce)),
    '## Layer 2: the internal network and the clients',
    '',
    ...stepTable(internalSteps(today, enforce)),
    '## Layer 3: the cluster',
    '',
    ...(steps.length === 0 ? ['Every namespace that a rollout names enforces already.', ''] : stepTable(steps)),
    '## To go back',
    '',
    'Each file of the perimeter says at its head how it is taken back. A namespace goes back by its label `chokepoint.dev/mode`, which pauses its rollout.',
  ].join('\n')}\n`;
}
