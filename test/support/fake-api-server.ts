import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Connection } from '../../src/adapters/kubernetes/client/connection.ts';
import type { Resource } from '../../src/adapters/kubernetes/client/paths.ts';
import type { Time } from '../../src/app/time.ts';
import { type Collection, createFakeStore, isChosen, type RawObject } from './fake-api-store.ts';
import { serveWatch } from './fake-api-watch.ts';

/** What goes wrong with one request. */
export type Fault =
  | { readonly status: number; readonly retryAfter?: number }
  /** The socket is destroyed before an answer. */
  | 'drop'
  /** No answer, ever. */
  | 'stall'
  /** Success, with something that is no list and no event. */
  | 'garbage'
  /** A watch that is accepted, and then says nothing at all. */
  | 'mute'
  /** A watch that ends as soon as it began. */
  | 'close'
  /** A watch that says at once that its resourceVersion is too old. */
  | 'gone'
  /** A watch that breaks in the middle of its first event. */
  | 'half-line'
  /** A watch whose first event is no JSON. */
  | 'malformed'
  /** A watch that loses its first event and goes on. */
  | 'swallow'
  /** A watch that says everything twice. */
  | 'duplicate'
  /** A watch that says each two events the wrong way round. */
  | 'swap'
  /** A watch that begins with a bookmark of a resourceVersion that never was. */
  | 'lie'
  /** A watch that begins with a bookmark of the latest resourceVersion, and never tells what came before it. */
  | 'skip';

type Verb = 'list' | 'continue' | 'watch' | 'discover';

interface Rule {
  readonly verb: Verb | undefined;
  readonly plural: string | undefined;
  readonly group: string | undefined;
  readonly fault: Fault;
  left: number;
}

/** An API server in memory: lists, watches and discovery over plain HTTP on 127.0.0.1, with faults as they are ordered. */
export interface FakeApiServer {
  readonly connection: Connection;
  install(resource: Resource): void;
  uninstall(plural: string): void;
  /** Creates or changes an object. */
  put(plural: string, object: RawObject): void;
  remove(plural: string, name: string, namespace?: string): void;
  objects(plural: string): readonly RawObject[];
  /** The next `times` requests of this kind go wrong. Absent verb, plural or group: any. */
  order(
    fault: Fault,
    match?: { readonly verb?: Verb; readonly plural?: string; readonly group?: string; readonly times?: number },
  ): void;
  /** No more faults. */
  heal(): void;
  /** Forgets what happened: a watch from before now is told so. */
  compact(): void;
  /** Tells every watch how far it is. */
  bookmark(): void;
  /** Breaks every connection. */
  cut(): void;
  /** Tokens other than this one are refused. */
  requireToken(token: string): void;
  /** `VERB plural` of every request so far. */
  readonly log: readonly string[];
  sockets(): number;
  close(): Promise<void>;
}

const UNLIMITED = 1_000_000;

/** What a request asks for. */
interface Asked {
  readonly verb: Verb;
  readonly path: readonly string[];
  readonly plural: string;
  /** Of a collection; empty: all. */
  readonly namespace: string;
  /** Of one object; empty: the collection. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** The objects are wanted without spec and status. */
  readonly isMetadataEnough: boolean;
}

function verbOf(plural: string, query: URLSearchParams): Verb {
  if (plural === '') return 'discover';
  if (query.get('watch') === 'true') return 'watch';
  return query.has('continue') ? 'continue' : 'list';
}

function readRequest(request: IncomingMessage): Asked {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://server');
  const path = pathname.split('/').slice(1).map(decodeURIComponent);
  const [first = '', second = '', third = '', fourth = ''] = path.slice(path[0] === 'api' ? 2 : 3);
  const isOfNamespace = first === 'namespaces' && third !== '';
  const plural = isOfNamespace ? third : first;
  const [namespace, name] = isOfNamespace ? [second, fourth] : ['', second];
  const isMetadataEnough = (request.headers.accept ?? '').includes('as=PartialObjectMetadataList');
  return { verb: verbOf(plural, query), path, plural, namespace, name, query, isMetadataEnough };
}

function answer(response: ServerResponse, status: number, body?: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body ?? { kind: 'Status', code: status }));
}

/** Says whether the request is done with. */
function fail(fault: Fault | undefined, request: IncomingMessage, response: ServerResponse): boolean {
  if (fault === 'drop') request.socket.destroy();
  if (typeof fault === 'object') {
    const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
    answer(response, fault.status, undefined, headers);
  }
  return fault === 'drop' || fault === 'stall' || typeof fault === 'object';
}

