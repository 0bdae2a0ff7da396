import { isFields, own, valueAt } from '../../core/kube/reading.ts';
import { GateError, messageOf } from '../../errors.ts';

/** Bytes of all pages together, inclusive. The public registry has some tens of MiB. */
const LARGEST = 256 * 1024 * 1024;
const PAGE = '100';
/** More pages than this are a server that never ends. */
const MOST_PAGES = 5_000;
const DEADLINE_MS = 30_000;
/** Steps of one page from one address of the same server to another. */
const MOST_REDIRECTS = 3;

const failed = (message: string): GateError => new GateError('registry-failed', message);

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** The list of servers of a registry, by its address. Throws a GateError where it is no https address; this machine itself may be asked by http. */
function listUrl(text: string): URL {
  if (!URL.canParse(text)) throw new GateError('bad-usage', `"${text}" is no URL`);
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!isSafe) throw new GateError('bad-usage', `${text}: a registry is asked by https`);
  if (url.username !== '' || url.password !== '')
    throw new GateError('bad-usage', 'the URL of a registry holds no password');
  if (!url.pathname.endsWith('/v0.1/servers')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v0.1/servers`;
  return url;
}

/** An answer, after redirects within the same server. Rejects with a GateError for one to another. */
async function answerOf(url: URL): Promise<Response> {
  let next = url;
  for (let step = 0; step <= MOST_REDIRECTS; step += 1) {
    const response = await fetch(next, {
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: { accept: 'application/json' },
    });
    if (response.status < 300 || response.status > 399) return response;
    const to = new URL(response.headers.get('location') ?? '', next);
    if (to.origin !== url.origin)
      throw failed(`${next.href} leads to another server (${to.origin}), which is not followed`);
    next = to;
  }
  throw failed(`${url.href} leads on and on`);
}

/** Reads no more than what is left. */
async function bodyOf(response: Response, left: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > left) throw failed(`the registry answers with more than ${LARGEST} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function pageOf(url: URL, left: number): Promise<{ readonly body: unknown; readonly bytes: number }> {
  try {
    const response = await answerOf(url);
    if (!response.ok) throw failed(`${url.href} answers ${response.status}`);
    const bytes = await bodyOf(response, left);
    return { body: JSON.parse(bytes.toString('utf8')), bytes: bytes.length };
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    const reason = cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
    throw new GateError('registry-failed', `${url.href} cannot be read: ${reason}`, { cause });
  }
}

/** A saved answer of the MCP registry API, all pages of it as one. */
export interface RegistrySnapshot {
  /** Address of the list. */
  readonly from: string;
  readonly servers: readonly unknown[];
  readonly metadata: { readonly count: number };
}

/** What a page holds, and where the next one begins; empty: it is the last. */
interface Page {
  readonly servers: readonly unknown[];
  readonly next: string;
}

function pageIn(body: unknown, asked: URL): Page {
  const servers = isFields(body) ? own(body, 'servers') : undefined;
  if (!isFields(body) || !Array.isArray(servers))
    throw failed(`${asked.href} is no list of servers of the MCP registry API`);
  const next = valueAt(body, 'metadata.nextCursor') ?? valueAt(body, 'metadata.next_cursor');
  return { servers, next: typeof next === 'string' ? next : '' };
}

function urlOf(list: URL, cursor: string): URL {
  const asked = new URL(list);
  const query = { limit: PAGE, version: 'latest', include_deleted: 'true', ...(cursor !== '' && { cursor }) };
  for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, value);
  return asked;
}

/** Reads the latest versions of all servers of an MCP registry (API v0.1), page by page. Rejects with a GateError that names the address. */
export async function pullRegistry(text: string): Promise<RegistrySnapshot> {
  const list = listUrl(text);
  const servers: unknown[] = [];
  const cursors = new Set<string>();
  let left = LARGEST;
  let cursor = '';
  do {
    const asked = urlOf(list, cursor);
    if (cursors.has(cursor) || cursors.size === MOST_PAGES) throw failed(`${asked.href} goes on and on`);
    cursors.add(cursor);
    const { body, bytes } = await pageOf(asked, left);
    const page = pageIn(body, asked);
    left -= bytes;
    servers.push(...page.servers);
    cursor = page.next;
  } while (cursor !== '');
  return { from: list.href, servers, metadata: { count: servers.length } };
}
