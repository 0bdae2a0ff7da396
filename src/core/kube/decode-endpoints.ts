import { formatAddress, parseAddress } from '../net/ip.ts';
import { decodeMeta } from './decode-meta.ts';
import { type At, at, type Fields, type Reading } from './reading.ts';
import type { ServiceName } from './service-host.ts';
import type { Endpoints, Meta } from './types.ts';

/** Names the Service of an EndpointSlice. */
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Canonical text of an address; any other text as it is. IPv4 has one text for each address alone. */
export function canonicalAddress(text: string): string {
  if (!text.includes(':')) return text;
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

function podOf(endpoint: Fields, place: At, meta: Meta, reading: Reading): readonly ServiceName[] {
  const target = reading.object(endpoint, 'targetRef', place);
  const up = at(place, 'targetRef');
  const name = target && reading.string(target, 'name', up);
  if (target === undefined || name === undefined || reading.string(target, 'kind', up) !== 'Pod') return [];
  return [{ namespace: reading.string(target, 'namespace', up) ?? meta.namespace, name }];
}

/** discovery.k8s.io/v1 EndpointSlice, ready or not. Of addressType FQDN, whose hosts no proxy of Kubernetes follows, there are no addresses. */
export function decodeEndpointSlice(fields: Fields, reading: Reading): Endpoints {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const endpoints = reading.objects(fields, 'endpoints', undefined);
  return {
    kind: 'EndpointSlice',
    meta,
    service: meta.labels.get(SERVICE_NAME) ?? '',
    addresses: endpoints.flatMap(([endpoint, place]) =>
      reading.strings(endpoint, 'addresses', place).map(canonicalAddress),
    ),
    pods: endpoints.flatMap(([endpoint, place]) => podOf(endpoint, place, meta, reading)),
  };
}

/** v1 Endpoints, of the Service of its name. */
export function decodeEndpoints(fields: Fields, reading: Reading): Endpoints {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const endpoints = reading
    .objects(fields, 'subsets', undefined)
    .flatMap(([subset, place]) => [
      ...reading.objects(subset, 'addresses', place),
      ...reading.objects(subset, 'notReadyAddresses', place),
    ]);
  return {
    kind: 'Endpoints',
    meta,
    service: meta.name,
    addresses: endpoints.flatMap(([endpoint, place]) => {
      const text = reading.string(endpoint, 'ip', place);
      return text === undefined ? [] : [canonicalAddress(text)];
    }),
    pods: endpoints.flatMap(([endpoint, place]) => podOf(endpoint, place, meta, reading)),
  };
}
