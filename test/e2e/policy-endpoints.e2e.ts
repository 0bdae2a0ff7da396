import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { SPEC_THAT_CREATES, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, PODS, POLICIES, pathIn } from './scene.ts';
import { collectionOf, type ServedKind, serveKinds } from './served-kinds.ts';
import { LABELS, pod } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/**
 * A gate stays until what enforces policies has taken up those of the Pod, where the cluster tells: PolicyEndpoints as Amazon EKS makes them, here of a kind
 * of the tests' own, and written by them. In a cluster of its own: Pods of every namespace wait.
 */

const POLICY_ENDPOINT: ServedKind = {
  ...{ group: 'networking.k8s.aws', version: 'v1alpha1', kind: 'PolicyEndpoint', plural: 'policyendpoints' },
  scope: 'Namespaced',
};
/** Longer than a lift takes, and shorter than the controller waits. */
const SETTLED_MS = 5_000;

let cluster: Cluster;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = await startCluster();
  await serveKinds(cluster, [POLICY_ENDPOINT]);
});
afterAll(async () => {
  await gate?.close();
  await cluster?.stop();
});

interface Written {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: {
    readonly podSelector: object;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly WrittenRule[];
    readonly egress?: readonly WrittenRule[];
  };
}

/** A server in a namespace of its own, and the policy that the controller made for it. */
async function heldServer(name: string): Promise<{ readonly namespace: string; readonly policy: Written }> {
  const namespace = await newNamespace(cluster, name, { [MODE]: 'enforce' });
  expectOk(await cluster.request('POST', pathIn(namespace, PODS), pod('weather', LABELS)));
  const policy = await eventually('its policy is there', async () => {
    const { body } = await cluster.request('GET', pathIn(namespace, POLICIES));
    return (body.items[0] as Written | undefined) ?? undefined;
  });
  return { namespace, policy };
}

const isHeld = async (namespace: string): Promise<boolean> => {
  const { body } = await cluster.request('GET', `${pathIn(namespace, PODS)}/weather`);
  return (body.spec.schedulingGates ?? []).length > 0;
};
const untilLetGo = (namespace: string): Promise<true> =>
  eventually('it is let go', async () => ((await isHeld(namespace)) ? undefined : (true as const)), {
    timeoutMs: 60_000,
  });
const notes = async (namespace: string): Promise<readonly string[]> => {
  const { body } = await cluster.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
  return body.items
    .filter(({ reason }: { reason: string }) => reason === 'PolicyNotProgrammed')
    .map(({ note }: { note: string }) => note);
};

interface WrittenRule {
  readonly ports?: readonly object[];
  readonly from?: readonly { readonly ipBlock?: object }[];
  readonly to?: readonly { readonly ipBlock?: object }[];
}

/** What the policy controller of EKS makes of the blocks of rules. */
const blocksOf = (rules: readonly WrittenRule[] = []): readonly object[] =>
  rules.flatMap(({ ports = [], from = [], to = [] }) =>
    [...from, ...to].flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : { ...ipBlock, ports })),
  );

function endpointOf({ metadata: { name, uid }, spec }: Written, changed: object = {}): object {
  return {
    apiVersion: 'networking.k8s.aws/v1alpha1',
    kind: 'PolicyEndpoint',
    metadata: {
      name: `${name}-x7k2p`,
      ownerReferences: [{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name, uid, controller: true }],
    },
    spec: {
      policyRef: { name },
      podSelector: spec.podSelector,
      podIsolation: spec.policyTypes,
      ingress: blocksOf(spec.ingress),
      egress: blocksOf(spec.egress),
      ...changed,
    },
  };
}

test('a Pod is let go once there are PolicyEndpoints that say what its policy says', async () => {
  gate = await startWorkingGate(cluster, 'endpoints');
  await gate.startController();
  const { namespace, policy } = await heldServer('taken-up');
  const path = collectionOf(POLICY_ENDPOINT, namespace);
  // One of the version before, which lets more out.
  const old = endpointOf(policy, { egress: [{ cidr: '0.0.0.0/0' }] });
  expectOk(await cluster.request('POST', path, old));
  await new Promise(resolve => setTimeout(resolve, SETTLED_MS));
  expect(await isHeld(namespace)).toBe(true);
  expectOk(await cluster.request('PATCH', `${path}/${policy.metadata.name}-x7k2p`, endpointOf(policy)));
  const began = Date.now();
  await untilLetGo(namespace);
  process.stderr.write(`let go ${Date.now() - began} ms after its PolicyEndpoint said what its policy says\n`);
  expect(await notes(namespace)).toEqual([]);
});

test('where none comes it is let go after a while, and an Event says so', async () => {
  const { namespace, policy } = await heldServer('never');
  await untilLetGo(namespace);
  const [note] = await eventually('an Event', async () => {
    const all = await notes(namespace);
    return all.length > 0 ? all : undefined;
  });
  expect(note).toBe(
    `no PolicyEndpoint says what NetworkPolicy ${policy.metadata.name} says now: it is let go after 30 s all the same`,
  );
  await gate.close();
});

test('where policies that nothing enforces are a denial it stays held', async () => {
  gate = await startWorkingGate(cluster, 'strict', {
    ...SPEC_THAT_CREATES,
    rules: { 'policies-not-enforced': { level: 'deny' } },
  });
  await gate.startController();
  const { namespace, policy } = await heldServer('strict');
  const [note] = await eventually(
    'an Event',
    async () => {
      const all = await notes(namespace);
      return all.length > 0 ? all : undefined;
    },
    { timeoutMs: 60_000 },
  );
  expect(note).toBe(`no PolicyEndpoint says what NetworkPolicy ${policy.metadata.name} says now: it stays held`);
  expect(await isHeld(namespace)).toBe(true);
  expectOk(await cluster.request('POST', collectionOf(POLICY_ENDPOINT, namespace), endpointOf(policy)));
  await untilLetGo(namespace);
});
