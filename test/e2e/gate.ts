import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { ensure, expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { type Pair, serverPair } from '../control-plane/pki.ts';
import { type RunningProgram, startProgram } from '../control-plane/processes.ts';
import type { User } from '../control-plane/users.ts';
import { type WebhookTarget, webhooksLive } from '../control-plane/webhooks.ts';
import { GATEWAYS } from '../support/gate-spec.ts';
import { PODS, pathIn } from './scene.ts';
import { pod } from './servers.ts';

/** The gate as it is shipped: the built program in processes of its own, its accounts, its webhook configurations. */

export const SYSTEM = 'chokepoint-system';
export const SERVICE = 'chokepoint';
const ROOT = new URL('../../', import.meta.url);
/** The shipped objects. */
const BASE = new URL('manifests/base/', ROOT);
/** The accounts, what they may do, and the objects that they keep: the account of each is made by all of them. */
const ACCOUNT_FILES = ['10-accounts.yaml', '20-rights.yaml', '21-limits.yaml', '31-state.yaml'];
const PROGRAM = fileURLToPath(new URL('dist/chokepoint.js', ROOT));
/** As the image starts it (Dockerfile), and the heap that Node.js takes in a container of 512 MiB, the limit of the Pods that are shipped. */
const NODE_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=256'];
/** Of the controller that works. */
export const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/chokepoint-controller`;
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1';

/** Of the environment: the program is built already, by whoever runs several suites on it at once. */
export const BUILT_VARIABLE = 'CHOKEPOINT_E2E_BUILT';

/** Builds the program that the processes run: once, before the first test. */
export const buildProgram = (): void => {
  if (process.env[BUILT_VARIABLE] === undefined)
    execFileSync(process.execPath, ['build.ts'], { cwd: fileURLToPath(ROOT) });
};

/** An account that is shipped, with exactly the rights that it is given there. */
export async function shippedAccount(cluster: Connection, name: 'webhook' | 'controller'): Promise<User> {
  await ensure(cluster.request, '/api/v1/namespaces', { metadata: { name: SYSTEM } });
  const stdin = ACCOUNT_FILES.map(file => readFileSync(new URL(file, BASE), 'utf8')).join('---\n');
  const applied = await cluster.kubectl(['apply', '-f', '-'], { stdin });
  if (applied.code !== 0) throw new Error(applied.stderr);
  return cluster.serviceAccount(SYSTEM, `chokepoint-${name}`);
}

/** The audience of the tests: a cluster whose gateway and ranges are known, and who may lower a mode. Namespaces without a label are audited. */
export const SPEC = {
  mode: 'audit',
  absentPolicy: 'reject',
  modeChangers: { groups: ['platform'] },
  gateways: GATEWAYS,
  protectedNetworks: {
    pods: ['10.244.0.0/16'],
    services: ['10.96.0.0/12'],
    nodes: ['192.0.2.0/24'],
    controlPlane: [],
  },
};

/** The same, where servers get the policies that they lack, and the administrator may lower a mode. */
export const SPEC_THAT_CREATES = { ...SPEC, absentPolicy: 'create', modeChangers: { groups: ['system:masters'] } };

export interface GateOptions {
  /** Of the process and its files; unique within the cluster's folder. */
  readonly name: string;
  readonly command: 'serve' | 'controller';
  readonly kubeconfig: string;
  /** Address and port of the webhook; where absent, the one at which the API server reaches it, and a free one. */
  readonly address?: string;
  readonly port?: number;
  /** Further flags. */
  readonly flags?: readonly string[];
  /** Of the file that configures it; `none`: there is no such file. */
  readonly spec?: object | 'none';
}

/** One process of the gate. */
export interface GateProcess {
  /** Of the webhook; 0 of a controller. */
  readonly port: number;
  /** Of its probes and metrics. */
  readonly healthPort: number;
  readonly program: RunningProgram;
  /** Writes a new certificate over the one that is served. */
  rotate(): void;
  /** SIGTERM, and as long as the drain takes. Resolves to how it ended. */
  end(): Promise<string>;
}

const END_MS = 40_000;

function writePair(folder: string, name: string, { cert, key }: Pair): readonly string[] {
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return ['--tls-cert', certFile, '--tls-key', keyFile];
}

/** Starts one process and waits until it says that it is ready. Its log is `NAME.log` in the cluster's folder. */
export async function startGate({ address }: Pick<Connection, 'address'>, options: GateOptions): Promise<GateProcess> {
  const { name, command, kubeconfig, address: host = address.host, port = 0, flags = [], spec = SPEC } = options;
  const { folder, authority } = address;
  const config = join(folder, `${name}.json`);
  const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' }, spec };
  if (spec !== 'none') writeFileSync(config, JSON.stringify(document));
  const newPair = (): readonly string[] =>
    writePair(folder, name, serverPair(authority, [`${SERVICE}.${SYSTEM}.svc`, host, 'localhost']));
  const serving = command === 'serve' ? ['--port', String(port), ...newPair()] : ['--namespace', SYSTEM];
  const program = startProgram(
    {
      name,
      path: process.execPath,
      args: [
        ...NODE_FLAGS,
        PROGRAM,
        command,
        ...['--kubeconfig', kubeconfig, '--host', host, '--health-port', '0'],
        ...(spec === 'none' ? [] : ['--config', config]),
        ...serving,
        ...flags,
      ],
    },
    folder,
  );
  const line = await eventually(
    `${name} is ready`,
    () => /^\{"ready":true.*\}$/m.exec(program.log())?.[0] ?? program.ended(),
  );
  if (!line.startsWith('{')) throw new Error(`${name} ended (${line}): ${program.log().slice(-3000)}`);
  const { port: bound = 0, healthPort } = JSON.parse(line);
  return {
    port: bound,
    healthPort,
    program,
    rotate: () => void newPair(),
    end: () => {
      program.signal('SIGTERM');
      return eventually(`${name} has ended`, () => program.ended(), { timeoutMs: END_MS });
    },
  };
}

/** A webhook configuration as the manifest has it. */
interface Configuration {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly webhooks: readonly {
    readonly name: string;
    readonly clientConfig: { readonly service: { readonly path: string } };
  }[];
}

/**
 * Writes the shipped webhook configurations and waits until they are in force. `target`: where the API server finds a webhook with this path
 * (`/validate` or `/mutate`) and this name. `text`: other configurations, as YAML.
 * Returns how to take them away.
 */
export async function registerGate(
  { request }: Pick<Connection, 'request'>,
  target: (path: string, name: string) => WebhookTarget,
  text = readFileSync(new URL('90-webhooks.yaml', BASE), 'utf8'),
): Promise<() => Promise<void>> {
  const paths: string[] = [];
  for (const configuration of loadAll(text) as Configuration[]) {
    const webhooks = configuration.webhooks.map(webhook => {
      const { caBundle, ...where } = target(webhook.clientConfig.service.path, webhook.name);
      return { ...webhook, clientConfig: { ...where, caBundle: Buffer.from(caBundle).toString('base64') } };
    });
    const path = `${WEBHOOKS}/${configuration.kind.toLowerCase()}s`;
    expectOk(await request('POST', path, { ...configuration, webhooks }), configuration.kind);
    paths.push(`${path}/${configuration.metadata.name}`);
  }
  await webhooksLive(request);
  return async () => {
    for (const path of paths) expectOk(await request('DELETE', path), path);
    await webhooksLive(request);
  };
}

/** By an address of the API server's machine. */
export const byUrl =
  ({ address }: Pick<Connection, 'address'>, { port }: Pick<GateProcess, 'port'>) =>
  (path: string): WebhookTarget => ({
    url: `https://${address.host}:${port}${path}`,
    caBundle: address.authority.cert,
  });

