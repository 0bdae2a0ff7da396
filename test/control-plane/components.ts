import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { CLUSTER_PROGRAMS } from './binaries.ts';
import { clientPair, createTokenKeys, type Pair, serverPair } from './pki.ts';
import type { Program } from './processes.ts';

/** The programs of a running control plane; kubectl is none of them. */
export type Component = Exclude<(typeof CLUSTER_PROGRAMS)[number], 'kubectl'>;

/** Ports of 127.0.0.1. */
interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** Where everything of one cluster lies. */
export interface Layout {
  readonly folder: string;
  readonly ports: Ports;
  /** The address that the API server gives as its own in the Service `kubernetes`. */
  readonly advertiseAddress: string;
  readonly serviceRange: string;
  /** Written by the API server where an audit log is asked for. */
  readonly auditLog?: string;
  /** `--feature-gates` and the like of a test that needs them. */
  readonly apiServerFlags: readonly string[];
  readonly controllers: readonly string[];
}

/**
 * The controllers that run. With these a Deployment's pods exist half a second after it was applied; with the whole default set it takes ten
 * times as long, because the controller manager starts its controllers one after another.
 */
export const CONTROLLERS: readonly string[] = [
  'deployment-controller',
  'replicaset-controller',
  'replicationcontroller-controller',
  'statefulset-controller',
  'daemonset-controller',
  'job-controller',
  'cronjob-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'endpointslice-controller',
  'clusterrole-aggregation-controller',
];

/** Free ports, as many as asked for, from the kernel. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      server =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}

const file = (folder: string, name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};

/** A kubeconfig with one cluster, one user and no file beside it. JSON is YAML. `host`: where the API server is seen from there. */
export function kubeconfig(
  port: number,
  ca: string,
  user: Pair | { readonly token: string },
  host = '127.0.0.1',
): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate-data': base64(user.cert), 'client-key-data': base64(user.key) };
  const cluster = { server: `https://${host}:${port}`, 'certificate-authority-data': base64(ca) };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: credentials }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

function auditFlags({ folder, auditLog }: Layout): readonly string[] {
  if (auditLog === undefined) return [];
  const policy = file(folder, 'audit-policy.json', JSON.stringify(AUDIT_POLICY));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`];
}

/** The address of the Service `kubernetes`: the first of the range. */
const firstAddress = (range: string): string => range.replace(/\.\d+\/\d+$/, '.1');

function apiServerFlags(layout: Layout, authority: Pair): readonly string[] {
  const { folder, ports, serviceRange } = layout;
  const serving = serverPair(authority, [
    'localhost',
    '127.0.0.1',
    'kubernetes.default.svc',
    firstAddress(serviceRange),
    layout.advertiseAddress,
  ]);
  const tokens = createTokenKeys();
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.apiServer}`,
    `--advertise-address=${layout.advertiseAddress}`,
    `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
    `--tls-cert-file=${file(folder, 'apiserver.crt', serving.cert)}`,
    `--tls-private-key-file=${file(folder, 'apiserver.key', serving.key)}`,
    `--client-ca-file=${file(folder, 'ca.crt', authority.cert)}`,
    `--service-account-key-file=${file(folder, 'tokens.pub', tokens.publicKey)}`,
    `--service-account-signing-key-file=${file(folder, 'tokens.key', tokens.privateKey)}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--authorization-mode=Node,RBAC',
    `--service-cluster-ip-range=${serviceRange}`,
    '--profiling=false',
    // As every distribution has it: node agents need it.
    '--allow-privileged=true',
    // Else its end waits a minute for the watches of everybody who is connected.
    '--shutdown-watch-termination-grace-period=1s',
    ...auditFlags(layout),
    ...layout.apiServerFlags,
  ];
}

const etcdFlags = ({ folder, ports }: Layout): readonly string[] => [
  '--name=test',
  `--data-dir=${join(folder, 'etcd')}`,
  `--listen-client-urls=http://127.0.0.1:${ports.etcdClient}`,
  `--advertise-client-urls=http://127.0.0.1:${ports.etcdClient}`,
  `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
  `--initial-cluster=test=http://127.0.0.1:${ports.etcdPeer}`,
  '--unsafe-no-fsync',
  '--log-level=warn',
];

/** The controller manager and the scheduler serve nothing (port 0): nobody asks them, and a port less cannot clash. */
function clientFlags(layout: Layout, authority: Pair, user: string): readonly string[] {
  const pair = clientPair(authority, user, []);
  const path = file(layout.folder, `${user}.kubeconfig`, kubeconfig(layout.ports.apiServer, authority.cert, pair));
  return [
    `--kubeconfig=${path}`,
    `--authentication-kubeconfig=${path}`,
    `--authorization-kubeconfig=${path}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    '--secure-port=0',
  ];
}

/** The programs with their flags; writes their certificates and keys into the cluster's folder. */
export function programs(
  layout: Layout,
  authority: Pair,
  paths: Readonly<Record<Component, string>>,
): Readonly<Record<Component, Program>> {
  const controllerUser = 'system:kube-controller-manager';
  const flags: Readonly<Record<Component, readonly string[]>> = {
    etcd: etcdFlags(layout),
    'kube-apiserver': apiServerFlags(layout, authority),
    'kube-controller-manager': [
      ...clientFlags(layout, authority, controllerUser),
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${join(layout.folder, 'tokens.key')}`,
      `--root-ca-file=${join(layout.folder, 'ca.crt')}`,
      `--controllers=${layout.controllers.join(',')}`,
    ],
    'kube-scheduler': clientFlags(layout, authority, 'system:kube-scheduler'),
  };
  // The two clients end where the API server is away while they start.
  const restarts = (name: Component): boolean => name === 'kube-controller-manager' || name === 'kube-scheduler';
  const program = (name: Component): Program => ({
    name,
    path: paths[name],
    args: flags[name],
    restarts: restarts(name),
  });
  return {
    etcd: program('etcd'),
    'kube-apiserver': program('kube-apiserver'),
    'kube-controller-manager': program('kube-controller-manager'),
    'kube-scheduler': program('kube-scheduler'),
  };
}
