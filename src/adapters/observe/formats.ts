import type { Flow, FlowEnd, ReadFlow } from '../../app/observe/flow.ts';
import { type Fields, fieldsAt, isFields, own, valueAt } from '../../core/kube/reading.ts';
import type { Protocol } from '../../core/net/ports.ts';

const text = (fields: Fields, ...paths: readonly string[]): string => {
  for (const path of paths) {
    const value = valueAt(fields, path);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return '';
};
const number = (fields: Fields, ...paths: readonly string[]): number => Number(text(fields, ...paths) || Number.NaN);

/** Protocols by their names and numbers (IANA). */
const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['sctp', 'SCTP'],
  ['6', 'TCP'],
  ['17', 'UDP'],
  ['132', 'SCTP'],
]);

/** A time as text (RFC 3339) or as seconds or milliseconds since the epoch. */
function timeOf(written: string): number {
  if (written === '') return Number.NaN;
  const value = Number(written);
  if (Number.isNaN(value)) return Date.parse(written);
  return value > 100_000_000_000 ? value : value * 1000;
}

const OTHER: ReadFlow = { kind: 'other' };
const unreadable = (reason: string): ReadFlow => ({ kind: 'unreadable', reason });

interface Parts extends Pick<Flow, 'from' | 'to' | 'allowed'> {
  readonly time: string;
  readonly port: number;
  readonly protocol: string;
  /** NaN: one. */
  readonly count: number;
}

const isNamed = ({ name, ip }: FlowEnd): boolean => name !== '' || ip !== '';

function flowOf({ time, port, protocol, count, ...ends }: Parts): ReadFlow {
  const known = PROTOCOLS.get(protocol.toLowerCase());
  // ICMP and its like have no ports, and are about no connection to a server.
  if (known === undefined) return protocol === '' ? unreadable('it names no protocol') : OTHER;
  if (!Number.isInteger(port) || port < 1 || port > 65535) return unreadable('it names no port of the destination');
  if (!isNamed(ends.from) || !isNamed(ends.to)) return unreadable('it names no source or no destination');
  const flow = { ...ends, timeMs: timeOf(time), port, protocol: known, count: count >= 1 ? Math.floor(count) : 1 };
  return { kind: 'flow', flow };
}

const NOWHERE: FlowEnd = { namespace: '', name: '', ip: '' };

/** `{"pod": "namespace/name"}` or `{"ip": "address"}`, as queries of reach have them. */
function neutralEnd(end: Fields): FlowEnd {
  const [namespace = '', ...name] = text(end, 'pod').split('/');
  return { ...NOWHERE, ...(name.length > 0 && { namespace, name: name.join('/') }), ip: text(end, 'ip') };
}

const neutral = (line: Fields): ReadFlow =>
  flowOf({
    time: text(line, 'time'),
    from: neutralEnd(fieldsAt(line, 'from')),
    to: neutralEnd(fieldsAt(line, 'to')),
    port: number(line, 'port'),
    protocol: text(line, 'protocol') || 'TCP',
    allowed: text(line, 'verdict') !== 'denied',
    count: number(line, 'count'),
  });

const hubbleEnd = (end: Fields, ip: string): FlowEnd => {
  const workloads = own(end, 'workloads');
  const [first] = Array.isArray(workloads) ? workloads.filter(isFields) : [];
  const name = text(end, 'pod_name') || (first === undefined ? '' : text(first, 'name'));
  return { namespace: text(end, 'namespace'), name, ip };
};

/** Hubble's export (flow.Flow of cilium/api/v1/flow/flow.proto, as JSON). */
function hubble(line: Fields): ReadFlow {
  const flow = fieldsAt(line, 'flow');
  if (own(flow, 'is_reply') === true) return OTHER;
  const l4 = fieldsAt(flow, 'l4');
  const protocol = ['TCP', 'UDP', 'SCTP'].find(name => isFields(own(l4, name)));
  if (protocol === undefined) return OTHER;
  return flowOf({
    time: text(flow, 'time'),
    from: hubbleEnd(fieldsAt(flow, 'source'), text(flow, 'IP.source')),
    to: hubbleEnd(fieldsAt(flow, 'destination'), text(flow, 'IP.destination')),
    port: number(l4, `${protocol}.destination_port`),
    protocol,
    allowed: text(flow, 'verdict') !== 'DROPPED',
    count: 1,
  });
}

