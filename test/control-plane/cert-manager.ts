import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinaries } from './binaries.ts';
import { expectOk } from './client.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from './eventually.ts';

/** The real cert-manager. */

const MODULE = 'github.com/cert-manager/cert-manager';
const FOLDER = fileURLToPath(new URL('cert-manager/', import.meta.url));
const CONTROLLERS = [
  'issuers',
  'clusterissuers',
  'certificates-issuing',
  'certificates-key-manager',
  'certificates-readiness',
  'certificates-request-manager',
  'certificates-revision-manager',
  'certificates-trigger',
  'certificaterequests-issuer-ca',
  'certificaterequests-issuer-selfsigned',
  'certificaterequests-approver',
];
/** Where its sources lie: Go's module cache. It is downloaded where it is not there. */
function moduleFolder(): string {
  const text = execFileSync('go', ['mod', 'download', '-json', MODULE], { cwd: FOLDER, encoding: 'utf8' });
  return JSON.parse(text).Dir;
}

/** Its CustomResourceDefinitions as YAML, from its module. They are a chart's templates there, of which the chart's own labels are left out. */
export function certManagerDefinitions(): string {
  const folder = join(moduleFolder(), 'deploy', 'crds');
  const files = readdirSync(folder).filter(name => /^crd-.*\.yaml$/.test(name));
  const lines = files.flatMap(name => ['---', ...readFileSync(join(folder, name), 'utf8').split('\n')]);
  return lines.filter(line => !line.includes('{{')).join('\n');
}

/** Brings to this machine what `startCertManager` needs, so that it works without a network. */
export async function fetchCertManager(): Promise<void> {
  await findBinaries(['cert-manager-controller', 'cert-manager-cainjector']);
  moduleFolder();
}

/**
 * Applies cert-manager's CustomResourceDefinitions and starts its controller and its cainjector, which end with the cluster. Its own webhook does
 * not run: a Certificate that is wrong is accepted. This version is older than matchConditions: its cainjector takes them out of what it writes a
 * caBundle into. Resolves when an Issuer becomes ready.
 */
export async function startCertManager(cluster: Cluster): Promise<void> {
  const paths = await findBinaries(['cert-manager-controller', 'cert-manager-cainjector']);
  const applied = await cluster.kubectl(['apply', '--server-side', '-f', '-'], { stdin: certManagerDefinitions() });
  if (applied.code !== 0) throw new Error(applied.stderr);
  const common = [`--kubeconfig=${cluster.address.kubeconfig}`, '--leader-elect=false'];
  cluster.run({
    name: 'cert-manager-cainjector',
    path: paths['cert-manager-cainjector'],
    args: common,
    restarts: true,
  });
  cluster.run({
    name: 'cert-manager-controller',
    path: paths['cert-manager-controller'],
    args: [
      ...common,
      `--controllers=${CONTROLLERS.join(',')}`,
      '--cluster-resource-namespace=default',
      '--metrics-listen-address=127.0.0.1:0',
    ],
    restarts: true,
  });
  const issuers = '/apis/cert-manager.io/v1/namespaces/default/issuers';
  const probe = { metadata: { name: 'probe' }, spec: { selfSigned: {} } };
  await eventually('cert-manager takes an Issuer', async () => {
    const { status } = await cluster.request('POST', issuers, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Issuer',
      ...probe,
    });
    return status === 201 || status === 409 || undefined;
  });
  await eventually('cert-manager works', async () => {
    const { body } = await cluster.request('GET', `${issuers}/probe`);
    return body.status?.conditions?.some((condition: { status: string }) => condition.status === 'True') || undefined;
  });
  expectOk(await cluster.request('DELETE', `${issuers}/probe`));
}
