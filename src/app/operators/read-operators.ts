import { type Fields, fieldsAt, isFields, objectsAt, own, valueAt } from '../../core/kube/reading.ts';
import type { GrantList } from './grantable.ts';
import { BUILTIN_PROFILES, type Outbound, readOutbound, readOutboundText } from './outbound.ts';

/** A port of a NetworkPolicy as it is written. */
type Port = Readonly<Record<string, unknown>>;

/** One thing that an operator's object asks for. */
export type Asked =
  | { readonly kind: 'host'; readonly host: string; readonly ports: readonly Port[] }
  | { readonly kind: 'peer'; readonly list: GrantList; readonly peer: Fields; readonly ports: readonly Port[] }
  /** It asks for what cannot be listed, or does not say what it asks for. */
  | { readonly kind: 'unlisted'; readonly what: string; readonly why: string };

/** What stands in one field of an object. */
interface AskedIn {
  readonly field: string;
  readonly asks: readonly Asked[];
}

/** An object as it stands in the input. */
export interface OperatorObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: Fields;
}

/** The text of a key of a ConfigMap; `undefined`: the input does not hold it. */
export type FindText = (namespace: string, configMap: string, key: string) => string | undefined;

type Reader = (object: OperatorObject, find: FindText) => readonly AskedIn[];

/** A kind of resource, and how what it asks for is read. */
export interface OperatorKind {
  readonly group: string;
  readonly kind: string;
  /** In names of entries. */
  readonly called: string;
  readonly read: Reader;
}

const PROFILE = 'spec.permissionProfile';

const tcp = (port: number): Port => ({ protocol: 'TCP', port });

/** A host with its port, where one is written behind it. */
function hostAsked(text: string, ports: readonly Port[]): Asked {
  const [, host = '', port = ''] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  return port === '' ? { kind: 'host', host: text, ports } : { kind: 'host', host, ports: [tcp(Number(port))] };
}

function outboundAsks({ isEverything, hosts, ports }: Outbound): readonly Asked[] {
  const listed = hosts.map(host => hostAsked(host, ports.map(tcp)));
  if (isEverything) {
    const why = 'needs no grant: servers of a namespace without domains are let out to it';
    return [...listed, { kind: 'unlisted', what: 'all of the internet', why }];
  }
  if (hosts.length === 0 && ports.length > 0)
    return [{ kind: 'unlisted', what: `port ${ports.join(', ')} of any host`, why: 'names no host' }];
  return listed;
}

function configuredProfile(profile: Fields, namespace: string, find: FindText): AskedIn {
  const [name, key] = [String(own(profile, 'name') ?? ''), String(own(profile, 'key') ?? '')];
  const field = `${PROFILE}, ConfigMap ${name}, key ${key}`;
  const text = find(namespace, name, key);
  const why = text === undefined ? 'is not in the input' : 'is no permission profile in JSON';
  const outbound = text === undefined ? undefined : readOutboundText(text);
  const what = 'the profile';
  return { field, asks: outbound ? outboundAsks(outbound) : [{ kind: 'unlisted', what, why }] };
}

/** toolhive.stacklok.dev MCPServer: a profile of a ConfigMap, one that is built in, or one that is written in place. */
const readProfile: Reader = ({ namespace, spec }, find) => {
  const profile = own(spec, 'permissionProfile');
  if (!isFields(profile)) return [];
  if (own(profile, 'network') !== undefined)
    return [{ field: `${PROFILE}.network.outbound`, asks: outboundAsks(readOutbound(profile)) }];
  if (own(profile, 'type') === 'configmap') return [configuredProfile(profile, namespace, find)];
  const builtin = BUILTIN_PROFILES.get(String(own(profile, 'name') ?? ''));
  return builtin === undefined ? [] : [{ field: PROFILE, asks: outboundAsks(builtin) }];
};

/** toolhive.stacklok.dev MCPRemoteProxy: the server that it stands in front of. */
const readRemote: Reader = ({ spec }) => {
  const field = ['remoteUrl', 'remoteURL'].find(key => own(spec, key) !== undefined);
  if (field === undefined) return [];
  const url = URL.parse(String(own(spec, field)));
  const ask: Asked =
    url === null
      ? { kind: 'unlisted', what: String(own(spec, field)), why: 'is no URL' }
      : hostAsked(url.hostname, [tcp(Number(url.port) || (url.protocol === 'http:' ? 80 : 443))]);
  return [{ field: `spec.${field}`, asks: [ask] }];
};

/** mcp.x-k8s.io MCPServer: peers as NetworkPolicy writes them. */
const readNetwork: Reader = ({ spec }) => {
  const port = valueAt(spec, 'config.port');
  const own = [tcp(typeof port === 'number' ? port : 8080)];
  const ports = objectsAt(spec, 'network.egressPorts');
  const asks = (list: GrantList, path: string, on: readonly Port[]): AskedIn => ({
    field: `spec.${path}`,
    asks: objectsAt(spec, path).map(peer => ({ kind: 'peer', list, peer, ports: on })),
  });
  return [asks('allowedClients', 'network.ingressFrom', own), asks('allowedDestinations', 'network.egressTo', ports)];
};

/** The resources that say something of egress or of clients. A line of data each. Sources: those of `core/kube/mcp-operators`. */
const OPERATOR_KINDS: readonly OperatorKind[] = [
  { group: 'toolhive.stacklok.dev', kind: 'MCPServer', called: 'toolhive', read: readProfile },
  { group: 'toolhive.stacklok.dev', kind: 'MCPRemoteProxy', called: 'toolhive-proxy', read: readRemote },
  { group: 'mcp.x-k8s.io', kind: 'MCPServer', called: 'mcp-lifecycle', read: readNetwork },
];

/** The row of an object's kind, whatever the version; `undefined`: nothing is read of it. */
export function operatorKindOf(value: Fields): OperatorKind | undefined {
  const group = String(own(value, 'apiVersion') ?? '').split('/')[0];
  return OPERATOR_KINDS.find(row => row.group === group && row.kind === own(value, 'kind'));
}

/** The part of a manifest that is read. `namespace`: of one that names none. */
export function operatorObject(value: Fields, namespace: string): OperatorObject {
  const metadata = fieldsAt(value, 'metadata');
  return {
    kind: String(own(value, 'kind') ?? ''),
    namespace: String(own(metadata, 'namespace') || namespace),
    name: String(own(metadata, 'name') ?? own(metadata, 'generateName') ?? ''),
    spec: fieldsAt(value, 'spec'),
  };
}