/** By the Service of the manifest. */
export const byService =
  ({ address }: Pick<Connection, 'address'>) =>
  (path: string): WebhookTarget => ({
    service: { namespace: SYSTEM, name: SERVICE, path, port: 443 },
    caBundle: address.authority.cert,
  });

/** The gate at work: the webhook, registered as it is shipped, and controllers as a test asks for them. */
export interface WorkingGate {
  readonly webhook: User;
  readonly controller: User;
  /** The process of the webhook. */
  readonly process: GateProcess;
  /** Starts a controller and waits until it leads. */
  startController(): Promise<GateProcess>;
  /** Lets every controller end in order. */
  stopControllers(): Promise<void>;
  /** Takes everything away, in the order in which nothing is left that nobody answers. */
  close(): Promise<void>;
}

/** Starts the webhook and registers it. `name`: of the processes; `spec`: of their GatePolicy; `more`: further flags of the webhook. */
export async function startWorkingGate(
  cluster: Connection,
  name: string,
  spec: object = SPEC_THAT_CREATES,
  more: readonly string[] = [],
): Promise<WorkingGate> {
  const [webhook, controller] = [await shippedAccount(cluster, 'webhook'), await shippedAccount(cluster, 'controller')];
  const flags = ['--controller-user', controller.name, ...more];
  const gate = await startGate(cluster, { name, command: 'serve', kubeconfig: webhook.kubeconfig, flags, spec });
  const unregister = await registerGate(cluster, byUrl(cluster, gate));
  const controllers: GateProcess[] = [];
  let started = 0;
  const stopControllers = async (): Promise<void> => {
    await Promise.all(controllers.splice(0).map(running => running.end()));
  };
  return {
    webhook,
    controller,
    process: gate,
    startController: async () => {
      const id = `${name}-controller-${started++}`;
      const { kubeconfig } = controller;
      const running = await startGate(cluster, { name: id, command: 'controller', kubeconfig, spec });
      controllers.push(running);
      await eventually('the controller leads', async () => {
        const { body } = await cluster.request('GET', LEASE);
        return Boolean(body.spec?.holderIdentity) || undefined;
      });
      return running;
    },
    stopControllers,
    close: async () => {
      await stopControllers();
      await unregister();
      gate.program.kill();
    },
  };
}

/** Waits until a Pod of a server that no policy selects is refused in a namespace that enforces. */
export const untilJudging = ({ request }: Pick<Connection, 'request'>, enforced: string): Promise<true> =>
  eventually(
    'the gate judges',
    async () => {
      const { status, body } = await request(
        'POST',
        pathIn(enforced, PODS),
        pod('probe', { 'chokepoint.dev/mcp-server': 'true' }),
      );
      return (status === 403 && /must stay behind/.test(body.message)) || undefined;
    },
    { timeoutMs: 60_000 },
  );
