import { canonicalAddress } from './decode-endpoints.ts';
import { decodeMeta } from './decode-meta.ts';
import { containerAccess, NO_NODE_ACCESS, type NodeAccess, podAccess } from './node-access.ts';
import { foundTemplates, type Template } from './pod-templates.ts';
import { type At, at, type Fields, fieldsAt, fitted, isFields, NO_ITEMS, own, pathText, Reading } from './reading.ts';
import type { Container, ContainerPort, HttpProbe, Labels, Meta, Variable, Workload } from './types.ts';
import { toldKind, type WorkloadKind } from './workload-kinds.ts';

const ROLES = [
  ['initContainers', 'init'],
  ['containers', 'container'],
  ['ephemeralContainers', 'ephemeral'],
] as const;

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const PORT_PROTOCOLS: ReadonlyMap<string, ContainerPort['protocol']> = new Map([
  ['TCP', 'TCP'],
  ['UDP', 'UDP'],
  ['SCTP', 'SCTP'],
]);

function decodePorts(container: Fields, place: At, reading: Reading): readonly ContainerPort[] {
  const portsPlace = at(place, 'ports');
  const ports = reading.list(container, 'ports', place).flatMap((item, index) => {
    const fields = reading.fields(item, at(portsPlace, index));
    if (fields === undefined) return [];
    const written = reading.string(fields, 'protocol', at(portsPlace, index)) ?? 'TCP';
    const protocol = PORT_PROTOCOLS.get(written);
    if (protocol === undefined) {
      reading.error('invalid-port', at(at(portsPlace, index), 'protocol'), `"${written}" is none of TCP, UDP, SCTP`);
      return [];
    }
    return {
      name: reading.string(fields, 'name', at(portsPlace, index)) ?? '',
      number: reading.integer(fields, 'containerPort', at(portsPlace, index)) ?? 0,
      protocol,
      hostPort: reading.integer(fields, 'hostPort', at(portsPlace, index)) ?? 0,
    };
  });
  return fitted(ports);
}

function decodeProbes(container: Fields, place: At, reading: Reading): readonly HttpProbe[] {
  const probes = PROBES.flatMap(field => {
    const probe = reading.object(container, field, place);
    const http = probe && reading.object(probe, 'httpGet', at(place, field));
    const path = http && own(http, 'path');
    return typeof path === 'string' ? { field, path } : [];
  });
  return fitted(probes);
}

function decodeEnv(container: Fields, place: At, reading: Reading): readonly string[] {
  const names = reading.list(container, 'env', place).flatMap((item, index) => {
    const fields = reading.fields(item, at(at(place, 'env'), index));
    return (fields && reading.string(fields, 'name', at(at(place, 'env'), index))) ?? [];
  });
  return fitted(names);
}

