import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'vitest';
import { type Answer, expectOk } from '../control-plane/client.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { SERVICE, SYSTEM } from './gate.ts';
import type { Installation } from './installation.ts';
import { CLOSED, LABELS, pod, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** What every installation of the gate is to do, and how to see it. */

export const MODE = 'chokepoint.dev/mode';
export const ABSENT_POLICY = 'chokepoint.dev/absent-policy';
/** A refusal by judgement, not for want of an answer. */
const JUDGED = /denied the request/;
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1';
const CONFIGURATIONS = [
  `${WEBHOOKS}/validatingwebhookconfigurations/${SERVICE}`,
  `${WEBHOOKS}/mutatingwebhookconfigurations/${SERVICE}`,
];

const OPEN_LABELS = { ...LABELS, app: 'open' };

/** An MCP server as a team deploys it. */
export const deployment = (labels: Readonly<Record<string, string>> = LABELS): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: labels.app },
  spec: {
    selector: { matchLabels: { app: labels.app } },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          { name: 'server', image: 'registry.test/weather:1', ports: [{ name: 'mcp', containerPort: 8080 }] },
        ],
      },
    },
  },
});

/** With the policy that closes it. */
const GOOD: readonly object[] = [policy('weather', CLOSED), deployment()];
/** With a policy that lets everybody in. */
export const BAD: readonly object[] = [
  policy('open', { podSelector: { matchLabels: { app: 'open' } }, policyTypes: ['Ingress'], ingress: [{}] }),
  deployment(OPEN_LABELS),
];

/** A namespace with a server in it that is closed, in which what has no policy is refused. */
export async function closedNamespace(cluster: Cluster): Promise<string> {
  const namespace = await newNamespace(cluster, 'test-closed', { [MODE]: 'enforce', [ABSENT_POLICY]: 'reject' });
  const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  expectOk(await cluster.request('POST', policies, policy('weather', CLOSED)));
  expectOk(await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod('weather')));
  return namespace;
}

