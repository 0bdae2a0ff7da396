import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/components.ts';
import { clientPair, createAuthority } from '../control-plane/pki.ts';
import { byUrl, registerGate, shippedAccount, startGate, untilJudging } from './gate.ts';
import { newNamespace } from './shared-cluster.ts';

/** What an operator writes for the API server, as docs/webhook.md has it. */
const apiServerConfiguration = (kubeConfigFile: string) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AdmissionConfiguration',
  plugins: ['ValidatingAdmissionWebhook', 'MutatingAdmissionWebhook'].map(name => ({
    name,
    configuration: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'WebhookAdmissionConfiguration',
      kubeConfigFile,
    },
  })),
});

let folder: string;
let cluster: Cluster;
let port: number;

const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-client-ca-'));
  [port = 0] = await freePorts(1);
  const callers = createAuthority();
  const { cert, key } = clientPair(callers, 'kube-apiserver', []);
  const user = { 'client-certificate': write('client.crt', cert), 'client-key': write('client.key', key) };
  const users = [{ name: `127.0.0.1:${port}`, user }];
  const kubeConfigFile = write('webhooks.kubeconfig', { apiVersion: 'v1', kind: 'Config', users });
  const configuration = write('admission.json', apiServerConfiguration(kubeConfigFile));
  cluster = await startCluster({ apiServerFlags: [`--admission-control-config-file=${configuration}`] });
  const { kubeconfig } = await shippedAccount(cluster, 'webhook');
  const flags = ['--client-ca', write('callers.crt', callers.cert)];
  await startGate(cluster, { name: 'gate', command: 'serve', kubeconfig, port, flags });
  await registerGate(cluster, byUrl(cluster, { port }));
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

test('an API server that shows its certificate is answered', async () => {
  await untilJudging(cluster, await newNamespace(cluster, 'enforced', { 'chokepoint.dev/mode': 'enforce' }));
});

test('and who shows none, or one of the cluster itself, is not', async () => {
  const { authority } = cluster.address;
  const review = readFileSync(new URL('../fixtures/reviews/pod-create.json', import.meta.url));
  const post = (client: object): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const where = { host: cluster.address.host, port, path: '/validate', method: 'POST', agent: false } as const;
      const sent = request({ ...where, ca: authority.cert, headers, ...client }, response => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end(review);
    });
  await expect(post({})).rejects.toThrow();
  await expect(post(clientPair(authority, 'system:node:node-1', ['system:nodes']))).rejects.toThrow();
});
