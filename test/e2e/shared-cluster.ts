import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Connection, connect } from '../control-plane/connection.ts';

/** Connects to the cluster that all end-to-end files share. */
export const sharedCluster = (): Connection => connect(inject('cluster'));

/** A new namespace with a name that no other test has, in which pods can be created. */
export async function newNamespace(
  { request }: Pick<Connection, 'request'>,
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  expectOk(await request('POST', '/api/v1/namespaces', { metadata: { name, labels } }), `namespace ${name}`);
  // Pods are refused until the namespace has its default service account; its controller makes it within moments, and we are faster.
  const account = { metadata: { name: 'default' } };
  const answer = await request('POST', `/api/v1/namespaces/${name}/serviceaccounts`, account);
  if (answer.status !== 409) expectOk(answer, `service account of ${name}`);
  return name;
}

/** Deletes namespaces with everything in them, and waits for nothing. Bound Pods go at once: there is no kubelet to say that they have ended. */
export async function deleteNamespaces(
  { request }: Pick<Connection, 'request'>,
  names: readonly string[],
): Promise<void> {
  for (const name of new Set(names)) {
    const path = `/api/v1/namespaces/${name}`;
    await request('DELETE', path);
    await request('DELETE', `${path}/pods`, { gracePeriodSeconds: 0 });
  }
}
