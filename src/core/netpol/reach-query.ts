import { isFields, own } from '../kube/reading.ts';
import { type AddressReader, readPlainAddress } from '../net/ip.ts';
import { PROTOCOLS } from '../net/ports.ts';
import type { ReachEndpoint, ReachQuery } from './reach.ts';

/** Why a query cannot be asked: the field and what is wrong with it. */
export interface BadQuery {
  readonly problem: string;
}

/** A pod as `namespace/name`; without a slash it is in `default`. */
function parsePodName(text: string): ReachEndpoint {
  const slash = text.indexOf('/');
  return { kind: 'pod', namespace: slash < 0 ? 'default' : text.slice(0, slash), name: text.slice(slash + 1) };
}

function parseEndpoint(value: unknown, field: string, readAddress: AddressReader): ReachEndpoint | BadQuery {
  if (!isFields(value)) return { problem: `${field}: expected {"pod": "namespace/name"} or {"ip": "address"}` };
  const pod = own(value, 'pod');
  const ip = own(value, 'ip');
  if (typeof pod === 'string' && ip === undefined) return parsePodName(pod);
  if (typeof ip !== 'string' || pod !== undefined)
    return { problem: `${field}: expected exactly one of pod and ip, a string` };
  const address = readAddress(ip);
  if (typeof address !== 'string') return { kind: 'ip', address };
  return { problem: `${field}.ip: "${ip}" is no address${address === '' ? '' : `: ${address}`}` };
}

const QUERY_FIELDS: ReadonlySet<string> = new Set(['from', 'to', 'port', 'protocol']);
const ENDPOINT_FIELDS: ReadonlySet<string> = new Set(['pod', 'ip']);

/** Paths of the fields that a query does not have, such as a misspelt `protocol`: they are passed over. */
export function unknownQueryFields(value: unknown): readonly string[] {
  if (!isFields(value)) return [];
  const unknown = Object.keys(value).filter(key => !QUERY_FIELDS.has(key));
  for (const end of ['from', 'to']) {
    const endpoint = own(value, end);
    if (!isFields(endpoint)) continue;
    for (const key of Object.keys(endpoint)) if (!ENDPOINT_FIELDS.has(key)) unknown.push(`${end}.${key}`);
  }
  return unknown;
}

/** Reads one query of the form `{"from": …, "to": …, "port": 80, "protocol": "TCP"}`. Absent protocol is TCP; an absent reader of addresses is our own. */
export function parseReachQuery(value: unknown, readAddress: AddressReader = readPlainAddress): ReachQuery | BadQuery {
  if (!isFields(value)) return { problem: 'expected an object' };
  const from = parseEndpoint(own(value, 'from'), 'from', readAddress);
  if ('problem' in from) return from;
  const to = parseEndpoint(own(value, 'to'), 'to', readAddress);
  if ('problem' in to) return to;
  const port = own(value, 'port');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535) {
    return { problem: 'port: expected a whole number from 1 to 65535' };
  }
  const written = own(value, 'protocol') ?? 'TCP';
  const protocol = PROTOCOLS.find(known => known === written);
  return protocol ? { from, to, port, protocol } : { problem: 'protocol: expected TCP, UDP or SCTP' };
}
