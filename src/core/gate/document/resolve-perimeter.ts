import { type At, at, type Fields, own } from '../../kube/reading.ts';
import { type AddressSet, NO_ADDRESSES, unionAddresses } from '../../net/addresses.ts';
import { parseCidr } from '../../net/cidr.ts';
import { hostNameProblem } from '../domain-names.ts';
import { PERIMETER_PHASES, type Perimeter, type ReachedHost } from '../types.ts';
import { type DocumentReading, readObjects, readOneOf, readText } from './read-fields.ts';
import { readBlocks } from './resolve-networks.ts';

/** What the seed of this gate names as the usual ports of MCP servers. */
const MCP_PORTS = [3000, 8080, 8443];

const HTTPS = 443;

/** Private-use and shared address space (RFC 1918, RFC 6598), and unique local addresses (RFC 4193). */
const INTERNAL: AddressSet = unionAddresses(
  ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map(
    text => parseCidr(text).range ?? NO_ADDRESSES,
  ),
);

function readHosts(fields: Fields, key: string, up: At, reading: DocumentReading): readonly string[] {
  return reading.strings(fields, key, up).filter((name, index) => {
    const problem = hostNameProblem(name);
    if (problem !== undefined) reading.error('invalid-name', at(at(up, key), index), `"${name}" ${problem}`);
    return problem === undefined;
  });
}

/** `undefined` where the field is absent. */
function readPorts(fields: Fields, key: string, up: At, reading: DocumentReading): readonly number[] | undefined {
  if (own(fields, key) === undefined) return undefined;
  const ports = reading.list(fields, key, up).filter(port => typeof port === 'number');
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** `undefined` where the field is absent: an empty list is one. */
function readNetworks(fields: Fields, key: string, up: At, reading: DocumentReading): AddressSet | undefined {
  return own(fields, key) === undefined ? undefined : readBlocks(fields, key, up, reading);
}

function readGateway(spec: Fields, up: At, reading: DocumentReading): Perimeter['gateway'] {
  const place = at(up, 'gateway');
  const fields = reading.object(spec, 'gateway', up) ?? {};
  const addresses = readBlocks(fields, 'addresses', place, reading);
  return {
    hosts: readHosts(fields, 'hosts', place, reading),
    addresses,
    port: reading.integer(fields, 'port', place) ?? HTTPS,
    sources: readNetworks(fields, 'sources', place, reading) ?? addresses,
  };
}

function readReached(fields: Fields, place: At, reading: DocumentReading): ReachedHost {
  return {
    name: readText(fields, 'name', place, reading),
    addresses: readBlocks(fields, 'addresses', place, reading),
    ports: readPorts(fields, 'ports', place, reading) ?? [HTTPS],
  };
}

/** `spec.perimeter`; `undefined` where it is absent. */
export function resolvePerimeter(spec: Fields, up: At, reading: DocumentReading): Perimeter | undefined {
  const fields = reading.object(spec, 'perimeter', up);
  if (fields === undefined) return undefined;
  const place = at(up, 'perimeter');
  return {
    gateway: readGateway(fields, place, reading),
    mcpPorts: readPorts(fields, 'mcpPorts', place, reading) ?? MCP_PORTS,
    internalNetworks: readNetworks(fields, 'internalNetworks', place, reading) ?? INTERNAL,
    agentNetworks: readNetworks(fields, 'agentNetworks', place, reading),
    serverNetworks: readNetworks(fields, 'serverNetworks', place, reading),
    allowedEgress: readObjects(fields, 'allowedEgress', place, reading).map(one =>
      readReached(one.fields, one.place, reading),
    ),
    mcpHosts: readHosts(fields, 'mcpHosts', place, reading),
    phase: readOneOf(fields, 'phase', place, PERIMETER_PHASES, reading) ?? 'log',
  };
}
