import type { BackendPath } from './named-backends.ts';
import type { Direction } from './types.ts';

/** A port that an operator's pods serve on. */
interface OperatedPort {
  /** As the operator names it in the pods; empty: it declares none. */
  readonly name: string;
  /** Field that gives the number; absent: always `usual`. */
  readonly at?: string;
  /** Where the field is absent. */
  readonly usual: number;
  /** Text of a field with which the pods do not listen, also where the field is absent. */
  readonly unless?: readonly [field: string, value: string];
}

/** Pods that an operator makes of a custom resource. `{name}` stands for the name of the resource. */
export interface OperatedPods {
  /** Empty: those that clients reach. */
  readonly part: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Keys of the labels that the pods are selected by, which therefore stay. */
  readonly selector: readonly string[];
  /** Field with further labels, which replace none of these. */
  readonly moreLabels?: string;
  /** Field with a pod template that is merged into the pods. */
  readonly template?: string;
  /** Beginnings of labels of which only the operator knows which are set. */
  readonly prefixes?: readonly string[];
  readonly image?: string;
  readonly port: OperatedPort;
  /** Labels of the operator's own pods in the same namespace that must reach these. */
  readonly reachedFrom?: Readonly<Record<string, string>>;
  /** Labels of the operator's own pods in the same namespace that these must reach. */
  readonly reaches?: Readonly<Record<string, string>>;
}

/** The NetworkPolicy that an operator writes for its pods, under the name of the resource. */
export interface OperatedPolicy {
  /** Fields of the resource with the peers that are let in, and the peers and ports that are let out. */
  readonly ingressFrom: string;
  readonly egressTo: string;
  readonly egressPorts: string;
  readonly dnsPeer: string;
  /** Field paths of the policy by the field of the resource that they are made from; the first that fits counts. */
  readonly fields: readonly (readonly [policyPath: string, field: string])[];
}

/** A custom resource that is an MCP server, and what its operator makes of it. */
export interface McpServerKind {
  readonly group: string;
  readonly kind: string;
  readonly operator: string;
  /** The version that is described here. */
  readonly version: string;
  readonly source: string;
  readonly pods: readonly OperatedPods[];
  readonly policy?: OperatedPolicy;
  /** Field of the type of the Service before the pods. */
  readonly serviceType?: string;
  /** Field that names a workload which runs already: then nothing is made. */
  readonly reference?: string;
  /** What the resource names as an MCP server besides the pods that are made of it. */
  readonly names?: readonly BackendPath[];
  /** Field that limits the outbound traffic, which the operator does not enforce in Kubernetes. */
  readonly unenforced?: string;
}

/** The field of the resource that a direction of its policy is made from. */
export const policyField = ({ ingressFrom, egressTo }: OperatedPolicy, direction: Direction): string =>
  direction === 'ingress' ? ingressFrom : egressTo;

const toolhive = (kind: string): Readonly<Record<string, string>> => ({
  app: kind,
  'app.kubernetes.io/name': kind,
  'app.kubernetes.io/instance': '{name}',
  toolhive: 'true',
  'toolhive-name': '{name}',
});

const TOOLHIVE = {
  group: 'toolhive.stacklok.dev',
  operator: 'ToolHive',
  version: 'v0.44 (2026-08)',
  source: 'https://github.com/stacklok/toolhive/tree/main/cmd/thv-operator/controllers',
};
const TOOLHIVE_SELECTOR = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'];
const TOOLHIVE_PROXY = {
  part: '',
  selector: TOOLHIVE_SELECTOR,
  moreLabels: 'spec.resourceOverrides.proxyDeployment.podTemplateMetadataOverrides.labels',
  port: { name: 'http', at: 'spec.proxyPort', usual: 8080 },
};
const TOOLHIVE_SERVER = { app: '{name}', toolhive: 'true' };

