import type { McpJudgement } from '../../../core/decision.ts';
import { formatPath, type PathSegment } from '../../../core/field-path.ts';
import type { Decoder } from '../../../core/kube/decode.ts';
import { type Fields, isFields, own } from '../../../core/kube/reading.ts';
import type { Workload } from '../../../core/kube/types.ts';
import { isWorkload } from '../../../core/world/object-kinds.ts';
import type { ClientServer, Placed, PublishedPort } from '../client-server.ts';
import { type KnownFile, knownFile, otherFile } from '../clients.ts';
import { settingsIn } from '../read-servers.ts';
import { withoutReferences } from '../references.ts';
import type { Application } from './applications.ts';
import { environmentOf, fieldOf, itemsOf, layersWith, pairsOf, type Service } from './service.ts';

/** Says of a workload whether it is an MCP server: the detection of servers in a cluster. */
export type Detect = (subject: Workload) => McpJudgement;

/** A service of a Compose file that is an MCP server, and why. */
export interface ComposeServer {
  readonly server: ClientServer;
  readonly mcp: McpJudgement;
}

/** A command as a list, or as a text that Compose splits as a shell does. */
function commandOf(service: Service, key: string): readonly string[] {
  const { value } = fieldOf(service, key);
  if (typeof value === 'string') return value === '' ? [] : ['sh', '-c', value];
  return Array.isArray(value) ? value.map(String) : [];
}

const wordsIn = (text: string): readonly string[] => text.split(/\s+/).filter(word => word !== '');

/** The words of a command with what the file has in their places. Where variables hold several words, of theirs nothing is known. */
function wordsAt(service: Service, key: string): readonly Placed[] {
  const { value, written, path } = fieldOf(service, key);
  const at = (...more: readonly PathSegment[]): string => formatPath([...path, ...more]);
  if (Array.isArray(value)) {
    const before: readonly unknown[] = Array.isArray(written) ? written : [];
    return value.map((text, index) => ({ text: String(text), path: at(index), written: String(before[index]) }));
  }
  if (typeof value !== 'string') return [];
  const [words, before] = [wordsIn(value), wordsIn(String(written))];
  const isSame = words.length === before.length;
  return words.map((text, index) => ({
    text,
    path: at(),
    written: (isSame ? before[index] : before.find(word => word === text)) ?? '',
  }));
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

/** Ports of all layers, which Compose adds up; one that is given twice is one. */
function publishedOf(service: Service): readonly PublishedPort[] {
  const ports = itemsOf(service, 'ports').flatMap(({ item, path }) => publishedPort(item, formatPath(path)));
  return [...new Map(ports.map(port => [`${port.isLoopback} ${port.says}`, port])).values()];
}

const OF_SERVICE = 'service:';

/** An application with all that it includes, by whatever way. */
function allOf(application: Application, all = new Set<Application>()): ReadonlySet<Application> {
  if (all.has(application)) return all;
  all.add(application);
  for (const one of application.included) allOf(one, all);
  return all;
}

/** Ports of the service whose network this one has (`network_mode: service:NAME`), which lead to whatever listens in it. */
function sharedPorts(service: Service, application: Application): readonly PublishedPort[] {
  const { value } = fieldOf(service, 'network_mode');
  if (typeof value !== 'string' || !value.startsWith(OF_SERVICE)) return [];
  const sharedWith = value.slice(OF_SERVICE.length);
  for (const { services } of allOf(application)) {
    const other = services.get(sharedWith);
    if (other !== undefined) return publishedOf(other).map(one => ({ ...one, sharedWith }));
  }
  return [];
}

/** Ports of the container itself, by which detection knows that it listens. */
function containerPorts(service: Service): readonly number[] {
  return ['ports', 'expose'].flatMap(key =>
    itemsOf(service, key).flatMap(({ item }) => {
      const text = isFields(item) ? String(own(item, 'target')) : withoutReferences(String(item), '0');
      const port = Number(/(\d+)(?:-\d+)?(?:\/\w+)?$/.exec(text)?.[1]);
      return port >= 1 && port <= 65535 ? [port] : [];
    }),
  );
}

/** What would run of a service in a cluster. */
function podOf(name: string, service: Service): Fields {
  const { value: image } = fieldOf(service, 'image');
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
          env: [...environmentOf(service)].map(([key, value]) => ({ name: key, value })),
          ports: containerPorts(service).map(containerPort => ({ containerPort })),
        },
      ],
    },
  };
}

/** Whose a Compose file is, by its name or because another names it. */
function knownCompose(file: string): KnownFile {
  return knownFile(file) ?? { ...otherFile(file), client: 'Compose' };
}

function serverOf(name: string, service: Service, application: Application): ClientServer {
  const { client, folder } = knownCompose(application.file);
  const image = fieldOf(service, 'image');
  const network = fieldOf(service, 'network_mode');
  const settings = ['environment', 'labels'].flatMap(key =>
    layersWith(service, key).flatMap(({ written, path }) => settingsIn(key, own(written, key) ?? null, [...path, key])),
  );
  return {
    ref: { kind: client, namespace: folder, name },
    path: formatPath(service.at(-1)?.path ?? []),
    isEnabled: true,
    isBridge: false,
    urls: [],
    words: [...wordsAt(service, 'entrypoint'), ...wordsAt(service, 'command')],
    settings,
    container: {
      image: { text: typeof image.value === 'string' ? image.value : '', path: formatPath(image.path) },
      published: [...publishedOf(service), ...sharedPorts(service, application)],
      ...(network.value === 'host' && { hostNetwork: formatPath(network.path) }),
    },
  };
}

/** The services of an application that are MCP servers, by the detection that knows them in a cluster. Those that it includes are not among them. */
export function composeServers(application: Application, decode: Decoder, detect: Detect): readonly ComposeServer[] {
  return [...application.services].flatMap(([name, service]) => {
    if (service.length === 0) return [];
    const decoded = decode(podOf(name, service));
    if (decoded.kind !== 'object' || !isWorkload(decoded.object)) return [];
    const mcp = detect(decoded.object);
    return mcp.standing === 'no' ? [] : [{ server: serverOf(name, service, application), mcp }];
  });
}
