import { decodeFact, factKindOf } from './decode-gateway-fact.ts';
import { decodeMeta } from './decode-meta.ts';
import type { CidrReader } from './decode-peers.ts';
import { decodePolicy } from './decode-policy.ts';
import { decodePodSpec } from './decode-workload.ts';
import type { GatewayFact } from './gateway-fact.ts';
import { type McpServerKind, type OperatedPods, type OperatedPolicy, policyField } from './mcp-operators.ts';
import { namedIn } from './named-backends.ts';
import { type At, at, type Fields, fieldsAt, isFields, Reading, valueAt } from './reading.ts';
import type {
  Container,
  ExpectedFrom,
  KubeObject,
  Labels,
  Meta,
  NetworkPolicy,
  Route,
  Service,
  Workload,
} from './types.ts';
import { controllerLabelsOf } from './workload-kinds.ts';

const placeOf = (path: string): At =>
  path.split('.').reduce<At | undefined>((up, key) => at(up, key), undefined) ?? at(undefined, path);

const textAt = (fields: Fields, path: string | undefined): string => {
  const value = path === undefined ? undefined : valueAt(fields, path);
  return typeof value === 'string' ? value : '';
};

/** Labels with the resource's name in its place. */
const namedLabels = (labels: Readonly<Record<string, string>>, name: string): Labels =>
  new Map(Object.entries(labels).map(([key, value]) => [key, value.replace('{name}', name)]));

function labelsAt(fields: Fields, path: string, reading: Reading): Labels {
  const parent = path.slice(0, path.lastIndexOf('.'));
  const holder = valueAt(fields, parent);
  return isFields(holder)
    ? reading.labels(holder, path.slice(parent.length + 1), placeOf(parent))
    : new Map<string, string>();
}

function portsOf({ port }: OperatedPods, fields: Fields): Container['ports'] {
  const [field = '', quiet = ''] = port.unless ?? [];
  if (port.unless && (textAt(fields, field) || quiet) === quiet) return [];
  const written = port.at === undefined ? undefined : valueAt(fields, port.at);
  const number = typeof written === 'number' && written > 0 ? written : port.usual;
  return [{ name: port.name, number, protocol: 'TCP', hostPort: 0 }];
}

/** The container that the operator makes besides those of a template. */
function operatedContainer(pods: OperatedPods, fields: Fields): Container {
  const none = { command: [], args: [], env: [], variables: [], probes: [], role: 'container' } as const;
  const path = pods.image?.slice(0, pods.image.lastIndexOf('.')) ?? 'spec';
  return { ...none, name: '', image: textAt(fields, pods.image), ports: portsOf(pods, fields), path };
}

/** Tells of a field that limits nothing here. A profile that lets everything out would limit nothing anywhere. */
function warnOfUnenforced({ unenforced = '', operator }: McpServerKind, fields: Fields, reading: Reading): void {
  const held = valueAt(fields, unenforced);
  if (!isFields(held) || (held.type !== 'configmap' && held.name === 'network')) return;
  const message = `${operator} does not enforce this in Kubernetes: its network part keeps the server from nothing, NetworkPolicies alone do`;
  reading.warn('not-enforced', placeOf(unenforced), message);
}

/** What the pods ask of callers. What cannot be read of the metadata is told once, of the resource. */
function callersOf({ group, kind }: McpServerKind, { part }: OperatedPods, fields: Fields): GatewayFact | undefined {
  return part === '' && factKindOf(group, kind) ? decodeFact(group, kind, fields, new Reading()) : undefined;
}

function operatedBy(row: McpServerKind, pods: OperatedPods, { name }: Meta, fields: Fields): Workload['operator'] {
  const { operator, policy } = row;
  return {
    name: operator,
    policyFields: policy && { ingress: policyField(policy, 'ingress'), egress: policyField(policy, 'egress') },
    reachedFrom: pods.reachedFrom && namedLabels(pods.reachedFrom, name),
    reaches: pods.reaches && namedLabels(pods.reaches, name),
    callers: callersOf(row, pods, fields),
  };
}

function operatedWorkload(
  row: McpServerKind,
  pods: OperatedPods,
  meta: Meta,
  fields: Fields,
  reading: Reading,
): Workload {
  const { template = '', moreLabels, prefixes = [] } = pods;
  const held = valueAt(fields, template);
  const written = isFields(held) ? held : {};
  const place = placeOf(template || 'spec');
  const own = namedLabels(pods.labels, meta.name);
  const more = moreLabels === undefined ? new Map<string, string>() : labelsAt(fields, moreLabels, reading);
  const merged = reading.labels(fieldsAt(written, 'metadata'), 'labels', at(place, 'metadata'));
  const pod = decodePodSpec(fieldsAt(written, 'spec'), at(place, 'spec'), reading);
  return {
    ...pod,
    kind: row.kind,
    meta,
    part: pods.part,
    podLabels: new Map([...more, ...merged, ...own]),
    podAnnotations: reading.labels(fieldsAt(written, 'metadata'), 'annotations', at(place, 'metadata')),
    controllerLabels: controllerLabelsOf({ keys: ['pod-template-hash', 'controller-revision-hash'], prefixes }),
    ownPolicy: undefined,
    operator: operatedBy(row, pods, meta, fields),
    containers: [operatedContainer(pods, fields), ...pod.containers],
    selectorLabels: new Map([...own].filter(([key]) => pods.selector.includes(key))),
    podIPs: [],
    hostIPs: [],
    podSpecPath: template === '' ? 'spec' : `${template}.spec`,
    podLabelsPath: 'metadata.name',
  };
}