const REFERENCE = /\$[({]?[!#]?([A-Za-z_][A-Za-z0-9_.-]*)/g;

/** Names that stand after a `$`, as the kubelet (`$(NAME)`) and shells (`$NAME`, `${NAME}`) refer to variables. */
function referencesIn(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap(text => Array.from(text.matchAll(REFERENCE), ([, name = '']) => name)));
}

/** Of a longer value, which execve(2) refuses, one character more is kept: whoever reads it sees that it is too long. */
const MAX_VALUE = 128 * 1024;

function decodeVariables(container: Fields, words: readonly string[]): readonly Variable[] {
  if (!words.some(word => word.includes('$'))) return NO_ITEMS;
  const env = own(container, 'env');
  const literal = (Array.isArray(env) ? env : []).flatMap((item: unknown): Variable | readonly [] => {
    const [name, value] = isFields(item) ? [own(item, 'name'), own(item, 'value')] : [];
    return typeof name === 'string' && typeof value === 'string' ? { name, value: value.slice(0, MAX_VALUE + 1) } : [];
  });
  const named = referencesIn([...words, ...literal.map(({ value }) => value)]);
  return literal.filter(({ name }) => named.has(name));
}

function decodeContainer(fields: Fields, place: At, role: Container['role'], reading: Reading): Container {
  const command = reading.strings(fields, 'command', place);
  const args = reading.strings(fields, 'args', place);
  return {
    name: reading.string(fields, 'name', place) ?? '',
    image: reading.string(fields, 'image', place) ?? '',
    command,
    args,
    env: decodeEnv(fields, place, reading),
    variables: decodeVariables(fields, [...command, ...args]),
    ports: decodePorts(fields, place, reading),
    probes: decodeProbes(fields, place, reading),
    path: pathText(place),
    role: role === 'init' && own(fields, 'restartPolicy') === 'Always' ? 'sidecar' : role,
  };
}

/** A container that is still to be read. */
interface RawContainer {
  readonly fields: Fields;
  readonly place: At;
  readonly role: Container['role'];
}

/** Containers of every kind, init and ephemeral ones too. */
function rawContainers(podSpec: Fields, place: At, reading: Reading): readonly RawContainer[] {
  return ROLES.flatMap(([field, role]) =>
    reading.list(podSpec, field, place).flatMap((item, index) => {
      const itemPlace = at(at(place, field), index);
      const fields = reading.fields(item, itemPlace);
      return fields === undefined ? [] : { fields, place: itemPlace, role };
    }),
  );
}

/** What the Pod itself and each of its containers ask for. */
function decodeNodeAccess(
  spec: Fields,
  place: At,
  containers: readonly RawContainer[],
  reading: Reading,
): readonly NodeAccess[] {
  const all = [
    ...podAccess(spec, place, reading),
    ...containers.flatMap(container => containerAccess(container.fields, container.place, reading)),
  ];
  return all.length === 0 ? NO_NODE_ACCESS : all;
}

/** Addresses stand in a list, and in a field of their own since before there could be two. */
function decodeAddresses(status: Fields, list: string, single: string, reading: Reading): readonly string[] {
  const place = at(undefined, 'status');
  const listed = reading.objects(status, list, place).flatMap(([entry, up]) => reading.string(entry, 'ip', up) ?? []);
  const alone = reading.string(status, single, place);
  return fitted(listed.length > 0 ? listed : alone ? [alone] : []);
}

const NO_STATUS: Pick<Workload, 'podIPs' | 'hostIPs'> = { podIPs: [], hostIPs: [] };

function decodePodStatus(fields: Fields, reading: Reading): typeof NO_STATUS {
  const status = reading.object(fields, 'status', undefined);
  if (status === undefined) return NO_STATUS;
  return {
    podIPs: decodeAddresses(status, 'podIPs', 'podIP', reading),
    hostIPs: decodeAddresses(status, 'hostIPs', 'hostIP', reading).map(canonicalAddress),
  };
}

/** spec.selector.matchLabels, or the plain map of a ReplicationController; where there is none, what the controller sets to the object's name. */
function decodeSelectorLabels({ selector }: WorkloadKind, fields: Fields, fixed: Labels, reading: Reading): Labels {
  // Whoever went down to the pod spec has told already if this is no object.
  const spec = selector === 'none' ? undefined : new Reading().object(fields, 'spec', undefined);
  if (spec === undefined) return fixed;
  const place = at(undefined, 'spec');
  if (selector === 'map') return reading.labels(spec, 'selector', place);
  const written = reading.object(spec, 'selector', place);
  return written === undefined ? new Map() : reading.labels(written, 'matchLabels', at(place, 'selector'));
}

/** Labels that the controller sets to what follows from the object. */
function fixedLabels({ labels }: WorkloadKind, meta: Meta, part: string): Labels {
  const values = { name: meta.name, part };
  return new Map(Object.entries(labels).map(([key, source]) => [key, values[source]]));
}

/** The pods of a virtual machine are given its further networks as a Pod is: by the annotations of Multus. */
function machineNetworks(spec: Fields, place: At, reading: Reading): Labels {
  const annotations = new Map<string, string>();
  for (const network of reading.list(spec, 'networks', place).filter(isFields)) {
    const multus = fieldsAt(network, 'multus');
    const name = own(multus, 'networkName');
    if (typeof name !== 'string') continue;
    const key = own(multus, 'default') === true ? 'v1.multus-cni.io/default-network' : 'k8s.v1.cni.cncf.io/networks';
    annotations.set(key, [...(annotations.has(key) ? [annotations.get(key)] : []), name].join(','));
  }
  return annotations;
}

const merged = (first: Labels, second: Labels): Labels =>
  first.size === 0 ? second : second.size === 0 ? first : new Map([...first, ...second]);

/** What of a pod spec is judged. */
type PodSpec = Pick<
  Workload,
  'hostNetwork' | 'containers' | 'nodeAccess' | 'schedulingGates' | 'nodeName' | 'serviceAccount'
>;

/** A pod spec, of which `place` is the field. */
export function decodePodSpec(spec: Fields, place: At, reading: Reading): PodSpec {
  const containers = rawContainers(spec, place, reading);
  const gatesPlace = at(place, 'schedulingGates');
  return {
    hostNetwork: reading.boolean(spec, 'hostNetwork', place) ?? false,
    containers: containers.map(one => decodeContainer(one.fields, one.place, one.role, reading)),
    nodeAccess: decodeNodeAccess(spec, place, containers, reading),
    schedulingGates: fitted(
      reading.list(spec, 'schedulingGates', place).flatMap((item, index) => {
        const gate = reading.fields(item, at(gatesPlace, index));
        return (gate && reading.string(gate, 'name', at(gatesPlace, index))) ?? [];
      }),
    ),
    nodeName: reading.string(spec, 'nodeName', place) ?? '',
    serviceAccount:
      reading.string(spec, 'serviceAccountName', place) || reading.string(spec, 'serviceAccount', place) || 'default',
  };
}

function decodeTemplate(row: WorkloadKind, meta: Meta, template: Template, fields: Fields, reading: Reading): Workload {
  const { spec, specPlace, metadata, metadataPlace, part, isElsewhere } = template;
  const { kind, group } = row;
  const isPod = kind === 'Pod';
  const fixed = fixedLabels(row, meta, part);
  const networks = group === 'kubevirt.io' ? machineNetworks(spec, specPlace, reading) : new Map<string, string>();
  const labels = metadata === undefined ? meta.labels : reading.labels(metadata, 'labels', metadataPlace);
  const annotations =
    metadata === undefined ? meta.annotations : reading.labels(metadata, 'annotations', metadataPlace);
  return {
    kind: toldKind(group, kind),
    meta,
    part,
    podLabels: merged(labels, fixed),
    podAnnotations: merged(annotations, networks),
    controllerLabels: isElsewhere ? { ...row.controllerLabels, anyOther: true } : row.controllerLabels,
    ownPolicy: row.policy,
    operator: undefined,
    ...decodePodSpec(spec, specPlace, reading),
    selectorLabels: decodeSelectorLabels(row, fields, fixed, reading),
    ...(isPod ? decodePodStatus(fields, reading) : NO_STATUS),
    podSpecPath: pathText(specPlace),
    podLabelsPath: pathText(at(metadataPlace, 'labels')),
  };
}

/**
 * The Pods that an object makes, or the Pod that it is: a workload for each of its templates, of which there may be none. Only what the judge looks at is
 * read; the API server checks the rest.
 */
export function decodeWorkloads(row: WorkloadKind, fields: Fields, reading: Reading): readonly Workload[] {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const workloads = foundTemplates(row, fields, reading).map(template =>
    decodeTemplate(row, meta, template, fields, reading),
  );
  return workloads.length === 1 ? workloads.map(only => ({ ...only, part: '' })) : workloads;
}
