import { isFields, own } from '../kube/reading.ts';
import { type AddressReader, readPlainAddress } from '../net/ip.ts';
import { PROTOCOLS } from '../net/ports.ts';
import type { ReachQuery } from './reach.ts';
import type { ReachEndpoint } from './reach-pods.ts';

/** Why a query cannot be asked: the field and what is wrong with it. */
export interface BadQuery {
  readonly problem: string;
}

/** A pod as `namespace/name`, or `namespace/Kind/name` where several kinds bear the name; without a slash it is in `default`. */
function parsePodName(text: string): ReachEndpoint {
  const [first = '', second, third, ...more] = text.split('/');
  if (second === undefined) return { kind: 'pod', namespace: 'default', name: first };
  if (third === undefined) return { kind: 'pod', namespace: first, name: second };
  return { kind: 'pod', namespace: first, workload: second, name: [third, ...more].join('/') };
}

/** An IANA service name, as Kubernetes has it (apimachinery IsValidPortName). */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9][a-z0-9-]*$/;

/** Whether a container may give a port this name. */
export const isPortName = (text: string): boolean => PORT_NAME.test(text);

/** What a query asks for as a port: a number from 1 to 65535, or the name of one. */
function parsePort(value: unknown): number | string | BadQuery {
  const isNumber = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
  if (isNumber || (typeof value === 'string' && isPortName(value))) return value;
  const problem = 'port: expected a whole number from 1 to 65535';
  return { problem: typeof value === 'string' ? `${problem}, or the name of a port` : problem };
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

/** What is meant for an address, though it may be none; no name of a pod is written so, but for one that is four numbers: write its namespace too. */
const ADDRESS_LIKE = /:|^\d+(?:\.\d+){3}$/;

/** Reads one end as people write it: an address, or `namespace/name` with or without a kind. */
export function readEndpoint(text: string, field: string, readAddress: AddressReader): ReachEndpoint | BadQuery {
  return parseEndpoint(ADDRESS_LIKE.test(text) ? { ip: text } : { pod: text }, field, readAddress);
}

/**
 * Reads one query of the form `{"from": …, "to": …, "port": 80, "protocol": "TCP"}`. The port may be one that the destination names. Absent protocol is
 * TCP, or that of the named port; an absent reader of addresses is our own.
 */
export function parseReachQuery(value: unknown, readAddress: AddressReader = readPlainAddress): ReachQuery | BadQuery {
  if (!isFields(value)) return { problem: 'expected an object' };
  const from = parseEndpoint(own(value, 'from'), 'from', readAddress);
  if ('problem' in from) return from;
  const to = parseEndpoint(own(value, 'to'), 'to', readAddress);
  if ('problem' in to) return to;
  const port = parsePort(own(value, 'port'));
  if (typeof port === 'object') return port;
  const written = own(value, 'protocol') ?? undefined;
  if (written === undefined) return { from, to, port };
  const protocol = PROTOCOLS.find(known => known === written);
  return protocol ? { from, to, port, protocol } : { problem: 'protocol: expected TCP, UDP or SCTP' };
}
