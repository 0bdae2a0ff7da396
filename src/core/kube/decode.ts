import { CALICO_GROUPS } from './calico.ts';
import { decodeCalicoNetworkSet, decodeCalicoTier } from './decode-calico.ts';
import { decodeCidrGroup } from './decode-cilium-cidr-group.ts';
import { decodeEndpointSlice, decodeEndpoints } from './decode-endpoints.ts';
import { decodeForeignPolicy, isForeignPolicy } from './decode-foreign.ts';
import { decodeGateException } from './decode-gate-exception.ts';
import { decodeFact, factKindOf, isUnknownPolicy, unreadControls } from './decode-gateway-fact.ts';
import { decodeMcpServer } from './decode-mcp-server.ts';
import { decodeMeta, withLabel } from './decode-meta.ts';
import { decodeNode } from './decode-node.ts';
import { decodeOtherRoute, isOtherRoute } from './decode-other-route.ts';
import { type CidrReader, createCidrReader } from './decode-peers.ts';
import { decodePolicy } from './decode-policy.ts';
import { decodeGatewayRoute, decodeIngress } from './decode-route.ts';
import { decodeService } from './decode-service.ts';
import { decodeWorkloads } from './decode-workload.ts';
import { decodeSettings } from './gateway-settings.ts';
import { MCP_SERVER_KINDS } from './mcp-operators.ts';
import { OWN_GROUP, OWN_VERSION } from './own-kinds.ts';
import { at, type Fields, type Issue, own, Reading } from './reading.ts';
import { MAX_OBJECT_VALUES, outlineOf, sizeOf } from './size.ts';
import { entryPointsOf } from './traefik-entry-points.ts';
import type { KubeObject, Namespace } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';
import { WORKLOADS } from './workload-kinds.ts';

/**
 * What became of one raw object.
 * `other`: a kind that is not judged, or not one of Kubernetes' (passed over, to be counted).
 * `unreadable`: a judged kind of which nothing usable could be made.
 */
export type Decoded =
  | {
      readonly kind: 'object';
      readonly object: KubeObject;
      /** What the same object is besides: each further pod template that it holds. Absent: nothing. */
      readonly more?: readonly KubeObject[];
      readonly issues: readonly Issue[];
    }
  | { readonly kind: 'other'; readonly apiVersion: string; readonly objectKind: string }
  | { readonly kind: 'unreadable'; readonly issues: readonly Issue[] };

/** What an object is: nothing, one thing, or several, as an object with several pod templates. */
type Decode = (fields: Fields, reading: Reading, apiVersion: string) => readonly KubeObject[];

interface JudgedKind {
  readonly group: string;
  /** Versions that are read alike; empty: all. */
  readonly versions: readonly string[];
  readonly decode: Decode;
}

function decodeNamespace(fields: Fields, reading: Reading): Namespace {
  const meta = decodeMeta(fields, reading, 'cluster');
  return { kind: 'Namespace', meta: { ...meta, labels: withLabel(meta.labels, NAMESPACE_NAME_LABEL, meta.name) } };
}

/** Versions of gateway.networking.k8s.io that are read alike, newest first. */
export const GATEWAY_VERSIONS: readonly string[] = ['v1', 'v1beta1', 'v1alpha3', 'v1alpha2'];
/** Kinds of routes of gateway.networking.k8s.io. */
export const GATEWAY_ROUTES: readonly string[] = ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'];

/** Every judged kind by `group/Kind`. */
function judgedKinds(readCidr: CidrReader): ReadonlyMap<string, JudgedKind> {
  const kinds = new Map<string, JudgedKind>();
  const add = (kind: string, group: string, versions: readonly string[], decode: Decode): void => {
    kinds.set(`${group}/${kind}`, { group, versions, decode });
  };
  add('NetworkPolicy', 'networking.k8s.io', ['v1'], (fields, reading) => [decodePolicy(fields, reading, readCidr)]);
  add('Namespace', '', ['v1'], (fields, reading) => [decodeNamespace(fields, reading)]);
  add('Service', '', ['v1'], (fields, reading) => [decodeService(fields, reading)]);
  add('Endpoints', '', ['v1'], (fields, reading) => [decodeEndpoints(fields, reading)]);
  add('EndpointSlice', 'discovery.k8s.io', ['v1', 'v1beta1'], (fields, reading) => [
    decodeEndpointSlice(fields, reading),
  ]);
  add('CiliumCIDRGroup', 'cilium.io', ['v2', 'v2alpha1'], (fields, reading) => [
    decodeCidrGroup(fields, reading, readCidr),
  ]);
  add('ConfigMap', '', ['v1'], decodeSettings);
  add('Node', '', ['v1'], (fields, reading) => [decodeNode(fields, reading)]);
  add('Ingress', 'networking.k8s.io', ['v1'], (fields, reading) => [decodeIngress(fields, reading)]);
  add('GateException', OWN_GROUP, [OWN_VERSION], (fields, reading) => [decodeGateException(fields, reading)]);
  for (const row of WORKLOADS) {
    add(row.kind, row.group, row.versions, (fields, reading) => {
      const workloads = decodeWorkloads(row, fields, reading);
      return [...workloads, ...workloads.flatMap(entryPointsOf)];
    });
  }
  for (const row of MCP_SERVER_KINDS) {
    add(row.kind, row.group, [], (fields, reading) => decodeMcpServer(row, fields, reading, readCidr));
  }
  for (const group of CALICO_GROUPS) {
    add('Tier', group, [], (fields, reading, apiVersion) => [decodeCalicoTier(apiVersion, fields, reading)]);
    for (const kind of ['NetworkSet', 'GlobalNetworkSet'] as const) {
      add(kind, group, [], (fields, reading, apiVersion) => [
        decodeCalicoNetworkSet(kind, apiVersion, fields, reading, readCidr),
      ]);
    }
  }
  for (const kind of GATEWAY_ROUTES) {
    add(kind, 'gateway.networking.k8s.io', GATEWAY_VERSIONS, (fields, reading) => [
      decodeGatewayRoute(kind, fields, reading),
    ]);
  }
  return kinds;
}