/** The resources that are MCP servers. A line of data each; the version says which behaviour is described. */
export const MCP_SERVER_KINDS: readonly McpServerKind[] = [
  {
    group: 'mcp.x-k8s.io',
    kind: 'MCPServer',
    operator: 'mcp-lifecycle-operator',
    version: 'v1beta1 (2026-09), posture open, which is the default',
    source: 'https://github.com/kubernetes-sigs/mcp-lifecycle-operator/tree/main/internal/controller',
    pods: [
      {
        part: '',
        labels: { app: 'mcp-server', 'mcp-server': '{name}' },
        selector: ['mcp-server'],
        moreLabels: 'spec.extraLabels',
        image: 'spec.source.containerImage.ref',
        port: { name: 'mcp', at: 'spec.config.port', usual: 8080 },
      },
    ],
    policy: {
      ingressFrom: 'spec.network.ingressFrom',
      egressTo: 'spec.network.egressTo',
      egressPorts: 'spec.network.egressPorts',
      dnsPeer: 'spec.network.dnsEgressPeer',
      fields: [
        ['spec.ingress[0].from', 'spec.network.ingressFrom'],
        ['spec.ingress', 'spec.network.ingressFrom'],
        ['spec.egress[1].to', 'spec.network.egressTo'],
        ['spec.egress[1].ports', 'spec.network.egressPorts'],
        ['spec.egress[0].to[0]', 'spec.network.dnsEgressPeer'],
        ['spec.egress', 'spec.network.egressTo'],
      ],
    },
    reference: 'spec.workloadRef',
    names: [
      { path: 'workloadRef', form: 'object', kind: 'Deployment' },
      { path: 'serviceRef', form: 'object' },
    ],
  },
  {
    ...TOOLHIVE,
    kind: 'MCPServer',
    pods: [
      { ...TOOLHIVE_PROXY, labels: toolhive('mcpserver'), reaches: TOOLHIVE_SERVER },
      {
        part: 'server',
        labels: TOOLHIVE_SERVER,
        selector: ['app'],
        prefixes: ['toolhive-'],
        template: 'spec.podTemplateSpec',
        image: 'spec.image',
        port: { name: '', at: 'spec.mcpPort', usual: 8080, unless: ['spec.transport', 'stdio'] },
        reachedFrom: { 'app.kubernetes.io/name': 'mcpserver', 'app.kubernetes.io/instance': '{name}' },
      },
    ],
    unenforced: 'spec.permissionProfile',
  },
  {
    ...TOOLHIVE,
    kind: 'MCPRemoteProxy',
    pods: [{ ...TOOLHIVE_PROXY, labels: toolhive('mcpremoteproxy') }],
    names: [{ path: 'remoteUrl', form: 'host' }],
  },
  {
    ...TOOLHIVE,
    kind: 'VirtualMCPServer',
    pods: [
      {
        part: '',
        labels: toolhive('virtualmcpserver'),
        selector: TOOLHIVE_SELECTOR,
        template: 'spec.podTemplateSpec',
        port: { name: 'http', usual: 4483 },
      },
    ],
    serviceType: 'spec.serviceType',
  },
  {
    group: 'kagent.dev',
    kind: 'MCPServer',
    operator: 'kmcp',
    version: 'v0.3 (2026-05)',
    source: 'https://github.com/kagent-dev/kmcp/tree/main/pkg/controller/transportadapter',
    pods: [
      {
        part: '',
        labels: {
          'app.kubernetes.io/name': '{name}',
          'app.kubernetes.io/instance': '{name}',
          'app.kubernetes.io/managed-by': 'kmcp',
        },
        selector: ['app.kubernetes.io/name', 'app.kubernetes.io/instance'],
        moreLabels: 'spec.deployment.labels',
        image: 'spec.deployment.image',
        port: { name: '', at: 'spec.deployment.port', usual: 3000 },
      },
    ],
  },
];

/** The apiVersion and kind are those of a custom resource that is an MCP server. */
export const isMcpServerKind = (apiVersion: string, kind: string): boolean =>
  MCP_SERVER_KINDS.some(row => row.kind === kind && apiVersion.startsWith(`${row.group}/`));
