import { defineRule } from '../rule.ts';

/** Pods in the host's network have the node's identity: policies neither select nor match them on most network plugins. */
export const hostNetwork = defineRule({
  id: 'host-network',
  since: 'v1',
  title: 'The server is in the network of its node',
  why: 'NetworkPolicy does not govern pods with hostNetwork, and a hostPort publishes the pod on its node: the server stands beside the gateway, not behind it.',
  limits: 'Other ways to the node, such as hostPath sockets or privileged containers, are the subject of node-access.',
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  guardsMetadata: true,
  severity: 9.1,
  messages: {
    'host-network': 'its pods run in the network of the node, where no NetworkPolicy applies',
    'host-port': 'container "{container}" is published on port {port} of every node that runs it',
  },
  check({ subject }) {
    if (subject.hostNetwork) {
      return [
        {
          messageId: 'host-network',
          path: `${subject.podSpecPath}.hostNetwork`,
          fix: { summary: 'remove hostNetwork: true' },
        },
      ];
    }
    return subject.containers.flatMap(container =>
      container.ports.flatMap((port, index) => {
        if (port.hostPort === 0) return [];
        const path = `${container.path}.ports[${index}].hostPort`;
        return {
          messageId: 'host-port' as const,
          path,
          data: { container: container.name, port: String(port.hostPort) },
          witness: {
            direction: 'ingress' as const,
            peer: 'any address that reaches the node',
            port: port.hostPort,
            protocol: port.protocol,
          },
          fix: { summary: `remove ${path}` },
        };
      }),
    );
  },
});