/** Tries to open the server of a closed namespace: what the API server answers. Nothing is written either way. */
export const tryToOpen = ({ request }: Cluster, namespace: string): Promise<Answer> =>
  request('PATCH', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/weather?dryRun=All`, {
    spec: { ingress: [{}] },
  });

/** Waits until the gate judges in a closed namespace: from when to when that took, in seconds. */
export async function untilJudged(cluster: Cluster, namespace: string): Promise<number> {
  const start = performance.now();
  const judged = async (): Promise<true | undefined> => {
    const { status, body } = await tryToOpen(cluster, namespace);
    return (status === 403 && JUDGED.test(body.message)) || undefined;
  };
  await eventually('the gate judges', judged, { timeoutMs: 90_000, everyMs: 100 });
  return (performance.now() - start) / 1000;
}

/** The caBundle of each webhook of both configurations, as text; empty where it has none. */
export const bundles = async ({ request }: Cluster): Promise<readonly string[]> => {
  const answers = await Promise.all(CONFIGURATIONS.map(path => request('GET', path)));
  return answers.flatMap(answer =>
    expectOk(answer).body.webhooks.map(({ clientConfig }: { clientConfig: { caBundle?: string } }) =>
      Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
    ),
  );
};

/** What a server is told, a bad one and a good one, by kubectl, as a user sees it. */
export async function refusesTheBadAndAdmitsTheGood({ cluster }: Pick<Installation, 'cluster'>): Promise<void> {
  const namespace = await newNamespace(cluster, 'test-team', { [MODE]: 'enforce' });
  const apply = (objects: readonly object[]) =>
    cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: objects });
  const bad = await apply(BAD);
  expect([bad.code, bad.stderr]).toEqual([1, expect.stringMatching(JUDGED)]);
  const good = await apply(GOOD);
  expect([good.code, good.stdout]).toEqual([
    0,
    'networkpolicy.networking.k8s.io/weather created\ndeployment.apps/weather created\n',
  ]);
  await isAvailable(cluster, namespace, 'weather');
}

/** Waits until a Deployment runs. */
export async function isAvailable(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const args = ['rollout', 'status', '-n', namespace, `deployment/${name}`, '--timeout=30s'];
  const { code, stderr } = await cluster.kubectl(args);
  if (code !== 0) throw new Error(stderr);
}

/** What the controller wrote in a namespace, each once, in order. */
const written = (cluster: Cluster, namespace: string): readonly string[] => [
  ...new Set(
    cluster
      .auditEvents()
      .filter(({ user, verb }) => /:chokepoint-controller$/.test(user.username) && verb === 'patch')
      .filter(({ objectRef }) => objectRef?.namespace === namespace)
      .map(({ objectRef }) => objectRef?.resource ?? ''),
  ),
];

/** A server without a policy gets one and starts, in this order. A Pod of its own is surely held meanwhile; that of a Deployment may come later than the policy. */
export async function holdsAndCreates({ cluster }: Pick<Installation, 'cluster'>): Promise<void> {
  const [teams, alone] = [
    await newNamespace(cluster, 'test-created', { [MODE]: 'enforce' }),
    await newNamespace(cluster, 'test-created', { [MODE]: 'enforce' }),
  ];
  const applied = await cluster.kubectl(['apply', '-n', teams, '-f', '-'], { stdin: [deployment()] });
  expect([applied.code, applied.stderr]).toEqual([0, expect.stringContaining('Warning:')]);
  const server = pod('weather', LABELS, { schedulerName: 'default-scheduler' });
  expect((await cluster.kubectl(['apply', '-n', alone, '-f', '-'], { stdin: [server] })).code).toBe(0);
  await isAvailable(cluster, teams, 'weather');
  const ready = ['wait', '-n', alone, '--for=condition=Ready', 'pod/weather', '--timeout=30s'];
  expect((await cluster.kubectl(ready)).code).toBe(0);
  expect(written(cluster, teams)[0]).toBe('networkpolicies');
  expect(written(cluster, alone)).toEqual(['networkpolicies', 'pods']);
}

/** Addresses of the gate's webhook Pods that are ready. */
export async function replicas({ request }: Cluster): Promise<readonly string[]> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM}/endpointslices?labelSelector=kubernetes.io/service-name=${SERVICE}`;
  const slices: readonly { endpoints: readonly { addresses: readonly string[]; conditions: { ready: boolean } }[] }[] =
    expectOk(await request('GET', path)).body.items;
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions.ready)
    .flatMap(({ addresses }) => addresses);
}

/** Serial number of the certificate that a replica serves, where it is trusted by `ca` for the Service's name; an error otherwise. */
const served = (address: string, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const servername = `${SERVICE}.${SYSTEM}.svc`;
    const socket: TLSSocket = connectTls({ host: address, port: 8443, ca, servername }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });

/** Waits until both replicas serve another certificate than before, which the caBundle of now trusts. */
export async function untilRotated(cluster: Cluster, before: readonly string[]): Promise<readonly string[]> {
  const bothNew = async (): Promise<readonly string[] | undefined> => {
    const now = await serials(cluster);
    return now.length === before.length && now.every(serial => !before.includes(serial)) ? now : undefined;
  };
  return eventually('both serve a new certificate', bothNew, { timeoutMs: 120_000, everyMs: 500 });
}

/** Of the certificates that the replicas serve; an error where the caBundle does not trust one. */
export async function serials(cluster: Cluster): Promise<readonly string[]> {
  const [ca = ''] = await bundles(cluster);
  return Promise.all((await replicas(cluster)).map(address => served(address, ca)));
}

/** What the accounts that are shipped were forbidden so far, by the API server's audit log. */
export const forbidden = (cluster: Cluster): readonly string[] =>
  cluster
    .auditEvents()
    .filter(({ user }) => String(user.username).startsWith(`system:serviceaccount:${SYSTEM}:chokepoint-`))
    .filter(({ responseStatus }) => responseStatus?.code === 401 || responseStatus?.code === 403)
    .map(({ user, verb, requestURI }) => `${user.username} ${verb} ${requestURI}`);
