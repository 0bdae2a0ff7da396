import { formatPath, type PathSegment } from '../../core/field-path.ts';
import { type Fields, fieldsAt, type Issue, isFields, own } from '../../core/kube/reading.ts';
import type { ClientServer, Placed, Setting } from './client-server.ts';
import type { KnownFile } from './clients.ts';

type Path = readonly PathSegment[];

/** Keys under which servers stand, whatever the file, without dashes, dots and underscores. */
const SERVER_KEYS: ReadonlySet<string> = new Set([
  ...['mcpservers', 'contextservers', 'modelcontextprotocolservers', 'ampmcpservers', 'chatmcpservers'],
  // Of administrators: what clients are given, and what they may have.
  ...['managedmcpservers', 'allowedmcpservers'],
]);

/** Keys under which servers stand in some files, and other things in others: what does not look like a server there is none. */
const LOOSE_KEYS: ReadonlySet<string> = new Set(['servers', 'mcp', 'extensions']);

/** Fields of an entry by what they say, the first that is there counts. Each client has names of its own. */
const URL_KEYS = ['url', 'serverUrl', 'httpUrl', 'uri', 'endpoint', 'sseUrl', 'server_url'];
const COMMAND_KEYS = ['command', 'cmd', 'serverCommand'];

const plainKey = (key: string): string => key.toLowerCase().replaceAll(/[-_.]/g, '');

/** An entry of a list or map of servers. */
interface Entry {
  readonly name: string;
  readonly fields: Fields;
  readonly path: Path;
}

const TRANSPORTS = /^(?:stdio|sse|http|streamable[-_]?http|local|remote|ws|websocket)$/i;

/** Whether an entry is one of a server. An address alone is one of an API too (AsyncAPI has `servers`), unless the file is about MCP. */
function looksLikeServer(fields: Fields, isNamed: boolean): boolean {
  const type = own(fields, 'type') ?? own(fields, 'transport');
  const has = (keys: readonly string[]): boolean => keys.some(key => own(fields, key) !== undefined);
  if (typeof type === 'string') return TRANSPORTS.test(type) && has([...URL_KEYS, ...COMMAND_KEYS]);
  return has(COMMAND_KEYS) || (isNamed && has(URL_KEYS));
}

/** What stands under the names of a map, or in a list. */
const itemsOf = (value: unknown): readonly (readonly [PathSegment, unknown])[] =>
  Array.isArray(value)
    ? value.map((one, index) => [index, one] as const)
    : isFields(value)
      ? Object.entries(value)
      : [];

/** Entries by name, or a list of entries with a name in each. */
function entriesOf(value: unknown, path: Path): readonly Entry[] {
  return itemsOf(value).flatMap(([key, fields]) => {
    if (!isFields(fields)) return [];
    const called = own(fields, 'name');
    const name = typeof key === 'string' ? key : typeof called === 'string' ? called : String(key);
    return [{ name, fields, path: [...path, key] }];
  });
}

/** Folders within folders that a file nests its servers in; no client needs half as many. */
const MAX_DEPTH = 8;

/** The servers under a key. An OpenAPI document has a list of `servers` too, with addresses and without names. */
function entriesUnder(key: string, value: unknown, path: Path, isNamed: boolean): readonly Entry[] {
  const plain = plainKey(key);
  if (SERVER_KEYS.has(plain)) return entriesOf(value, path);
  if (!LOOSE_KEYS.has(plain) || !isFields(value)) return [];
  return entriesOf(value, path).filter(({ fields }) => looksLikeServer(fields, isNamed));
}

/** What stands under the keys of servers, whatever it is. */
function findItems(value: unknown, path: Path): readonly (readonly [path: Path, item: unknown])[] {
  if (!isFields(value) || path.length > MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    if (!SERVER_KEYS.has(plainKey(key))) return findItems(inner, here);
    return itemsOf(inner).map(([name, item]) => [[...here, name], item] as const);
  });
}

/** A text, or what some clients have in its place for a command. */
const isReadable = (key: string, value: unknown): boolean =>
  typeof value === 'string' || (COMMAND_KEYS.includes(key) && (Array.isArray(value) || isFields(value)));

function issuesOfItem(path: Path, item: unknown): readonly Issue[] {
  const issue = (at: Path, message: string): Issue => ({
    severity: 'error',
    code: 'wrong-type',
    path: formatPath(at),
    message,
  });
  if (item === null || typeof item === 'boolean') return [];
  if (!isFields(item)) return [issue(path, 'must be an object that says how a server is reached')];
  return [...URL_KEYS, ...COMMAND_KEYS].flatMap(key => {
    const value = own(item, key);
    return value === undefined || value === null || isReadable(key, value)
      ? []
      : [issue([...path, key], 'must be a text: how the server is reached cannot be read')];
  });
}

/** Entries among servers that cannot be read: nothing is judged of them. `null` and `false` take a server away. */
export function issuesIn(value: unknown): readonly Issue[] {
  if (!isFields(value) || isKubernetes(value)) return [];
  return findItems(value, []).flatMap(([path, item]) => issuesOfItem(path, item));
}

function findEntries(value: unknown, path: Path, isNamed: boolean): readonly Entry[] {
  if (!isFields(value) || path.length > MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    const entries = entriesUnder(key, inner, here, isNamed);
    return entries.length > 0 ? entries : findEntries(inner, here, isNamed);
  });
}

/** Objects of Kubernetes are for `check`. */
const isKubernetes = (value: Fields): boolean => ['apiVersion', 'kind'].every(key => own(value, key) !== undefined);