function discovery(path: readonly string[], resources: readonly Resource[]): unknown {
  const groups = [...new Set(resources.map(({ group }) => group))].filter(group => group !== '');
  if (path.length > 1) {
    const served = resources.filter(({ group, version }) => group === path[1] && version === path[2]);
    return { resources: served.map(({ plural: name, kind }) => ({ name, kind })) };
  }
  const versionsOf = (name: string) =>
    resources.filter(({ group }) => group === name).map(({ version }) => ({ version }));
  return { groups: groups.map(name => ({ name, versions: versionsOf(name) })) };
}

const chosenOf = (served: Collection, { query, namespace }: Asked): readonly RawObject[] =>
  [...served.objects.values()].filter(
    object => (namespace === '' || object.metadata.namespace === namespace) && isChosen(object, query),
  );

/** The last list of each kind is chosen once for all of its pages: whoever lists a large cluster is not to wait for that each time. */
function createLists(): (served: Collection, asked: Asked, version: string) => readonly RawObject[] {
  const known = new WeakMap<Collection, { readonly key: string; readonly all: readonly RawObject[] }>();
  return (served, asked, version) => {
    const key = `${version} ${asked.namespace} ${asked.query.get('labelSelector')}`;
    const last = known.get(served);
    const list = last?.key === key ? last : { key, all: chosenOf(served, asked) };
    known.set(served, list);
    return list.all;
  };
}

function page(all: readonly RawObject[], { query, isMetadataEnough }: Asked, resourceVersion: string): unknown {
  const start = Number(query.get('continue') ?? 0);
  const end = start + Number(query.get('limit') ?? UNLIMITED);
  const metadata = { resourceVersion, ...(end < all.length && { continue: String(end) }) };
  const items = all.slice(start, end).map(object => (isMetadataEnough ? { metadata: object.metadata } : object));
  return { kind: 'List', apiVersion: 'v1', metadata, items };
}

/** Over connections of their own. */
function anonymous(): Connection['credentials'] {
  const identity = { headers: {}, agent: new Agent({ keepAlive: true }) };
  return { current: async () => identity, renew: () => undefined };
}

/** Starts a server; `time` closes watches at their timeout. */
export async function startFakeApiServer(
  time: Time,
  resources: readonly Resource[],
  credentials: Connection['credentials'] = anonymous(),
): Promise<FakeApiServer> {
  const store = createFakeStore();
  const rules: Rule[] = [];
  const log: string[] = [];
  const sockets = new Set<Socket>();
  const bookmarks = new Set<() => void>();
  const listed = createLists();
  let token: string | undefined;

  const takeFault = (asked: Asked): Fault | undefined => {
    const rule = rules.find(
      ({ verb = asked.verb, plural = asked.plural, group, left }) =>
        verb === asked.verb && plural === asked.plural && (group ?? asked.path[1]) === asked.path[1] && left > 0,
    );
    if (rule !== undefined) rule.left -= 1;
    return rule?.fault;
  };
  const serve = (served: Collection, asked: Asked, response: ServerResponse, fault: Fault | undefined): void => {
    const { verb, query, namespace, name } = asked;
    if (verb === 'watch') serveWatch({ store, time, served, query, response, fault, bookmarks });
    else if (fault === 'garbage') answer(response, 200, { kind: 'Nonsense' });
    else if (name === '') answer(response, 200, page(listed(served, asked, store.version()), asked, store.version()));
    else {
      const object = served.objects.get(`${namespace}/${name}`);
      answer(response, object === undefined ? 404 : 200, object);
    }
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const asked = readRequest(request);
    log.push(`${asked.verb} ${asked.plural}`.trim());
    const isKnown = token === undefined || request.headers.authorization === `Bearer ${token}`;
    const fault = takeFault(asked);
    const served = store.collections.get(asked.plural);
    if (!isKnown) answer(response, 401);
    else if (fail(fault, request, response)) return;
    else if (asked.verb === 'discover') {
      const all = [...store.collections.values()].map(({ resource }) => resource);
      answer(response, 200, discovery(asked.path, all));
    } else if (served === undefined) answer(response, 404);
    else serve(served, asked, response, fault);
  };

  const server: Server = createServer({ keepAliveTimeout: 0 }, handle);
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  for (const resource of resources) store.install(resource);
  const { port } = server.address() as AddressInfo;
  return {
    connection: {
      server: new URL(`http://127.0.0.1:${port}`),
      credentials,
      namespace: 'default',
    },
    install: store.install,
    uninstall: plural => {
      store.collections.delete(plural);
    },
    put: store.put,
    remove: (plural, name, namespace = '') => store.remove(plural, name, namespace),
    objects: plural => [...(store.collections.get(plural)?.objects.values() ?? [])],
    order: (fault, { verb, plural, group, times = 1 } = {}) => {
      rules.push({ verb, plural, group, fault, left: times });
    },
    heal: () => {
      rules.length = 0;
    },
    compact: store.compact,
    bookmark: () => {
      for (const mark of [...bookmarks]) mark();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    requireToken: value => {
      token = value;
    },
    log,
    sockets: () => sockets.size,
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
