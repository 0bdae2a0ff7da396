import type { Time } from '../../../app/time.ts';
import { type Fields, own } from '../../../core/kube/reading.ts';
import { type ApiAnswer, type Client, requestPatiently } from '../client/client.ts';
import { PODS } from '../client/kinds.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from '../client/paths.ts';

/** What became of a write. */
export type Written =
  | { readonly kind: 'done'; readonly uid: string; readonly resourceVersion: string }
  /** 404: the object, or its namespace, is not there (any more). */
  | { readonly kind: 'absent' }
  /** 409: another writer owns a field, or the object is not the one, or not in the state, that was meant. */
  | { readonly kind: 'conflict'; readonly message: string }
  /** Anything else that is no success. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string };

/** An object that is written. The namespace is empty for cluster-scoped resources. */
interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

/** The state that an object must be in. Absent: any. */
interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** One Event (events.k8s.io/v1), told about an object. */
interface EventNote {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  /** Countable, in UpperCamelCase: `PolicyCreated`. */
  readonly reason: string;
  /** What was done or tried, in UpperCamelCase. */
  readonly action: string;
  /** For people. What is beyond 1024 bytes the API server refuses, so it is cut. */
  readonly note: string;
}

/** Who writes events. */
export interface EventSource {
  /** `chokepoint.dev/controller` */
  readonly controller: string;
  /** The pod's name. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** Writes to the cluster. Nothing rejects for a status; a GateError where there is no answer. */
export interface Writer {
  /**
   * Server-side apply, never by force: a field that another manager owns is a conflict. The manifest holds the spec and metadata beside name and
   * namespace.
   */
  apply(target: Target, manifest: Fields, fieldManager: string): Promise<Written>;
  remove(target: Target, preconditions: Preconditions): Promise<Written>;
  /** Takes one scheduling gate off a Pod and leaves the others; done where it has none of that name. */
  removeSchedulingGate(
    pod: { readonly namespace: string; readonly name: string; readonly uid: string },
    gate: string,
  ): Promise<Written>;
  createEvent(event: EventNote): Promise<Written>;
}

const MAX_NOTE_LENGTH = 340;
const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events' };

const textOf = (body: unknown, ...path: readonly string[]): string => {
  let value = body;
  for (const key of path) value = typeof value === 'object' && value !== null ? own(value as Fields, key) : undefined;
  return typeof value === 'string' ? value : '';
};

/** What an answer to a write means. */
export function writtenBy({ status, body }: ApiAnswer): Written {
  if (status >= 200 && status < 300) {
    return {
      kind: 'done',
      uid: textOf(body, 'metadata', 'uid'),
      resourceVersion: textOf(body, 'metadata', 'resourceVersion'),
    };
  }
  const message = textOf(body, 'message');
  if (status === 404) return { kind: 'absent' };
  return status === 409 ? { kind: 'conflict', message } : { kind: 'refused', status, message };
}

/** Deletes only an object in this state; what belongs to it goes afterwards. */
export function deletionBody(preconditions: Preconditions) {
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: 'Background' };
}

/** A strategic merge patch of a Pod. The uid makes it this very Pod: one that was made anew under the name is a conflict. */
export function gateRemovalBody(uid: string, gate: string) {
  return { metadata: { uid }, spec: { schedulingGates: [{ $patch: 'delete', name: gate }] } };
}

/** An Event of now. Names of Events must be unique: client-go too takes the object's name and the time, and we some `chance` from 0 to 1 (exclusive). */
export function eventBody({ regarding, type, reason, action, note }: EventNote, source: EventSource, chance: number) {
  const nowMs = source.nowMs();
  const suffix = `${nowMs.toString(16)}${Math.floor(chance * 0xffff_ffff).toString(16)}`;
  return {
    apiVersion: apiVersionOf(EVENTS),
    kind: EVENTS.kind,
    metadata: {
      name: `${regarding.name.slice(0, 200)}.${suffix}`,
      namespace: regarding.namespace === '' ? 'default' : regarding.namespace,
    },
    eventTime: new Date(nowMs).toISOString().replace('Z', '000Z'),
    reportingController: source.controller,
    reportingInstance: source.instance,
    regarding,
    type,
    reason,
    action,
    note: note.slice(0, MAX_NOTE_LENGTH),
  };
}

/** A writer that stops waiting when the signal aborts. */
export function createWriter(client: Client, time: Time, source: EventSource, signal: AbortSignal): Writer {
  const write = async (request: Parameters<Client['request']>[0]): Promise<Written> =>
    writtenBy(await requestPatiently(client, time, { ...request, signal }));
  return {
    apply: ({ resource, namespace, name }, manifest, fieldManager) => {
      const metadata = own(manifest, 'metadata');
      return write({
        method: 'PATCH',
        path: objectPath(resource, namespace, name),
        query: { fieldManager },
        contentType: 'application/apply-patch+yaml',
        body: {
          ...manifest,
          apiVersion: apiVersionOf(resource),
          kind: resource.kind,
          metadata: {
            ...(typeof metadata === 'object' && metadata),
            name,
            ...(namespace !== '' && { namespace }),
          },
        },
      });
    },
    remove: ({ resource, namespace, name }, preconditions) =>
      write({
        method: 'DELETE',
        path: objectPath(resource, namespace, name),
        body: deletionBody(preconditions),
      }),
    removeSchedulingGate: async ({ namespace, name, uid }, gate) => {
      const written = await write({
        method: 'PATCH',
        path: objectPath(PODS, namespace, name),
        contentType: 'application/strategic-merge-patch+json',
        body: gateRemovalBody(uid, gate),
      });
      // A uid is immutable, and that is all that can be invalid here (422).
      const isOtherPod = written.kind === 'refused' && written.status === 422;
      return isOtherPod ? { kind: 'conflict', message: written.message } : written;
    },
    createEvent: event => {
      const body = eventBody(event, source, time.random());
      return write({ method: 'POST', path: collectionPath(EVENTS, body.metadata.namespace), body });
    },
  };
}
