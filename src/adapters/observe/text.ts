import type { ObservedPeer, ObserveReport, UnseenPeer } from '../../app/observe/observe.ts';

const WORDS: Readonly<Record<ObservedPeer['outcome'], string>> = {
  cut: 'would be cut',
  unknown: 'not known',
  kept: 'stays',
  denied: 'was denied already',
};

const wayText = ({ direction, peer, port, protocol }: ObservedPeer): string =>
  direction === 'ingress' ? `from ${peer} on ${protocol} ${port}` : `to ${peer} on ${protocol} ${port}`;

const peerLine = (one: ObservedPeer): string => {
  const count = `${one.connections} ${one.connections === 1 ? 'connection' : 'connections'}`;
  return `  ${WORDS[one.outcome]}: ${wayText(one)}, ${count}${one.last === null ? '' : `, last ${one.last}`}`;
};

const unseenLine = ({ direction, grant }: UnseenPeer): string =>
  `  never seen: ${direction === 'ingress' ? 'from' : 'to'} ${grant}`;

/** For people: each server with what it would lose first, and what it never used. */
export function renderObserved({ summary, peers, unseen }: ObserveReport): string {
  const servers = [...new Set([...peers, ...unseen].map(({ server }) => server))].sort();
  const { flows, ofServers, unreadable, unknownPods, first, last, cut } = summary;
  const lines = servers.flatMap(server => [
    server,
    ...peers.filter(one => one.server === server).map(peerLine),
    ...unseen.filter(one => one.server === server).map(unseenLine),
    '',
  ]);
  const span = first === null || last === null ? '' : ` from ${first} to ${last}`;
  const rest = [
    ...(unknownPods > 0 ? [`${unknownPods} of Pods that are not there any more`] : []),
    ...(unreadable > 0 ? [`${unreadable} lines that cannot be read`] : []),
  ];
  const said = `${flows} flows, ${ofServers} of MCP servers${span}: ${cut} kinds of connections would be cut`;
  return `${[...lines, `${[said, ...rest].join('; ')}.`].join('\n')}\n`;
}
