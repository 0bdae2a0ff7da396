import type { McpJudgement } from '../../core/decision.ts';
import { formatPath, type PathSegment } from '../../core/field-path.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import type { Workload } from '../../core/kube/types.ts';
import { isWorkload } from '../../core/world.ts';
import type { ClientServer, Placed, PublishedPort } from './client-server.ts';
import type { KnownFile } from './clients.ts';
import { settingsIn } from './read-servers.ts';
import { withoutReferences } from './references.ts';

/** Says of a workload whether it is an MCP server: the detection of servers in a cluster. */
export type Detect = (subject: Workload) => McpJudgement;

type Path = readonly PathSegment[];

/** A service of a Compose file that is an MCP server, and why. */
export interface ComposeServer {
  readonly server: ClientServer;
  readonly mcp: McpJudgement;
}

/** A command as a list, or as a text that Compose splits as a shell does. */
function commandOf(service: Fields, key: string): readonly string[] {
  const value = own(service, key);
  if (typeof value === 'string') return value === '' ? [] : ['sh', '-c', value];
  return Array.isArray(value) ? value.map(String) : [];
}

function wordsAt(service: Fields, key: string, path: Path): readonly Placed[] {
  const value = own(service, key);
  const at = (...more: Path): string => formatPath([...path, key, ...more]);
  if (typeof value === 'string') return value.split(/\s+/).flatMap(text => (text === '' ? [] : [{ text, path: at() }]));
  return Array.isArray(value) ? value.map((text, index) => ({ text: String(text), path: at(index) })) : [];
}

/** A map, or a list of `KEY=value`. */
function pairsOf(service: Fields, key: string): ReadonlyMap<string, string> {
  const value = own(service, key);
  const pairs = Array.isArray(value)
    ? value.map(one => /^([^=]*)=?(.*)$/s.exec(String(one))?.slice(1) ?? [])
    : isFields(value)
      ? Object.entries(value)
      : [];
  return new Map(pairs.map(([name, text]) => [String(name), String(text ?? '')] as const));
}

const LOOPBACK = /^(?:127\.|\[?::1\]?$|localhost$)/;

/** `[host address:][port of the host:]port of the container[/protocol]`. Source: Compose specification, `ports`. */
function shortPort(text: string, path: string): PublishedPort {
  const [, address = ''] = /^(\[[^\]]*\]|[^:]*):[^:]*:[^:]*$/.exec(withoutReferences(text, '0')) ?? [];
  return { says: text, path, isLoopback: LOOPBACK.test(address) };
}

function publishedPort(value: unknown, path: string): readonly PublishedPort[] {
  if (!isFields(value)) return [shortPort(String(value), path)];
  const [published, target, address] = ['published', 'target', 'host_ip'].map(key => String(own(value, key) ?? ''));
  return [{ says: `${published || 'any'}:${target}`, path, isLoopback: LOOPBACK.test(address ?? '') }];
}

function publishedOf(service: Fields, path: Path): readonly PublishedPort[] {
  const ports = own(service, 'ports');
  if (!Array.isArray(ports)) return [];
  return ports.flatMap((one, index) => publishedPort(one, formatPath([...path, 'ports', index])));
}

/** Ports of the container itself, by which detection knows that it listens. */
function containerPorts(service: Fields): readonly number[] {
  const lists = ['ports', 'expose'].map(key => own(service, key));
  const written = lists.flatMap(list => (Array.isArray(list) ? list : []));
  return written.flatMap(one => {
    const text = isFields(one) ? String(own(one, 'target')) : withoutReferences(String(one), '0');
    const port = Number(/(\d+)(?:-\d+)?(?:\/\w+)?$/.exec(text)?.[1]);
    return port >= 1 && port <= 65535 ? [port] : [];
  });
}

/** What would run of a service in a cluster. */
function podOf(name: string, service: Fields): Fields {
  const image = own(service, 'image');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'compose', labels: Object.fromEntries(pairsOf(service, 'labels')) },
    spec: {
      containers: [
        {
          name,
          image: typeof image === 'string' ? withoutReferences(image, '') : '',
          command: commandOf(service, 'entrypoint'),
          args: commandOf(service, 'command'),
          env: [...pairsOf(service, 'environment')].map(([key, value]) => ({ name: key, value })),
          ports: containerPorts(service).map(containerPort => ({ containerPort })),
        },
      ],
    },
  };
}

function serverOf(name: string, service: Fields, { client, folder }: KnownFile): ClientServer {
  const path: Path = ['services', name];
  const image = own(service, 'image');
  const usesHost = own(service, 'network_mode') === 'host';
  return {
    ref: { kind: client, namespace: folder, name },
    path: formatPath(path),
    isEnabled: true,
    isBridge: false,
    urls: [],
    words: [...wordsAt(service, 'entrypoint', path), ...wordsAt(service, 'command', path)],
    settings: ['environment', 'labels'].flatMap(key => settingsIn(key, own(service, key) ?? null, [...path, key])),
    container: {
      image: { text: typeof image === 'string' ? image : '', path: formatPath([...path, 'image']) },
      published: publishedOf(service, path),
      ...(usesHost && { hostNetwork: formatPath([...path, 'network_mode']) }),
    },
  };
}

/** The services of a Compose file that are MCP servers, by the detection that knows them in a cluster. */
export function composeServers(
  value: unknown,
  known: KnownFile,
  decode: Decoder,
  detect: Detect,
): readonly ComposeServer[] {
  if (!isFields(value)) return [];
  return Object.entries(fieldsAt(value, 'services')).flatMap(([name, service]) => {
    if (!isFields(service)) return [];
    const decoded = decode(podOf(name, service));
    if (decoded.kind !== 'object' || !isWorkload(decoded.object)) return [];
    const mcp = detect(decoded.object);
    return mcp.standing === 'no' ? [] : [{ server: serverOf(name, service, known), mcp }];
  });
}
