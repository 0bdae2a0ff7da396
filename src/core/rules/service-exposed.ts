import type { Service } from '../kube/types.ts';
import { servicesAtServer } from '../publication.ts';
import { defineRule, type Report } from '../rule.ts';
import { refOf } from '../world/refs.ts';

type MessageId = 'node-port' | 'load-balancer' | 'external-ips';

function reportOn(service: Service): Report<MessageId> | undefined {
  const ports = service.ports.map(({ protocol, number }) => `${protocol} ${number}`).sort();
  const data = { service: `${service.meta.namespace}/${service.meta.name}`, ports: ports.join(', ') };
  const [port] = service.ports;
  const witness = {
    direction: 'ingress' as const,
    peer: 'any address outside the cluster',
    ...(port && { port: port.number, protocol: port.protocol }),
  };
  const object = refOf(service);
  const fix = { summary: 'make it a ClusterIP Service and publish the gateway instead' };
  if (service.type === 'LoadBalancer')
    return { messageId: 'load-balancer', object, path: 'spec.type', data, witness, fix };
  if (service.type === 'NodePort') return { messageId: 'node-port', object, path: 'spec.type', data, witness, fix };
  if (service.externalIPs.length === 0) return undefined;
  const [address = ''] = service.externalIPs;
  const removed = { summary: 'remove spec.externalIPs' };
  return {
    messageId: 'external-ips',
    object,
    path: 'spec.externalIPs',
    data: { ...data, address },
    witness,
    fix: removed,
  };
}

/** A Service that publishes the server outside the cluster. */
export const serviceExposed = defineRule<MessageId>({
  id: 'service-exposed',
  since: 'v1',
  title: 'A Service publishes the server past the gateway',
  why: 'NodePort, LoadBalancer and externalIPs lead traffic from outside straight to the pods. Address translation on the way can make it come from a node, which many network plugins always admit.',
  limits:
    'A Service without a selector is seen by the endpoints that are known: in files by the Pods that the files hold, in a cluster by those that have an address.',
  sources: ['https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8.8,
  messages: {
    'node-port': 'Service {service} publishes it on every node',
    'load-balancer': 'Service {service} publishes it through a load balancer',
    'external-ips': 'Service {service} publishes it at {address}',
  },
  check: context => [...servicesAtServer(context)].flatMap(service => reportOn(service) ?? []),
});
