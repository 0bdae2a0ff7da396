import type { CheckReport } from '../../src/app/report/check-report.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

const NOWHERE = { line: 0 } as const;
const fileOf = ({ namespace, kind, name }: { namespace: string; kind: string; name: string }): string =>
  `${namespace}/${kind}/${name}`;

/** The servers of the sample report as those of a cluster, with problems of the cluster and of an object. */
export const CLUSTER_REPORT: CheckReport = {
  ...SAMPLE_REPORT,
  cluster: {
    server: 'https://192.0.2.1:6443',
    namespace: null,
    networks: [
      {
        class: 'pods',
        ranges: ['10.0.0.0/24', '10.0.2.0/24', '10.0.4.0/24', '10.0.6.0/24', '10.0.8.0/24'],
        from: 'spec.podCIDRs of the Nodes',
        isWhole: false,
      },
      { class: 'services', ranges: ['10.96.0.0/12'], from: 'chokepoint.yaml', isWhole: true },
      { class: 'controlPlane', ranges: [], from: 'chokepoint.yaml', isWhole: true },
    ],
    notServed: ['cilium.io/CiliumNetworkPolicy', 'gateway.networking.k8s.io/HTTPRoute'],
  },
  summary: { ...SAMPLE_REPORT.summary, files: 0 },
  servers: SAMPLE_REPORT.servers.map(server => ({
    ...server,
    file: fileOf(server),
    ...NOWHERE,
    findings: server.findings.map(finding => ({ ...finding, file: fileOf(finding.object), ...NOWHERE })),
    causes: server.causes.map(cause => ({ ...cause, file: fileOf(cause.object), ...NOWHERE })),
    excepted: server.excepted.map(finding => ({ ...finding, file: fileOf(finding.object), ...NOWHERE })),
  })),
  problems: [
    {
      severity: 'error',
      code: 'forbidden',
      file: 'cluster',
      line: 0,
      column: 0,
      field: '',
      message: 'may not list pods: the user needs the verb list on it (status 403)',
    },
    {
      severity: 'warning',
      code: 'wrong-type',
      file: 'shop/Deployment/mcp-orders',
      line: 0,
      column: 0,
      field: 'spec.replicas',
      message: 'expected a whole number, got a string',
    },
  ],
  passedOver: [],
};
