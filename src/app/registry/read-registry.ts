import { hostProblem } from '../../core/gate/domain-names.ts';
import type { RegistryEntry, RegistryPackage, RegistryRemote } from '../../core/gate/types.ts';
import { type Fields, fieldsAt, isFields, own, valueAt } from '../../core/kube/reading.ts';
import { repositoryOf, tagOf } from '../../core/mcp/approval.ts';
import { byKey } from '../../core/order.ts';
import { type Remote, remotesOf } from './remote-hosts.ts';

/** What a saved registry lists, without who answers for it here. */
export interface RegistryListing {
  /** Sorted by image. */
  readonly servers: readonly Omit<RegistryEntry, 'owner'>[];
  /** Sorted by registry and name. */
  readonly packages: readonly Omit<RegistryPackage, 'owner'>[];
  /** Sorted by host and port, without what is deleted. */
  readonly remotes: readonly Omit<RegistryRemote, 'owner'>[];
  /** Servers of which nothing can be told by an image, a package or a host: other kinds of packages, and hosts that a variable names. */
  readonly passedOver: number;
}

const text = (fields: Fields, path: string): string => {
  const value = valueAt(fields, path);
  return typeof value === 'string' ? value : '';
};

const listAt = (fields: Fields, key: string): readonly Fields[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter(isFields) : [];
};

type Status = RegistryEntry['status'];

const statusOf = (written: string): Status => {
  const known = written.toLowerCase();
  return known === 'deprecated' || known === 'deleted' ? known : 'active';
};

/** One server, however it was listed. */
interface Listed {
  readonly status: Status;
  readonly isLatest: boolean;
  readonly version: string;
  readonly packages: readonly Fields[];
  readonly remotes: readonly Remote[];
}

const OFFICIAL = 'io.modelcontextprotocol.registry/official';

/** An entry of `GET /v0.1/servers`: the server.json, and what the registry says of it. */
function listedServer(entry: Fields): Listed {
  const wrapped = own(entry, 'server');
  const server = isFields(wrapped) ? wrapped : entry;
  const meta = fieldsAt(fieldsAt(entry, '_meta'), OFFICIAL);
  return {
    status: statusOf(text(meta, 'status') || text(server, 'status')),
    isLatest: own(meta, 'isLatest') !== false,
    version: text(server, 'version'),
    packages: listAt(server, 'packages'),
    remotes: remotesOf(entry),
  };
}

/** An entry of ToolHive's registry file (`servers`, by name): an image, which may be a package behind a scheme. */
function listedImage(entry: Fields): Listed {
  const image = text(entry, 'image');
  const [, scheme, name = ''] = /^(npx|uvx|go):\/\/(.*)$/.exec(image) ?? [];
  const from = scheme === 'npx' ? 'npm' : scheme === 'uvx' ? 'pypi' : scheme;
  const one =
    from === undefined ? { registryType: 'oci', identifier: image } : { registryType: from, identifier: name };
  const packages = image === '' ? [] : [one];
  return { status: statusOf(text(entry, 'status')), isLatest: true, version: '', packages, remotes: remotesOf(entry) };
}

/** All servers of a document; `undefined`: it is none of the forms that are known. */
function listedIn(document: Fields): readonly Listed[] | undefined {
  const data = own(document, 'data');
  const root = isFields(data) ? data : document;
  const [servers, remote] = ['servers', 'remote_servers'].map(key => own(root, key));
  if (Array.isArray(servers)) return servers.filter(isFields).map(listedServer);
  if (!isFields(servers)) return undefined;
  return [servers, isFields(remote) ? remote : {}].flatMap(Object.values).filter(isFields).map(listedImage);
}

const DIGEST = /@(sha256:[0-9a-f]{64})$/;

/** `latest` is another version every time. */
const named = (version: string): string => (version === 'latest' ? '' : version);

function imageOf({ status, version }: Listed, one: Fields): Omit<RegistryEntry, 'owner'> {
  const identifier = text(one, 'identifier');
  const base = text(one, 'registryBaseUrl')
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '');
  const isWhole = base === '' || identifier.startsWith(`${base}/`);
  const image = isWhole ? identifier : `${base}/${identifier}`;
  const tag = tagOf(image) || text(one, 'version');
  return {
    image: repositoryOf(image),
    digest: DIGEST.exec(image)?.[1] ?? '',
    version: named(tag || version),
    status,
  };
}

