import { type PolicyEndpoint, readPolicyEndpoint } from '../../../core/kube/policy-endpoint.ts';
import { GateError } from '../../../errors.ts';
import type { Client } from '../client/client.ts';
import type { Resource } from '../client/paths.ts';
import { listAll } from './list.ts';

const POLICY_ENDPOINTS: Resource = {
  group: 'networking.k8s.aws',
  version: 'v1alpha1',
  kind: 'PolicyEndpoint',
  plural: 'policyendpoints',
};

/** Milliseconds for one page: who asks holds Pods meanwhile. */
const DEADLINE_MS = 5_000;

/**
 * The PolicyEndpoints of a namespace, no older than the call; `undefined` where the cluster does not serve them, or they may not be read (an installation
 * with the rights of an older version). Rejects with a GateError where there is no such answer.
 */
export async function readPolicyEndpoints(
  client: Client,
  namespace: string,
): Promise<readonly PolicyEndpoint[] | undefined> {
  let all: PolicyEndpoint[] = [];
  const begin = () => {
    all = [];
    return (raw: Parameters<typeof readPolicyEndpoint>[0]): void => void all.push(readPolicyEndpoint(raw));
  };
  const result = await listAll(client, POLICY_ENDPOINTS, { namespace, deadlineMs: DEADLINE_MS, begin });
  if (result.kind === 'listed') return all;
  const { status } = result.answer;
  if (status === 403 || status === 404) return undefined;
  throw new GateError('unexpected-answer', `the PolicyEndpoints of ${namespace} cannot be listed: ${status}`);
}
