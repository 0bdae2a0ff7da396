import type { McpJudgement } from '../../core/decision.ts';
import { formatPath, type PathSegment } from '../../core/field-path.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import { type Fields, fieldsAt, type Issue, isFields, own } from '../../core/kube/reading.ts';
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

/** One layer of a service: what it says itself, or what it extends. */
interface Layer {
  readonly fields: Fields;
  readonly path: Path;
}

/** A service as Compose puts it together, from the farthest that it extends to itself. */
type Service = readonly Layer[];

/** Services that extend one another in a row; beyond, and in other files, nothing is read. */
const MAX_LAYERS = 8;

function serviceOf(name: string, services: Fields, left = MAX_LAYERS): Service {
  const fields = own(services, name);
  if (!isFields(fields) || left === 0) return [];
  const extended = own(fields, 'extends');
  const base = isFields(extended) && own(extended, 'file') === undefined ? own(extended, 'service') : extended;
  const further = typeof base === 'string' ? serviceOf(base, services, left - 1) : [];
  return [...further, { fields, path: ['services', name] }];
}

/** A field where the nearest layer that has it says it: those of other layers do not count. */
function fieldOf(service: Service, key: string): { readonly value: unknown; readonly path: Path } {
  const layer = service.findLast(({ fields }) => own(fields, key) !== undefined) ?? service.at(-1);
  return { value: layer && own(layer.fields, key), path: [...(layer?.path ?? []), key] };
}

/** A command as a list, or as a text that Compose splits as a shell does. */
function commandOf(service: Service, key: string): readonly string[] {
  const { value } = fieldOf(service, key);
  if (typeof value === 'string') return value === '' ? [] : ['sh', '-c', value];
  return Array.isArray(value) ? value.map(String) : [];
}

function wordsAt(service: Service, key: string): readonly Placed[] {
  const { value, path } = fieldOf(service, key);
  const at = (...more: Path): string => formatPath([...path, ...more]);
  if (typeof value === 'string') return value.split(/\s+/).flatMap(text => (text === '' ? [] : [{ text, path: at() }]));
  return Array.isArray(value) ? value.map((text, index) => ({ text: String(text), path: at(index) })) : [];
}

/** A map, or a list of `KEY=value`. */
function pairsIn(value: unknown): readonly (readonly [key: string, text: unknown])[] {
  if (!Array.isArray(value)) return isFields(value) ? Object.entries(value) : [];
  return value.map(one => {
    const [, key = '', text] = /^([^=]*)=?(.*)$/s.exec(String(one)) ?? [];
    return [key, text];
  });
}

/** The pairs of all layers together. */
const pairsOf = (service: Service, key: string): ReadonlyMap<string, string> =>
  new Map(
    service.flatMap(({ fields }) =>
      pairsIn(own(fields, key)).map(([name, text]) => [name, String(text ?? '')] as const),
    ),
  );

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

/** Ports of all layers, which Compose adds up. */
function publishedOf(service: Service): readonly PublishedPort[] {
  return service.flatMap(({ fields, path }) => {
    const ports = own(fields, 'ports');
    if (!Array.isArray(ports)) return [];
    return ports.flatMap((one, index) => publishedPort(one, formatPath([...path, 'ports', index])));
  });
}

const OF_SERVICE = 'service:';

/** Ports of the service whose network this one has (`network_mode: service:NAME`), which lead to whatever listens in it. */
function sharedPorts(service: Service, services: Fields): readonly PublishedPort[] {
  const { value } = fieldOf(service, 'network_mode');
  if (typeof value !== 'string' || !value.startsWith(OF_SERVICE)) return [];
  const sharedWith = value.slice(OF_SERVICE.length);
  return publishedOf(serviceOf(sharedWith, services)).map(one => ({ ...one, sharedWith }));
}

/** Ports of the container itself, by which detection knows that it listens. */
function containerPorts(service: Service): readonly number[] {
  const lists = service.flatMap(({ fields }) => ['ports', 'expose'].map(key => own(fields, key)));
  const written = lists.flatMap(list => (Array.isArray(list) ? list : []));
  return written.flatMap(one => {
    const text = isFields(one) ? String(own(one, 'target')) : withoutReferences(String(one), '0');
    const port = Number(/(\d+)(?:-\d+)?(?:\/\w+)?$/.exec(text)?.[1]);
    return port >= 1 && port <= 65535 ? [port] : [];
  });
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
          env: [...pairsOf(service, 'environment')].map(([key, value]) => ({ name: key, value })),
          ports: containerPorts(service).map(containerPort => ({ containerPort })),
        },
      ],
    },
  };
}

function serverOf(name: string, service: Service, services: Fields, { client, folder }: KnownFile): ClientServer {
  const image = fieldOf(service, 'image');
  const network = fieldOf(service, 'network_mode');
  const settings = ['environment', 'labels'].flatMap(key =>
    service.flatMap(({ fields, path }) => settingsIn(key, own(fields, key) ?? null, [...path, key])),
  );
  return {
    ref: { kind: client, namespace: folder, name },
    path: formatPath(['services', name]),
    isEnabled: true,
    isBridge: false,
    urls: [],
    words: [...wordsAt(service, 'entrypoint'), ...wordsAt(service, 'command')],
    settings,
    container: {
      image: { text: typeof image.value === 'string' ? image.value : '', path: formatPath(image.path) },
      published: [...publishedOf(service), ...sharedPorts(service, services)],
      ...(network.value === 'host' && { hostNetwork: formatPath(network.path) }),
    },
  };
}

const isPort = (one: unknown): boolean => isFields(one) || ['string', 'number'].includes(typeof one);

/** `ports` that are no list of ports: what a service publishes cannot be read. */
export function composeIssues(value: unknown): readonly Issue[] {
  if (!isFields(value)) return [];
  return Object.entries(fieldsAt(value, 'services')).flatMap(([name, service]): readonly Issue[] => {
    const ports = isFields(service) ? (own(service, 'ports') ?? []) : [];
    if (Array.isArray(ports) && ports.every(isPort)) return [];
    const message = 'must be a list of ports: what is published cannot be read';
    return [{ severity: 'error', code: 'wrong-type', path: formatPath(['services', name, 'ports']), message }];
  });
}

/** The services of a Compose file that are MCP servers, by the detection that knows them in a cluster. */
export function composeServers(
  value: unknown,
  known: KnownFile,
  decode: Decoder,
  detect: Detect,
): readonly ComposeServer[] {
  if (!isFields(value)) return [];
  const services = fieldsAt(value, 'services');
  return Object.keys(services).flatMap(name => {
    const service = serviceOf(name, services);
    if (service.length === 0) return [];
    const decoded = decode(podOf(name, service));
    if (decoded.kind !== 'object' || !isWorkload(decoded.object)) return [];
    const mcp = detect(decoded.object);
    return mcp.standing === 'no' ? [] : [{ server: serverOf(name, service, services, known), mcp }];
  });
}
