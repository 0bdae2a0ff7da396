import type { CheckReport, ReportedFinding } from '../../src/app/report/check-report.ts';

const ORDERS = { kind: 'Deployment', namespace: 'shop', name: 'mcp-orders' };
const OPEN = { kind: 'NetworkPolicy', namespace: 'shop', name: 'open' };

const BEYOND: ReportedFinding = {
  rule: 'ingress-beyond-gateway',
  messageId: 'whole-cluster',
  level: 'deny',
  subject: ORDERS,
  object: OPEN,
  policy: 'shop/open',
  path: 'spec.ingress[0].from[0]',
  message: 'pods {} in every namespace of the cluster may reach it',
  witness: { direction: 'ingress', peer: 'pod {} in namespace dev', port: 8080, protocol: 'TCP' },
  fix: { summary: 'name the namespace of the gateway by kubernetes.io/metadata.name' },
  file: 'manifests/with space.yaml',
  line: 31,
};

const LINK_LOCAL: ReportedFinding = {
  rule: 'egress-reaches-link-local',
  messageId: 'reaches',
  level: 'warn',
  subject: ORDERS,
  object: OPEN,
  policy: 'shop/open',
  path: 'spec.egress[1].to[0].ipBlock',
  message: '0.0.0.0/0 holds 169.254.0.0/32',
  witness: { direction: 'egress', peer: '169.254.0.0', address: '169.254.0.0', port: 1, protocol: 'TCP' },
  fix: { summary: 'add 169.254.0.0/16 to except' },
  file: 'manifests/with space.yaml',
  line: 44,
};

const EXPOSED: ReportedFinding = {
  rule: 'service-exposed',
  messageId: 'node-port',
  level: 'deny',
  subject: ORDERS,
  object: { kind: 'Service', namespace: 'shop', name: 'orders' },
  policy: null,
  path: 'spec.type',
  message: 'Service orders publishes it on a port of every node, 100% <open> & "wide"',
  fix: { summary: "use type ClusterIP, and the gateway's route" },
  file: '/srv/other.yaml',
  line: 3,
};

/** One server of each verdict, a finding of each level, an exception, problems with and without a place. */
export const SAMPLE_REPORT: CheckReport = {
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'CheckReport',
  summary: { files: 3, objects: 9, servers: 4, deny: 1, warn: 1, undetermined: 1 },
  policySource: 'chokepoint.yaml',
  servers: [
    {
      namespace: 'ops',
      kind: 'Pod',
      name: 'stdin',
      mcp: 'suspected',
      evidence: [],
      verdict: 'allow',
      findings: [{ ...LINK_LOCAL, subject: { kind: 'Pod', namespace: 'ops', name: 'stdin' }, file: '-', line: 2 }],
      causes: [],
      excepted: [],
      file: '-',
      line: 1,
    },
    {
      namespace: 'shop',
      kind: 'Deployment',
      name: 'mcp-closed',
      mcp: 'detected',
      evidence: [{ signal: 'image', strength: 'strong', path: 'spec', says: 'its image is an MCP server' }],
      verdict: 'allow',
      findings: [],
      causes: [],
      excepted: [],
      file: './manifests/closed.yaml',
      line: 1,
    },
    {
      namespace: 'shop',
      kind: 'Deployment',
      name: 'mcp-orders',
      mcp: 'declared',
      evidence: [
        { signal: 'label', strength: 'declared', path: 'metadata.labels', says: 'declared by label' },
        { signal: 'opt-out', strength: 'against', path: 'metadata.labels', says: 'something speaks against it' },
      ],
      verdict: 'deny',
      findings: [BEYOND, EXPOSED, LINK_LOCAL],
      causes: [],
      excepted: [
        {
          ...BEYOND,
          rule: 'cidr-ambiguous',
          messageId: 'host-bits',
          message: '10.0.0.1/8 has host bits',
          exception: { by: 'policy', object: ORDERS, reason: 'TICKET-1, "old" net', expires: '2030-12-31' },
        },
        {
          ...EXPOSED,
          messageId: 'load-balancer',
          message: 'Service orders publishes it through a load balancer',
          exception: { by: 'annotation', object: EXPOSED.object, reason: 'moves in March', expires: '2027-03-31' },
        },
      ],
      file: 'manifests/with space.yaml',
      line: 1,
    },
    {
      namespace: 'team-a',
      kind: 'StatefulSet',
      name: 'mcp-db',
      mcp: 'detected',
      evidence: [{ signal: 'port', strength: 'weak', path: 'spec', says: 'a port is called mcp' }],
      verdict: 'undetermined',
      findings: [],
      causes: [
        {
          code: 'foreign-policy',
          object: { kind: 'CiliumNetworkPolicy', namespace: 'team-a', name: 'l7' },
          message: 'CiliumNetworkPolicy l7 (cilium.io/v2) may select its pods and is not judged',
          file: 'manifests/cilium.yaml',
          line: 1,
        },
      ],
      excepted: [],
      file: 'manifests/closed.yaml',
      line: 20,
    },
  ],
  problems: [
    {
      severity: 'warning',
      code: 'no-manifests',
      file: '',
      line: 0,
      column: 0,
      field: '',
      message: 'the input holds nothing',
    },
    {
      severity: 'error',
      code: 'wrong-type',
      file: 'manifests/a:b,c.yaml',
      line: 7,
      column: 3,
      field: 'spec.ingress',
      message: 'expected a list, got an object: 50% of it is lost',
    },
  ],
  lookClose: {
    count: 102,
    workloads: [
      {
        namespace: 'shop',
        kind: 'Deployment',
        name: 'mcp-console',
        evidence: [{ signal: 'not-by-role', strength: 'against', path: 'metadata.name', says: 'called a console' }],
        setAside: [
          {
            signal: 'called-mcp',
            strength: 'weak',
            path: 'metadata.name',
            says: 'called MCP: mcp-console',
            by: { signal: 'not-by-role', strength: 'against', path: 'metadata.name', says: 'called a console' },
          },
        ],
        file: 'manifests/console.yaml',
        line: 4,
      },
      {
        namespace: 'shop',
        kind: 'Deployment',
        name: 'orders',
        evidence: [
          { signal: 'image', strength: 'strong', path: 'spec', says: 'its image is an MCP server' },
          { signal: 'opt-out', strength: 'against', path: 'metadata.labels', says: 'taken out by label' },
        ],
        setAside: [],
        file: 'manifests/orders.yaml',
        line: 1,
      },
      {
        namespace: 'shop',
        kind: 'Pod',
        name: 'search',
        evidence: [
          {
            signal: 'service-name',
            strength: 'weak',
            object: { kind: 'Service', namespace: 'shop', name: 'search-mcp' },
            path: 'metadata.name',
            says: 'a Service in front of it is called so: search-mcp',
          },
        ],
        setAside: [],
        file: '',
        line: 0,
      },
    ],
  },
  passedOver: [
    { apiVersion: 'v1', kind: 'ConfigMap', count: 2 },
    { apiVersion: 'v1', kind: 'Secret', count: 1 },
  ],
};