/** Flows of Goldmane (goldmane/proto/api.proto, as JSON in either case of names) and Calico's flow logs. */
function calico(line: Fields): ReadFlow {
  const nested = own(line, 'Key') ?? own(line, 'key');
  const key = isFields(nested) ? nested : line;
  const end = (side: 'source' | 'dest'): FlowEnd => {
    const name = text(key, `${side}_name`, `${side}Name`, `${side}_name_aggr`);
    const namespace = text(key, `${side}_namespace`, `${side}Namespace`);
    const isPod = namespace !== '' && namespace !== '-' && name !== '' && name !== '-';
    return { ...(isPod ? { namespace, name } : { namespace: '', name: '' }), ip: text(key, `${side}_ip`, `${side}Ip`) };
  };
  const action = text(key, 'action', 'Action').toLowerCase();
  return flowOf({
    time: text(line, 'end_time', 'endTime', 'start_time', 'startTime'),
    from: end('source'),
    to: end('dest'),
    port: number(key, 'dest_port', 'destPort'),
    protocol: text(key, 'proto', 'Proto'),
    allowed: action !== 'deny' && action !== '2',
    count: number(line, 'num_connections_started', 'numConnectionsStarted', 'num_flows_started', 'num_flows'),
  });
}

const gkeEnd = (end: Fields, ip: string): FlowEnd => ({
  namespace: text(end, 'pod_namespace', 'namespace'),
  name: text(end, 'pod_name', 'workload_name'),
  ip,
});

/** GKE's log of network policies, and Google Cloud's log of VPC flows: alike but for who is named. */
function google(line: Fields): ReadFlow {
  const wrapped = own(line, 'jsonPayload');
  const payload = isFields(wrapped) ? wrapped : line;
  const connection = fieldsAt(payload, 'connection');
  const port = number(connection, 'dest_port');
  if (isReply(number(connection, 'src_port'), port)) return OTHER;
  return flowOf({
    time: text(line, 'timestamp') || text(payload, 'end_time', 'start_time', 'timestamp'),
    from: gkeEnd(fieldsAt(payload, 'src'), text(connection, 'src_ip')),
    to: gkeEnd(fieldsAt(payload, 'dest'), text(connection, 'dest_ip')),
    port,
    protocol: text(connection, 'protocol'),
    allowed: text(payload, 'disposition') !== 'deny',
    count: number(payload, 'count'),
  });
}

/** First port that Linux gives to whoever connects (net.ipv4.ip_local_port_range). */
const FIRST_EPHEMERAL = 32_768;

/** Logs of packets tell the way back as well: from a port that is served to one that is not. */
const isReply = (from: number, to: number): boolean => from < FIRST_EPHEMERAL && to >= FIRST_EPHEMERAL;

const FIELDS = 14;

/** A record of AWS VPC flow logs in the default format (version 2). */
function amazon(line: string): ReadFlow {
  const fields = line.trim().split(/\s+/);
  const [, , , from = '', to = '', fromPort = '', port = '', protocol = '', , , , end = '', action = '', status] =
    fields;
  if (fields.length !== FIELDS) return unreadable('it is no JSON, and no VPC flow log in the default format');
  if (fields[0] === 'version' || status !== 'OK' || isReply(Number(fromPort), Number(port))) return OTHER;
  return flowOf({
    time: end,
    from: { ...NOWHERE, ip: from },
    to: { ...NOWHERE, ip: to },
    port: Number(port),
    protocol,
    allowed: action === 'ACCEPT',
    count: 1,
  });
}

/** By what only a line of that kind has. */
const FORMATS: readonly (readonly [isOne: (line: Fields) => boolean, read: (line: Fields) => ReadFlow])[] = [
  [line => isFields(own(line, 'flow')), hubble],
  [line => isFields(own(line, 'from')) && isFields(own(line, 'to')), neutral],
  [line => isFields(valueAt(line, 'jsonPayload.connection')) || isFields(own(line, 'connection')), google],
  [
    line =>
      ['Key', 'key'].some(name => isFields(own(line, name))) ||
      ['dest_port', 'destPort'].some(name => own(line, name) !== undefined),
    calico,
  ],
];

/** Lines of Hubble's export that tell of nodes and lost events. */
const isNotice = (line: Fields): boolean =>
  ['node_status', 'lost_events', 'agent_event'].some(name => own(line, name) !== undefined);

/** Reads one line, of whichever of the formats it is. */
export function readFlow(line: string): ReadFlow {
  if (!line.trimStart().startsWith('{')) return amazon(line);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return unreadable('it is no JSON');
  }
  if (!isFields(value)) return unreadable('it is no object');
  const format = FORMATS.find(([isOne]) => isOne(value));
  if (format !== undefined) return format[1](value);
  return isNotice(value) ? OTHER : unreadable('it is a flow of no format that is known');
}
