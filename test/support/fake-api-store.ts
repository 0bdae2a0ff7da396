import { apiVersionOf, type Resource } from '../../src/adapters/kubernetes/client/paths.ts';

/** A raw object; metadata.name is needed, uid and resourceVersion are the server's. */
export interface RawObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface FakeEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: RawObject;
}

export interface Collection {
  readonly resource: Resource;
  readonly objects: Map<string, RawObject>;
  readonly history: FakeEvent[];
  readonly watchers: Set<(event: FakeEvent) => void>;
}

/** What an API server keeps in etcd. */
export interface FakeStore {
  readonly collections: Map<string, Collection>;
  install(resource: Resource): void;
  put(plural: string, object: RawObject): void;
  remove(plural: string, name: string, namespace: string): void;
  /** The resourceVersion of now. */
  version(): string;
  /** `undefined` for a text that was never given out. */
  versionOf(text: string | null): number | undefined;
  /** Forgets what happened before now. */
  compact(): void;
  isCompacted(version: number): boolean;
}

/** Whether a labelSelector of the form `KEY!=VALUE` chooses the object; absent: all are. */
export function isChosen({ metadata }: RawObject, query: URLSearchParams): boolean {
  const [key = '', value] = query.get('labelSelector')?.split('!=') ?? [];
  return value === undefined || new Map(Object.entries(Object(metadata.labels))).get(key) !== value;
}

const keyOf = ({ metadata }: RawObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
/** As long as those of an API server, whose length is a good part of what a cache keeps. */
const uidText = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
/** Opaque on purpose: whoever reads a number out of it fails. */
const versionText = (version: number): string => `v${version.toString(36)}z`;

export function createFakeStore(): FakeStore {
  const collections = new Map<string, Collection>();
  let lastVersion = 1;
  let lastUid = 0;
  let compactedTo = 0;
  const collection = (plural: string): Collection => {
    const found = collections.get(plural);
    if (found === undefined) throw new Error(`not served: ${plural}`);
    return found;
  };
  const happen = ({ history, watchers }: Collection, type: FakeEvent['type'], object: RawObject): void => {
    const event = { version: lastVersion, type, object };
    history.push(event);
    for (const tell of [...watchers]) tell(event);
  };
  const stamped = (object: RawObject, uid: unknown): RawObject => {
    lastVersion += 1;
    return { ...object, metadata: { ...object.metadata, uid, resourceVersion: versionText(lastVersion) } };
  };
  return {
    collections,
    install: resource => {
      collections.set(resource.plural, { resource, objects: new Map(), history: [], watchers: new Set() });
    },
    put: (plural, object) => {
      const served = collection(plural);
      const known = served.objects.get(keyOf(object));
      if (known === undefined) lastUid += 1;
      const typed = { ...object, apiVersion: apiVersionOf(served.resource), kind: served.resource.kind };
      const stored = stamped(typed, known?.metadata.uid ?? uidText(lastUid));
      served.objects.set(keyOf(object), stored);
      happen(served, known ? 'MODIFIED' : 'ADDED', stored);
    },
    remove: (plural, name, namespace) => {
      const served = collection(plural);
      const known = served.objects.get(`${namespace}/${name}`);
      if (known === undefined) return;
      served.objects.delete(`${namespace}/${name}`);
      happen(served, 'DELETED', stamped(known, known.metadata.uid));
    },
    version: () => versionText(lastVersion),
    versionOf: text =>
      Array.from({ length: lastVersion + 1 }, (_, version) => version).find(version => versionText(version) === text),
    compact: () => {
      compactedTo = lastVersion;
    },
    isCompacted: version => version < compactedTo,
  };
}
