import { endpointText, type PerimeterObserved, type SeenEndpoint } from '../../app/perimeter/observed.ts';
import { csvRow } from '../../core/csv-text.ts';
import { listed } from '../../core/listed.ts';

const COLUMNS = ['host', 'port', 'is', 'approved', 'signs', 'calls', 'refused', 'first', 'last', 'clients'];

const cellsOf = (one: SeenEndpoint): readonly string[] => [
  one.host,
  String(one.port),
  one.standing,
  one.isApproved ? 'yes' : 'no',
  one.signs.join(' '),
  String(one.calls),
  String(one.refused),
  one.first ?? '',
  one.last ?? '',
  `${one.clients.join(' ')}${one.hasMoreClients ? ' …' : ''}`,
];

/** A line for each endpoint, for spreadsheets. */
export const observedCsv = ({ endpoints }: PerimeterObserved): string =>
  [COLUMNS, ...endpoints.map(cellsOf)].map(csvRow).join('');

/** What a host is, for people. */
const WORDS: Readonly<Record<SeenEndpoint['standing'], string>> = {
  gateway: 'the gateway',
  machine: 'the machine itself',
  internal: 'inside',
  service: 'a public MCP service',
  personal: 'under a personal account, or a tunnel',
  unknown: 'unknown',
};

/** Clients that a line names; the others are counted. */
const NAMED = 5;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function linesOf(one: SeenEndpoint): readonly string[] {
  const { standing, isApproved, signs, calls, refused, clients, hasMoreClients, first, last } = one;
  const span = first === null || last === null ? [] : [`first ${first}, last ${last}`];
  const named = listed(clients, NAMED);
  const past = standing === 'gateway' ? [] : ['past the gateway'];
  const said = [...(isApproved ? ['approved'] : []), ...past].join(', ');
  return [
    `${said}  ${endpointText(one)}  ${WORDS[standing]}`,
    `  ${[plural(calls, 'call'), ...(refused > 0 ? [`${refused} refused`] : []), ...span].join(', ')}`,
    `  known by: ${signs.join(', ')}`,
    ...(clients.length === 0 ? [] : [`  from ${named}${hasMoreClients ? ', and others that are not kept' : ''}`]),
    '',
  ];
}

/** For people: each endpoint, in the order of the report. */
export function observedText({ summary, endpoints }: PerimeterObserved): string {
  const { lines, unreadable, pastGateway, unapproved, notKept } = summary;
  const approved = pastGateway - unapproved;
  const rest = [
    ...(unreadable > 0 ? [`${plural(unreadable, 'line')} that cannot be read`] : []),
    ...(notKept > 0 ? [`${plural(notKept, 'call')} to further endpoints, which are not kept`] : []),
  ];
  const said = `${plural(lines, 'request')}, ${plural(endpoints.length, 'MCP endpoint')}: ${pastGateway} past the gateway${approved > 0 ? `, ${approved} of them approved` : ''}`;
  return `${[...endpoints.flatMap(linesOf), `${[said, ...rest].join('; ')}.`].join('\n')}\n`;
}
