import { type Fields, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import type { ApiAnswer, Client } from '../client/client.ts';
import { apiVersionOf, collectionPath, type Resource, selectionOf } from '../client/paths.ts';

/** Asks for the objects without spec and status (meta/v1 PartialObjectMetadataList); a server that does not know it gives the whole ones. */
const METADATA_ALONE = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
/** Objects of one page. */
const PAGE_SIZE = 500;

/** `refused`: the API server answered something else than a list. */
export type ListResult =
  | { readonly kind: 'listed'; readonly resourceVersion: string }
  | { readonly kind: 'refused'; readonly answer: ApiAnswer };

interface Page {
  readonly items: readonly Fields[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly next: string;
}

function readPage(body: unknown, resource: Resource): Page {
  const fields = isFields(body) ? body : {};
  const metadata = own(fields, 'metadata');
  const items = own(fields, 'items') ?? [];
  const resourceVersion = isFields(metadata) ? own(metadata, 'resourceVersion') : undefined;
  if (!isFields(metadata) || !Array.isArray(items) || typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new GateError('unexpected-answer', `the list of ${resource.plural} is no list`);
  }
  const next = own(metadata, 'continue');
  // Items of a list carry neither apiVersion nor kind.
  const whole = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: items.filter(isFields).map(item => ({ ...item, ...whole })),
    resourceVersion,
    next: typeof next === 'string' ? next : '',
  };
}

export interface ListOptions {
  /** Absent: all. */
  readonly namespace?: string;
  readonly signal?: AbortSignal;
  /** Of each page, in milliseconds. */
  readonly deadlineMs?: number;
  /** Absent: 500, of which a cluster far away is read in as few requests as kubectl makes. */
  readonly pageSize?: number;
  /** Nothing but the metadata is needed. Absent: the objects as they are. */
  readonly isMetadataEnough?: boolean;
  /** Called at each start; gives what takes the objects. */
  readonly begin: () => (raw: Fields) => void;
}

/** `undefined`: the pages went out of date on the way (410). */
async function listPages(
  client: Client,
  resource: Resource,
  options: ListOptions,
  limit: Readonly<Record<string, string>>,
): Promise<ListResult | undefined> {
  const { namespace, begin, isMetadataEnough = false, pageSize: _, ...sending } = options;
  const path = collectionPath(resource, namespace);
  const accept = isMetadataEnough ? { accept: METADATA_ALONE } : {};
  const take = begin();
  let token = '';
  for (;;) {
    const query = { ...selectionOf(resource), ...limit, ...(token !== '' && { continue: token }) };
    const answer = await client.request({ ...sending, ...accept, method: 'GET', path, query });
    if (answer.status === 410 && token !== '') return undefined;
    if (answer.status !== 200) return { kind: 'refused', answer };
    const page = readPage(answer.body, resource);
    page.items.forEach(take);
    if (page.next === '') return { kind: 'listed', resourceVersion: page.resourceVersion };
    token = page.next;
  }
}

/**
 * Lists all objects of a resource as of one moment, page by page; where the pages go out of date on the way, again and in one piece.
 * The list is no older than the call: no resourceVersion is asked for, so that the API server's cache must be up to date.
 */
export async function listAll(client: Client, resource: Resource, options: ListOptions): Promise<ListResult> {
  const result =
    (await listPages(client, resource, options, { limit: String(options.pageSize ?? PAGE_SIZE) })) ??
    (await listPages(client, resource, options, {}));
  if (result !== undefined) return result;
  throw new GateError('unexpected-answer', `the list of ${resource.plural} goes out of date as it is read`);
}