function textAt(fields: Fields, keys: readonly string[], path: Path): Placed | undefined {
  for (const key of keys) {
    const text = own(fields, key);
    if (typeof text === 'string' && text.trim() !== '') return { text, path: formatPath([...path, key]) };
  }
  return undefined;
}

/** A text, or the texts of a list. */
function textsAt(fields: Fields, key: string, path: Path): readonly Placed[] {
  const value = own(fields, key);
  if (typeof value === 'string') return value === '' ? [] : [{ text: value, path: formatPath([...path, key]) }];
  if (!Array.isArray(value)) return [];
  return value.flatMap((text, index) =>
    ['string', 'number'].includes(typeof text) ? [{ text: String(text), path: formatPath([...path, key, index]) }] : [],
  );
}

/** A whole command in one text: some clients take it apart at its blanks. A path may have blanks, a bare name of a program has none. */
const takenApart = (words: readonly Placed[]): readonly Placed[] =>
  words.flatMap(({ text, path }, index) =>
    index === 0 && /^[\w.-]+\s/.test(text) ? text.split(/\s+/).map(word => ({ text: word, path })) : [{ text, path }],
  );

/** Windows' shells run the words after their option, as one command. */
function withoutShell(words: readonly Placed[]): readonly Placed[] {
  const [shell, option] = words.map(({ text }) => text.toLowerCase());
  const isCmd = /(?:^|[\\/])cmd(?:\.exe)?$/.test(shell ?? '') && /^\/[ck]$/.test(option ?? '');
  return takenApart(isCmd ? words.slice(2) : words);
}

/** The command with its arguments: a text and a list, one list, or (Zed) an object with both. */
function wordsOf(fields: Fields, path: Path): readonly Placed[] {
  const nested = own(fields, 'command');
  if (isFields(nested)) {
    const inner = [...path, 'command'];
    return withoutShell([...textsAt(nested, 'path', inner), ...textsAt(nested, 'args', inner)]);
  }
  const command = COMMAND_KEYS.flatMap(key => textsAt(fields, key, path));
  return command.length === 0 ? [] : withoutShell([...command, ...textsAt(fields, 'args', path)]);
}

/** Fields whose texts are names of variables, no values; the command and the address are looked at by themselves. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  ...['args', ...COMMAND_KEYS, ...URL_KEYS],
  ...['env_http_headers', 'env_vars', 'env_keys', 'envVars', 'description', 'name', 'type'],
]);

/** Every text below a value, with the name of what it sets. `KEY=value` of a list sets KEY. */
export function settingsIn(name: string, value: unknown, path: Path): readonly Setting[] {
  if (typeof value === 'string') {
    const [, key = name, text = value] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(value) ?? [];
    return [{ name: key, text, path: formatPath(path) }];
  }
  if (path.length > 2 * MAX_DEPTH || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    settingsIn(Array.isArray(value) ? name : key, inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** What an entry sets, without its command and address; a command that is an object may set something too. */
function settingsOf(fields: Fields, path: Path): readonly Setting[] {
  const others = Object.entries(fields).filter(([key]) => !PASSED_OVER.has(key));
  const inCommand = Object.entries(fieldsAt(fields, 'command')).filter(([key]) => key !== 'path' && key !== 'args');
  return [
    ...others.flatMap(([key, value]) => settingsIn(key, value, [...path, key])),
    ...inCommand.flatMap(([key, value]) => settingsIn(key, value, [...path, 'command', key])),
  ];
}

type Reached = Pick<ClientServer, 'urls' | 'words' | 'isBridge'>;

/** Programs that bring a server elsewhere to a client that speaks to programs alone. */
const BRIDGES =
  /(?:^|[\\/@])(?:mcp-remote|mcp-remote-client|mcp-proxy|supergateway|mcp-bridge|mcp-client-bridge)(?:[@=.:[]|$)/;

const isAddress = ({ text }: Placed): boolean => /^(?:https?|wss?):\/\//i.test(text) || /^\$\{?\w*URL/i.test(text);

/** Objects in which an entry says how it is reached: of older Continue, and of what an administrator of Codex requires. */
const NESTED = ['transport', 'identity'];

/** How an entry is reached: in itself, or in an object of its own. A bridge to an address is a server that is reached there. */
function reachedBy(fields: Fields, path: Path): Reached {
  for (const key of NESTED) {
    const inner = own(fields, key);
    if (isFields(inner)) return reachedBy(inner, [...path, key]);
  }
  const words = wordsOf(fields, path);
  const url = textAt(fields, URL_KEYS, path);
  const bridged = words.some(({ text }) => BRIDGES.test(text)) ? words.filter(isAddress) : [];
  const isBridge = bridged.length > 0;
  return { words, isBridge, urls: [...(url === undefined ? [] : [url]), ...bridged] };
}

/** `disabled` and `enabled` as clients have them. */
const isEnabled = (fields: Fields): boolean => own(fields, 'disabled') !== true && own(fields, 'enabled') !== false;

function serverOf({ name, fields, path }: Entry, { client, folder }: KnownFile): ClientServer {
  return {
    ref: { kind: client, namespace: folder, name },
    path: formatPath(path),
    isEnabled: isEnabled(fields),
    ...reachedBy(fields, path),
    settings: settingsOf(fields, path),
  };
}

/** The servers that a client's file tells of; of an object of Kubernetes none. */
export function serversIn(value: unknown, known: KnownFile): readonly ClientServer[] {
  if (!isFields(value) || isKubernetes(value)) return [];
  return findEntries(value, [], known.isNamed)
    .map(entry => serverOf(entry, known))
    .filter(({ urls, words }) => urls.length + words.length > 0);
}
