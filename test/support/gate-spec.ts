/** The gateway of the tests' clusters, as a GatePolicy names it. */
export const GATEWAYS = [
  {
    name: 'envoy',
    from: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
      },
    ],
  },
];

/** The ranges of the cluster that the recorded reviews and the played clusters are of. */
export const PROTECTED_NETWORKS = {
  pods: ['10.244.0.0/16'],
  services: ['10.96.0.0/12'],
  nodes: ['192.168.0.0/24'],
  controlPlane: ['172.16.0.2/32'],
};