const listAt = (fields: Fields, path: string): readonly unknown[] => {
  const value = valueAt(fields, path);
  return Array.isArray(value) ? value : [];
};

const DNS_PORTS = [
  { port: 53, protocol: 'UDP' },
  { port: 53, protocol: 'TCP' },
];
const KUBE_SYSTEM = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } };

/** What is let out: everything, unless the resource says more. */
function egressManifest(policy: OperatedPolicy, fields: Fields): readonly Fields[] {
  const [to, ports] = [listAt(fields, policy.egressTo), listAt(fields, policy.egressPorts)];
  if (to.length + ports.length === 0) return [{}];
  return [
    { to: [valueAt(fields, policy.dnsPeer) ?? KUBE_SYSTEM], ports: DNS_PORTS },
    { ...(to.length > 0 && { to }), ...(ports.length > 0 && { ports }) },
  ];
}

function policyManifest(policy: OperatedPolicy, server: Workload, fields: Fields): Fields {
  const from = listAt(fields, policy.ingressFrom);
  const ports = server.containers.flatMap(container => container.ports).map(({ number }) => ({ port: number }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: server.meta.name, namespace: server.meta.namespace },
    spec: {
      podSelector: { matchLabels: Object.fromEntries(server.selectorLabels) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports, ...(from.length > 0 && { from }) }],
      egress: egressManifest(policy, fields),
    },
  };
}

const expectedFrom = ({ kind, meta }: Workload, fields: ExpectedFrom['fields']): ExpectedFrom => ({
  owner: { kind, namespace: meta.namespace, name: meta.name },
  fields,
});

/** The NetworkPolicy that the operator writes. What it could not read of the resource is an issue of the resource. */
function expectedPolicy(
  policy: OperatedPolicy,
  server: Workload,
  fields: Fields,
  reading: Reading,
  readCidr: CidrReader,
): NetworkPolicy {
  const own = new Reading();
  const decoded = decodePolicy(policyManifest(policy, server, fields), own, readCidr);
  for (const { severity, code, path, message } of own.issues) {
    const field = policy.fields.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'spec';
    if (severity === 'error') reading.error(code, placeOf(field), message);
  }
  return { ...decoded, expectedFrom: expectedFrom(server, policy.fields) };
}

/** The Service before the pods, where the resource publishes it. */
function expectedService(field: string, server: Workload, fields: Fields): readonly Service[] {
  const type = textAt(fields, field);
  if (type === '' || type === 'ClusterIP') return [];
  const ports = server.containers.flatMap(container => container.ports);
  return [
    {
      kind: 'Service',
      meta: { ...server.meta, name: `${server.meta.name} of its operator`, labels: new Map(), annotations: new Map() },
      type,
      selector: server.selectorLabels,
      ports: ports.map(({ number }) => {
        return { name: '', number, nodePort: 0, protocol: 'TCP', appProtocol: '', targetPort: number };
      }),
      externalIPs: [],
      aliasOf: undefined,
      loadBalancerIPs: [],
      expectedFrom: expectedFrom(server, [['spec', field]]),
    },
  ];
}

/** What the resource names as an MCP server: a reference, like those of gateways. */
function namedServers({ kind, group, names = [] }: McpServerKind, meta: Meta, fields: Fields): readonly Route[] {
  const backends = namedIn(fieldsAt(fields, 'spec'), names, meta);
  return backends.length === 0 ? [] : [{ kind, group, meta, through: [], backends, isBackend: false, isMcp: true }];
}

/** What an operator makes of a resource that is an MCP server, and what it names as one. No pods where the resource names a workload that runs already. */
export function decodeMcpServer(
  row: McpServerKind,
  fields: Fields,
  reading: Reading,
  readCidr: CidrReader,
): readonly KubeObject[] {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const named = namedServers(row, meta, fields);
  if (row.reference !== undefined && isFields(valueAt(fields, row.reference))) return named;
  const workloads = row.pods.map(pods => operatedWorkload(row, pods, meta, fields, reading));
  const [server] = workloads;
  warnOfUnenforced(row, fields, reading);
  if (server === undefined) return [];
  return [
    ...workloads,
    ...(row.policy ? [expectedPolicy(row.policy, server, fields, reading, readCidr)] : []),
    ...(row.serviceType ? expectedService(row.serviceType, server, fields) : []),
    ...named,
  ];
}