function packageOf(
  { status, version }: Listed,
  from: RegistryPackage['from'],
  one: Fields,
): Omit<RegistryPackage, 'owner'> {
  const [, name = '', written = ''] = /^(@?[^@=]+)(?:@|==)?(.*)$/.exec(text(one, 'identifier')) ?? [];
  return { from, name, version: named(text(one, 'version') || written || version), status };
}

/** Of several versions of one thing the last one stands; the latest goes after the others. */
const inOrder = (listed: readonly Listed[]): readonly Listed[] => [
  ...listed.filter(({ isLatest }) => !isLatest),
  ...listed.filter(({ isLatest }) => isLatest),
];

/** What one server is run from, by what tells it from others. */
type Told =
  | { readonly key: string; readonly image: Omit<RegistryEntry, 'owner'> }
  | { readonly key: string; readonly package: Omit<RegistryPackage, 'owner'> }
  | { readonly key: string; readonly remote: Omit<RegistryRemote, 'owner'> };

function toldBy(server: Listed, one: Fields): readonly Told[] {
  const type = text(one, 'registryType') || text(one, 'registry_type');
  if (type === 'oci') {
    const image = imageOf(server, one);
    return image.image === '' ? [] : [{ key: image.image, image }];
  }
  if (type !== 'npm' && type !== 'pypi') return [];
  const entry = packageOf(server, type, one);
  return entry.name === '' ? [] : [{ key: `${type} ${entry.name}`, package: entry }];
}

const toldByRemotes = ({ status, remotes }: Listed): readonly Told[] =>
  remotes
    .filter(({ host }) => status !== 'deleted' && hostProblem(host) === undefined)
    .map(remote => ({ key: `${remote.host} ${remote.port}`, remote }));

/** What a saved answer of the MCP registry API lists (`/v0.1/servers`), or a registry file of ToolHive; `undefined`: it is neither. */
export function readRegistry(document: unknown): RegistryListing | undefined {
  const listed = isFields(document) ? listedIn(document) : undefined;
  if (listed === undefined) return undefined;
  const told = inOrder(listed).map(server => [
    ...server.packages.flatMap(one => toldBy(server, one)),
    ...toldByRemotes(server),
  ]);
  const all = [...new Map(told.flat().map(one => [one.key, one] as const))].sort(byKey).map(([, one]) => one);
  return {
    servers: all.flatMap(one => ('image' in one ? one.image : [])),
    packages: all.flatMap(one => ('package' in one ? one.package : [])),
    remotes: all.flatMap(one => ('remote' in one ? one.remote : [])),
    passedOver: told.filter(some => some.length === 0).length,
  };
}

/** A field of a flow mapping; nothing of what is empty or what is meant anyway. */
const field = (name: string, value: unknown): readonly string[] =>
  value === '' || (name === 'status' && value === 'active') || (name === 'port' && value === 443)
    ? []
    : [`${name}: ${JSON.stringify(value)}`];

const lineOf = (entry: object): string =>
  `  - {${Object.entries(entry)
    .flatMap(([name, value]) => field(name, value))
    .join(', ')}}`;

/** `registry` of a GatePolicy's spec, as YAML: what is deleted is listed too, so that it is told from what nobody ever approved. */
export function registryText({ servers, packages, remotes }: RegistryListing, owner: string): string {
  const list = (name: string, entries: readonly object[]): readonly string[] =>
    entries.length === 0 ? [] : [`  ${name}:`, ...entries.map(entry => lineOf({ ...entry, owner }))];
  // Without servers and packages nothing in the cluster would need an approval: a registry of remote servers alone says nothing of those.
  const isOfRemotes = servers.length + packages.length === 0 && remotes.length > 0;
  const images = servers.length === 0 && !isOfRemotes ? ['  servers: []'] : list('servers', servers);
  return `${['registry:', ...images, ...list('packages', packages), ...list('remotes', remotes)].join('\n')}\n`;
}
