import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningController, startController } from '../../src/main/controller.ts';
import { type RunningGate, startServe } from '../../src/main/serve.ts';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { User } from '../control-plane/users.ts';
import { registerWebhook, type WebhookRule } from '../control-plane/webhooks.ts';
import { SYSTEM, shippedAccount } from './gate.ts';
import { newNamespace } from './shared-cluster.ts';

/** Namespaces with this label are gated; its value is the gate's own. */
const LABEL = 'test.chokepoint.dev/gate';

const rule = (group: string, operations: WebhookRule['operations'], ...resources: readonly string[]): WebhookRule => ({
  operations,
  apiGroups: [group],
  apiVersions: ['v1'],
  resources,
});

const VALIDATED: readonly WebhookRule[] = [
  rule('networking.k8s.io', ['CREATE', 'UPDATE', 'DELETE'], 'networkpolicies', 'ingresses'),
  rule('apps', ['CREATE', 'UPDATE'], 'deployments', 'statefulsets', 'daemonsets', 'replicasets'),
  rule('batch', ['CREATE', 'UPDATE'], 'jobs', 'cronjobs'),
  rule(
    '',
    ['CREATE', 'UPDATE'],
    'pods',
    'pods/status',
    'pods/ephemeralcontainers',
    'services',
    'replicationcontrollers',
  ),
  rule('', ['UPDATE'], 'namespaces', 'namespaces/status'),
];

/** A GatePolicy that knows the cluster's ranges and its gateway. */
export const GATE_POLICY = {
  mode: 'enforce',
  gateways: [
    {
      name: 'envoy',
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
          podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
        },
      ],
    },
  ],
  protectedNetworks: {
    pods: ['10.244.0.0/16'],
    services: ['10.96.0.0/12'],
    nodes: ['192.0.2.0/24'],
    controlPlane: ['192.0.2.1/32'],
  },
};

/** A gate that guards namespaces of a real cluster: the webhook, and the controller where it is asked for. */
export interface LiveGate {
  readonly gate: RunningGate;
  readonly webhook: User;
  readonly controller: User;
  /** Starts a controller; closed with the gate at the latest. */
  startController(): Promise<RunningController>;
  /** Labels of the namespaces that the webhook is called for. */
  readonly labels: Readonly<Record<string, string>>;
  /** A new namespace that the webhook is called for. */
  namespace(prefix: string, labels?: Readonly<Record<string, string>>): Promise<string>;
  /** Ends every controller that runs. */
  stopControllers(): Promise<void>;
  close(): Promise<void>;
}

/** Starts our own programs in this process under the accounts that are shipped, and registers the webhook for its own namespaces. `spec`: of the GatePolicy. */
export async function startLiveGate(cluster: Connection, spec: object = GATE_POLICY): Promise<LiveGate> {
  const id = randomBytes(4).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-live-'));
  const config = join(folder, 'chokepoint.yaml');
  writeFileSync(
    config,
    JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' }, spec }),
  );
  const [webhook, controller] = [await shippedAccount(cluster, 'webhook'), await shippedAccount(cluster, 'controller')];
  const { host } = cluster.address;
  const shared = { config, workingFolder: folder, host, healthPort: 0 };
  const choice = (user: User) => ({ kubeconfig: user.kubeconfig, env: {}, home: folder });
  const gate = await startServe({
    ...shared,
    world: choice(webhook),
    controllerUser: controller.name,
    port: 0,
    tlsNames: [host],
    drain: { delayMs: 0, graceMs: 1000 },
    log: join(folder, 'serve.log'),
  });
  await gate.ready;
  const target = (path: string) => ({
    url: `https://${host}:${gate.port}${path}`,
    caBundle: gate.developmentCertificate ?? '',
  });
  const fields = {
    namespaceSelector: { matchLabels: { [LABEL]: id } },
    failurePolicy: 'Fail',
    timeoutSeconds: 5,
    matchPolicy: 'Equivalent',
  };
  const unregister = [
    await registerWebhook(cluster.request, {
      name: `validate-${id}`,
      phase: 'validating',
      target: target('/validate'),
      rules: VALIDATED,
      fields,
    }),
    await registerWebhook(cluster.request, {
      name: `mutate-${id}`,
      phase: 'mutating',
      target: target('/mutate'),
      rules: [rule('', ['CREATE'], 'pods')],
      fields,
    }),
  ];
  const controllers: RunningController[] = [];
  const stopControllers = async (): Promise<void> => {
    await Promise.all(controllers.splice(0).map(running => running.close()));
  };
  return {
    gate,
    webhook,
    controller,
    startController: async () => {
      const running = await startController({
        ...shared,
        cluster: choice(controller),
        namespace: SYSTEM,
        log: join(folder, `controller.log`),
      });
      controllers.push(running);
      await eventually('the controller leads', () => running.isLeader() || undefined);
      return running;
    },
    labels: { [LABEL]: id },
    stopControllers,
    namespace: (prefix, labels = {}) => newNamespace(cluster, prefix, { ...labels, [LABEL]: id }),
    close: async () => {
      for (const remove of unregister) await remove();
      await stopControllers();
      await gate.close();
      if (process.env.KEEP_LOGS) process.stderr.write(`logs in ${folder}\n`);
      else rmSync(folder, { recursive: true });
    },
  };
}

/** A Deployment that says it is an MCP server. */
export const serverDeployment = (name: string, replicas = 1): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { 'chokepoint.dev/mcp-server': 'true' } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          { name: 'server', image: 'registry.test/server:1', ports: [{ name: 'http', containerPort: 8080 }] },
        ],
      },
    },
  },
});

/** Creates an object of a namespace; an error where it is refused. */
export async function create(cluster: Connection, namespace: string, object: object): Promise<void> {
  const answer = await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, object);
  expectOk(answer, `create in ${namespace}`);
}
