import { addressSetOf } from '../../core/gate/discover-networks.ts';
import { type Fields, isFields, objectsAt, own, textAt, valueAt } from '../../core/kube/reading.ts';
import { isNoAddress } from '../../core/net/addresses.ts';
import { compare } from '../../core/order.ts';

/** Where a gateway is reached, as the cluster says. */
export interface GatewayStatus {
  /** `Gateway` or `Service`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of its listeners of HTTPS, without those that stand for many. */
  readonly hosts: readonly string[];
  /** In the order of the status. */
  readonly addresses: readonly string[];
  /** Names in place of addresses, as of load balancers of AWS: their addresses change. */
  readonly names: readonly string[];
  /** The field by which somebody asked for these addresses, so that they stay; `undefined`: nothing says that they do. */
  readonly reservedBy: string | undefined;
}

const isAddress = (written: string): boolean => !isNoAddress(addressSetOf(written));

/**
 * Annotations by which the address of a load balancer is chosen, on a Service, and on a Gateway's `spec.infrastructure`. Source: the documentation of
 * MetalLB, Cilium (LB IPAM), kube-vip, and of the load balancers of AWS, Google Cloud, Azure, DigitalOcean and OpenStack.
 */
const RESERVING: readonly string[] = [
  ...['metallb.io/loadBalancerIPs', 'metallb.universe.tf/loadBalancerIPs'],
  ...['lbipam.cilium.io/ips', 'io.cilium/lb-ipam-ips', 'kube-vip.io/loadbalancerIPs'],
  ...['service.beta.kubernetes.io/aws-load-balancer-eip-allocations'],
  ...['service.beta.kubernetes.io/aws-load-balancer-private-ipv4-addresses'],
  ...['networking.gke.io/load-balancer-ip-addresses', 'kubernetes.io/ingress.global-static-ip-name'],
  ...['service.beta.kubernetes.io/azure-load-balancer-ipv4', 'service.beta.kubernetes.io/azure-pip-name'],
  ...['loadbalancer.openstack.org/load-balancer-address', 'service.beta.kubernetes.io/do-loadbalancer-reserved-ip'],
];

function annotated(fields: Fields, path: string): string | undefined {
  const annotations = valueAt(fields, path);
  if (!isFields(annotations)) return undefined;
  const key = RESERVING.find(one => own(annotations, one) !== undefined);
  return key && `${path}["${key}"]`;
}

const split = (all: readonly string[]): Pick<GatewayStatus, 'addresses' | 'names'> => ({
  addresses: all.filter(isAddress),
  names: all.filter(one => one !== '' && !isAddress(one)),
});

/** A Gateway (gateway.networking.k8s.io/v1): `spec.addresses` asks for what `status.addresses` says. */
function ofGateway(gateway: Fields): Omit<GatewayStatus, 'kind' | 'namespace' | 'name'> {
  const asked = objectsAt(gateway, 'spec.addresses').some(one => textAt(one, 'value') !== '');
  const listeners = objectsAt(gateway, 'spec.listeners').filter(one => textAt(one, 'protocol') === 'HTTPS');
  const hosts = listeners.map(one => textAt(one, 'hostname')).filter(host => host !== '' && !host.startsWith('*'));
  return {
    hosts: [...new Set(hosts)],
    ...split(objectsAt(gateway, 'status.addresses').map(one => textAt(one, 'value'))),
    reservedBy: asked
      ? 'spec.addresses'
      : (annotated(gateway, 'spec.infrastructure.annotations') ?? annotated(gateway, 'metadata.annotations')),
  };
}

/** A Service of type LoadBalancer. */
function ofService(service: Fields): Omit<GatewayStatus, 'kind' | 'namespace' | 'name'> {
  const ingress = objectsAt(service, 'status.loadBalancer.ingress');
  const asked = textAt(service, 'spec.loadBalancerIP') === '' ? undefined : 'spec.loadBalancerIP';
  return {
    hosts: [],
    ...split(ingress.map(one => textAt(one, 'ip') || textAt(one, 'hostname'))),
    reservedBy: asked ?? annotated(service, 'metadata.annotations'),
  };
}

/** What objects of the two kinds say; Services of other types are none. Sorted by namespace and name. */
export function gatewayStatuses(kind: 'Gateway' | 'Service', objects: readonly Fields[]): readonly GatewayStatus[] {
  return objects
    .filter(object => kind === 'Gateway' || textAt(object, 'spec.type') === 'LoadBalancer')
    .map(object => ({
      kind,
      namespace: textAt(object, 'metadata.namespace'),
      name: textAt(object, 'metadata.name'),
      ...(kind === 'Gateway' ? ofGateway(object) : ofService(object)),
    }))
    .sort((a, b) => compare(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`));
}

/** `Gateway gateway/mcp`. */
export const gatewayName = ({ kind, namespace, name }: GatewayStatus): string => `${kind} ${namespace}/${name}`;

/** What is to be known before rules are written of these addresses, a sentence each; empty: nothing. */
export function gatewayDoubts(status: GatewayStatus): readonly string[] {
  const { addresses, names, reservedBy } = status;
  const who = gatewayName(status);
  if (addresses.length === 0 && names.length === 0) return [`${who} has no address yet: its status says none.`];
  return [
    ...names.map(name => `${who} is reached by the name ${name}: its addresses change, reserve some.`),
    ...(addresses.length > 0 && reservedBy === undefined
      ? [
          `Nothing says that ${addresses.join(', ')} of ${who} stays: reserve it, or the rules let through whoever gets it next.`,
        ]
      : []),
  ];
}

const block = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

/** `spec.perimeter.gateway` of a GatePolicy, as YAML. */
export function gatewayText(status: GatewayStatus): string {
  const list = (name: string, items: readonly string[]): readonly string[] =>
    items.length === 0 ? [] : [`    ${name}:`, ...items.map(item => `    - ${JSON.stringify(item)}`)];
  const { hosts, addresses, reservedBy } = status;
  const source = `  # Of ${gatewayName(status)}${reservedBy === undefined ? '' : `, asked for by ${reservedBy}`}.`;
  return `${['perimeter:', source, '  gateway:', ...list('hosts', hosts), ...list('addresses', addresses.map(block))].join('\n')}\n`;
}
