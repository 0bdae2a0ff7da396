import type { LeaseSpec } from '../../../app/controller/lease.ts';
import { type Fields, fieldsAt, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import type { Client } from '../client/client.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from '../client/paths.ts';
import { type Written, writtenBy } from './writer.ts';

interface Lease {
  readonly spec: LeaseSpec;
  /** An update with it fails with a conflict where somebody else was faster. */
  readonly resourceVersion: string;
}

/**
 * One Lease. Every call has the deadline of its caller and is sent once: a leader that waits for its renewal is none any more.
 * Rejects with a GateError where there is no answer, or one that is no Lease.
 */
export interface LeaseClient {
  /** `undefined`: there is none. */
  read(deadlineMs: number): Promise<Lease | undefined>;
  create(spec: LeaseSpec, deadlineMs: number): Promise<Written>;
  update(spec: LeaseSpec, resourceVersion: string, deadlineMs: number): Promise<Written>;
}

const LEASES: Resource = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases' };

function readLease(body: unknown): Lease {
  const lease = typeof body === 'object' && body !== null ? (body as Fields) : {};
  const spec = fieldsAt(lease, 'spec');
  const resourceVersion = own(fieldsAt(lease, 'metadata'), 'resourceVersion');
  if (typeof resourceVersion !== 'string') throw new GateError('unexpected-answer', 'the answer is no Lease');
  const text = (key: string): string => String(own(spec, key) ?? '');
  const number = (key: string): number => Number(own(spec, key) ?? 0);
  return {
    spec: {
      holderIdentity: text('holderIdentity'),
      leaseDurationSeconds: number('leaseDurationSeconds'),
      acquireTime: text('acquireTime'),
      renewTime: text('renewTime'),
      leaseTransitions: number('leaseTransitions'),
    },
    resourceVersion,
  };
}

/** Who may not write the lease never leads, and waits for nobody: that must be said. A conflict is how elections go. */
function unlessForbidden(written: Written, what: string): Written {
  if (written.kind !== 'refused') return written;
  throw new GateError('unexpected-answer', `the Lease ${what}: ${written.message}`);
}

/** A Lease as it is written. An empty time is null, which takes it away; with a resourceVersion the write is for this very state. */
export function leaseBody(namespace: string, name: string, spec: LeaseSpec, resourceVersion?: string) {
  return {
    apiVersion: apiVersionOf(LEASES),
    kind: LEASES.kind,
    metadata: { name, namespace, ...(resourceVersion !== undefined && { resourceVersion }) },
    spec: {
      ...spec,
      acquireTime: spec.acquireTime === '' ? null : spec.acquireTime,
      renewTime: spec.renewTime === '' ? null : spec.renewTime,
    },
  };
}

/** The lease of this namespace and name. What others wrote on it (labels, annotations) stays. */
export function createLeaseClient(client: Client, namespace: string, name: string): LeaseClient {
  return {
    read: async deadlineMs => {
      const answer = await client.request({ method: 'GET', path: objectPath(LEASES, namespace, name), deadlineMs });
      if (answer.status === 404) return undefined;
      if (answer.status === 200) return readLease(answer.body);
      throw new GateError('unexpected-answer', `the Lease ${namespace}/${name} cannot be read: ${answer.status}`);
    },
    create: async (spec, deadlineMs) => {
      const path = collectionPath(LEASES, namespace);
      const body = leaseBody(namespace, name, spec);
      const written = writtenBy(await client.request({ method: 'POST', path, body, deadlineMs }));
      return unlessForbidden(written, `${namespace}/${name} is not there, and cannot be created`);
    },
    update: async (spec, resourceVersion, deadlineMs) => {
      const path = objectPath(LEASES, namespace, name);
      const body = leaseBody(namespace, name, spec, resourceVersion);
      const contentType = 'application/merge-patch+json';
      const written = writtenBy(await client.request({ method: 'PATCH', path, body, contentType, deadlineMs }));
      return unlessForbidden(written, `${namespace}/${name} cannot be renewed`);
    },
  };
}