/** Groups that served a judged kind once: an object of theirs is an old manifest, not a stranger. */
const FORMER_GROUPS: ReadonlySet<string> = new Set(['extensions', 'apps', 'networking.k8s.io', 'batch', '']);

function splitVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

const isServedAt = ({ versions }: JudgedKind, version: string): boolean =>
  versions.length === 0 || versions.includes(version);

function unknownVersion(kind: string, apiVersion: string, known: readonly JudgedKind[]): Decoded {
  const reading = new Reading();
  const served = known.flatMap(({ group, versions }) =>
    versions.map(version => (group ? `${group}/${version}` : version)),
  );
  reading.error(
    'unknown-api-version',
    at(undefined, 'apiVersion'),
    `${kind} is served at ${served.join(', ')}, not at "${apiVersion}"`,
  );
  return { kind: 'unreadable', issues: reading.issues };
}

/** The outline of an object that is too large: what it leaves out may open anything. */
function outlined(object: KubeObject): KubeObject {
  const { namespace } = object.meta;
  if ('controls' in object)
    return { ...object, controls: unreadControls('spec', 'it is too large to be judged'), incomplete: true };
  // To which Services it leads is not kept: it may lead to any of its namespace.
  if ('backends' in object) return { ...object, backends: [{ path: 'spec', kind: 'Service', namespace, name: '' }] };
  if ('says' in object) return { ...object, directions: ['ingress', 'egress'], says: undefined, incomplete: true };
  return 'incomplete' in object ? { ...object, incomplete: true } : object;
}

/** Kinds of other APIs are read alike in every version; `undefined` of a kind that is none of them. */
function otherApi(group: string, kind: string, value: Fields, readCidr: CidrReader): Decode | undefined {
  if (isForeignPolicy(group, kind))
    return (fields, reading, apiVersion) => {
      const policy = decodeForeignPolicy(group, kind, apiVersion, fields, reading, readCidr);
      return policy === undefined ? [] : [policy];
    };
  if (isOtherRoute(group, kind)) return (fields, reading) => [decodeOtherRoute(group, kind, fields, reading)];
  const fact = factKindOf(group, kind);
  if (fact?.beside || (fact === undefined && !isUnknownPolicy(group, kind, value))) return undefined;
  return (fields, reading) => [decodeFact(group, kind, fields, reading)];
}

/** Decodes an object with its size, or the outline of one that is too large. A Namespace is always whole: its labels say how it is judged. */
function sized(fields: Fields, decode: (fields: Fields) => readonly KubeObject[]): readonly KubeObject[] {
  const size = own(fields, 'kind') === 'Namespace' ? 0 : sizeOf(fields);
  const objects = size > MAX_OBJECT_VALUES ? decode(outlineOf(fields)).map(outlined) : decode(fields);
  return objects.map(object => ({ ...object, meta: { ...object.meta, size } }));
}

/** What was read of one object; of one that is nothing that is judged, as an empty list of Jobs, its kind. */
function decodedAs(
  [object, ...more]: readonly KubeObject[],
  { issues }: Reading,
  type: { readonly apiVersion: string; readonly objectKind: string },
): Decoded {
  if (object === undefined) return issues.length > 0 ? { kind: 'unreadable', issues } : { kind: 'other', ...type };
  return { kind: 'object', object, ...(more.length > 0 && { more }), issues };
}

/** Reads raw objects of any kind; `null` is what a YAML parser gives for an empty document. Keeps what it has read of CIDR text, so one decoder should serve a whole run. */
export type Decoder = (value: Fields | null) => Decoded;

/** A decoder. The value must carry string `apiVersion` and `kind`; nothing is ever thrown for what it holds. */
export function createDecoder(): Decoder {
  const readCidr = createCidrReader();
  const kinds = judgedKinds(readCidr);
  const byName = new Map<string, readonly JudgedKind[]>();
  for (const [key, judged] of kinds) {
    const name = key.slice(key.indexOf('/') + 1);
    byName.set(name, [...(byName.get(name) ?? []), judged]);
  }
  return given => {
    const value = given ?? {};
    const apiVersion = own(value, 'apiVersion');
    const kind = own(value, 'kind');
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
      const reading = new Reading();
      reading.error('no-kind', undefined, 'an object needs apiVersion and kind, both strings');
      return { kind: 'unreadable', issues: reading.issues };
    }
    const { group, version } = splitVersion(apiVersion);
    const reading = new Reading();
    const decodeOther = otherApi(group, kind, value, readCidr);
    if (decodeOther !== undefined) {
      const objects = sized(value, fields => decodeOther(fields, reading, apiVersion));
      return decodedAs(objects, reading, { apiVersion, objectKind: kind });
    }
    const judged = kinds.get(`${group}/${kind}`);
    if (judged === undefined || !isServedAt(judged, version)) {
      const former = byName.get(kind);
      const isFormer = former !== undefined && (judged !== undefined || FORMER_GROUPS.has(group));
      return isFormer ? unknownVersion(kind, apiVersion, former) : { kind: 'other', apiVersion, objectKind: kind };
    }
    const objects = sized(value, fields => judged.decode(fields, reading, apiVersion));
    return decodedAs(objects, reading, { apiVersion, objectKind: kind });
  };
}
