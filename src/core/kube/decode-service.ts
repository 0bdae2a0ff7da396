import { PROTOCOLS } from '../net/ports.ts';
import { decodeMeta } from './decode-meta.ts';
import { type At, at, type Fields, own, type Reading } from './reading.ts';
import { serviceOfHost } from './service-host.ts';
import type { Service, ServicePort } from './types.ts';

const SPEC: At = at(undefined, 'spec');

function decodePort(item: unknown, place: At, reading: Reading): ServicePort | undefined {
  const fields = reading.fields(item, place);
  if (fields === undefined) return undefined;
  const target = own(fields, 'targetPort');
  const written = reading.string(fields, 'protocol', place) ?? 'TCP';
  return {
    name: reading.string(fields, 'name', place) ?? '',
    number: reading.integer(fields, 'port', place) ?? 0,
    nodePort: reading.integer(fields, 'nodePort', place) ?? 0,
    protocol: PROTOCOLS.find(known => known === written) ?? 'TCP',
    appProtocol: reading.string(fields, 'appProtocol', place) ?? '',
    targetPort: typeof target === 'number' || typeof target === 'string' ? target : 0,
  };
}

function decodeLoadBalancerIPs(fields: Fields, reading: Reading): readonly string[] {
  const place = at(undefined, 'status');
  const status = reading.object(fields, 'status', undefined);
  const balancer = status && reading.object(status, 'loadBalancer', place);
  if (balancer === undefined) return [];
  const items = reading.list(balancer, 'ingress', at(place, 'loadBalancer'));
  return items.flatMap((item, index) => {
    const entryPlace = at(at(at(place, 'loadBalancer'), 'ingress'), index);
    const entry = reading.fields(item, entryPlace);
    return (entry && reading.string(entry, 'ip', entryPlace)) ?? [];
  });
}

/** v1 Service. Absent type is ClusterIP. */
export function decodeService(fields: Fields, reading: Reading): Service {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  const type = reading.string(spec, 'type', SPEC) ?? 'ClusterIP';
  const selector = reading.labels(spec, 'selector', SPEC);
  return {
    kind: 'Service',
    meta,
    type,
    aliasOf: type === 'ExternalName' ? serviceOfHost(reading.string(spec, 'externalName', SPEC) ?? '') : undefined,
    selector: selector.size === 0 ? undefined : selector,
    ports: reading
      .list(spec, 'ports', SPEC)
      .flatMap((item, index) => decodePort(item, at(at(SPEC, 'ports'), index), reading) ?? []),
    externalIPs: reading.strings(spec, 'externalIPs', SPEC),
    loadBalancerIPs: decodeLoadBalancerIPs(fields, reading),
  };
}
