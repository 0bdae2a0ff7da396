import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningController, startController } from '../../src/main/controller.ts';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/components.ts';
import { eventually } from '../control-plane/eventually.ts';
import { startKubeProxy } from '../control-plane/kube-proxy.ts';
import { addNode, fakePodRunning } from '../control-plane/nodes.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import type { User } from '../control-plane/users.ts';
import { type GateProcess, registerGate, SERVICE, SYSTEM, shippedAccount, startGate, untilJudging } from './gate.ts';
import { EVERY_CALL, startLoad, type Tally, tallyText } from './load.ts';
import { type MountedSecret, mountSecret } from './mounted-secret.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

const ROTATE = 'chokepoint.dev/rotate';
const PORT = 8443;
const APP = { app: SERVICE };
const NAME = `${SERVICE}.${SYSTEM}.svc`;
const SECRETS = `/api/v1/namespaces/${SYSTEM}/secrets`;
const CONFIGURATIONS = ['validating', 'mutating'].map(
  phase => `/apis/admissionregistration.k8s.io/v1/${phase}webhookconfigurations/chokepoint`,
);
/** As it is, but faster: no kubelet takes longer than 3 s here, and Pods look every ten. */
const TIMES = { lookMs: 1_000, settleMs: 3_000, overlapMs: 25_000 };
const KUBELET_MS = [500, 3_000] as const;

interface Replica {
  readonly address: string;
  readonly secret: MountedSecret;
  readonly gate: GateProcess;
}

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('certificates that the controller makes', () => {
  let cluster: Cluster;
  let account: User;
  let controller: RunningController | undefined;
  let enforced: string;
  const replicas: Replica[] = [];

  const secret = async (name: 'chokepoint-ca' | 'chokepoint-tls'): Promise<ReadonlyMap<string, string>> => {
    const { data = {} } = expectOk(await cluster.request('GET', `${SECRETS}/${name}`)).body;
    return new Map(Object.entries(data as Record<string, string>).map(([key, text]) => [key, atob(text)]));
  };
  const bundles = async (): Promise<ReadonlySet<string>> => {
    const found = await Promise.all(CONFIGURATIONS.map(path => cluster.request('GET', path)));
    const webhooks = found.flatMap(answer => expectOk(answer).body.webhooks);
    return new Set(webhooks.map(({ clientConfig }) => atob(clientConfig.caBundle ?? '')));
  };
  const start = async (): Promise<void> => {
    controller = await startController({
      cluster: { kubeconfig: account.kubeconfig, env: {}, home: cluster.address.folder },
      namespace: SYSTEM,
      workingFolder: cluster.address.folder,
      host: '127.0.0.1',
      healthPort: 0,
      manageCertificates: true,
      rotationTimes: TIMES,
      log: join(cluster.address.folder, 'certificates.log'),
    });
  };
  const startReplica = async (index: number): Promise<Replica> => {
    const [name, address] = [`gate-${index}`, `10.244.0.${10 + index}`];
    execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
    const parent = join(cluster.address.folder, `${name}-tls`);
    mkdirSync(parent);
    const mounted = mountSecret(cluster.request, `${SECRETS}/chokepoint-tls`, ['tls.crt', 'tls.key'], {
      parent,
      delayMs: KUBELET_MS[index] ?? 0,
    });
    await mounted.ready;
    const files = ['--tls-cert', join(mounted.folder, 'tls.crt'), '--tls-key', join(mounted.folder, 'tls.key')];
    const { kubeconfig } = await shippedAccount(cluster, 'webhook');
    const gate = await startGate(cluster, { name, command: 'serve', kubeconfig, address, port: PORT, flags: files });
    const spec = { nodeName: 'node-1', containers: [{ name: 'gate', image: 'registry.test/gate:1' }] };
    const pods = `/api/v1/namespaces/${SYSTEM}/pods`;
    expectOk(await cluster.request('POST', pods, { metadata: { name, labels: APP }, spec }));
    await fakePodRunning(cluster.request, SYSTEM, name, address);
    return { address, secret: mounted, gate };
  };
  /** Serial number of what a replica serves to who trusts this bundle. */
  const served = (address: string, ca: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host: address, port: PORT, ca, servername: NAME }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const isServed = (old: string): Promise<unknown> =>
    eventually(
      'every replica serves a new certificate that is trusted',
      async () => {
        const cert = (await secret('chokepoint-tls')).get('tls.crt') ?? '';
        const { serialNumber } = new X509Certificate(cert);
        if (cert === old) return undefined;
        const [bundle = ''] = await bundles();
        const now = await Promise.all(replicas.map(({ address }) => served(address, bundle)));
        return now.every(serial => serial === serialNumber) || undefined;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
  const under = async (what: string, work: () => Promise<unknown>): Promise<Tally> => {
    const load = startLoad(cluster.request, enforced, 2);
    const startMs = performance.now();
    await work();
    await sleep(1000);
    const tally = await load.stop();
    process.stderr.write(`${what} (${((performance.now() - startMs) / 1000).toFixed(1)} s): ${tallyText(tally)}\n`);
    return tally;
  };
  const SURE = { right: expect.any(Number), wrong: [], unjudged: [], away: [] };

  beforeAll(async () => {
    cluster = await startCluster({ audit: true });
    await addNode(cluster.request, 'node-1', NODE_ADDRESS);
    const [healthz = 0, metrics = 0] = await freePorts(2);
    await startKubeProxy(cluster, 'node-1', [healthz, metrics]);
    account = await shippedAccount(cluster, 'controller');
    await cluster.serviceAccount(SYSTEM, 'default');
    const spec = { selector: APP, ports: [{ port: 443, targetPort: PORT }] };
    expectOk(
      await cluster.request('POST', `/api/v1/namespaces/${SYSTEM}/services`, { metadata: { name: SERVICE }, spec }),
    );
    enforced = await newNamespace(cluster, 'enforce', { 'chokepoint.dev/mode': 'enforce' });
    const policies = `/apis/networking.k8s.io/v1/namespaces/${enforced}/networkpolicies`;
    expectOk(await cluster.request('POST', policies, policy('weather', CLOSED)));
    expectOk(await cluster.request('POST', `/api/v1/namespaces/${enforced}/pods`, pod('weather')));
  });

  afterAll(async () => {
    await controller?.close();
    for (const { gate, secret: mounted, address } of replicas) {
      gate.program.kill();
      await mounted.stop();
      execFileSync('ip', ['address', 'del', `${address}/32`, 'dev', 'lo']);
    }
    await cluster?.stop();
  });

  test('are made before the webhook configurations are there, and trusted once they are', async () => {
    await start();
    await eventually('there is a certificate', async () => (await secret('chokepoint-tls')).get('tls.crt'));
    const service = (path: string) => ({
      service: { namespace: SYSTEM, name: SERVICE, path, port: 443 },
      caBundle: '',
    });
    await registerGate(cluster, service);
    const [ca, tls] = [await secret('chokepoint-ca'), await secret('chokepoint-tls')];
    await eventually('they are trusted', async () => !(await bundles()).has('') || undefined);
    expect(await bundles()).toEqual(new Set([ca.get('ca.crt')]));
    expect(tls.get('ca.crt')).toBe(ca.get('ca.crt'));
    expect([...ca.keys(), ...tls.keys()].sort()).toEqual([
      'ca.crt',
      'ca.crt',
      'ca.key',
      'previous.crt',
      'tls.crt',
      'tls.key',
    ]);
  });

  test('are served, and the gate judges', async () => {
    for (const index of [0, 1]) replicas.push(await startReplica(index));
    await untilJudging(cluster, enforced);
  });

  test.each([
    ['a new authority is asked for', 'chokepoint-ca', { metadata: { annotations: { [ROTATE]: '1' } } }],
    ['another authority is asked for at once', 'chokepoint-ca', { metadata: { annotations: { [ROTATE]: '2' } } }],
    ['what is served is lost', 'chokepoint-tls', { data: null }],
    ['the authority is lost', 'chokepoint-ca', { data: null }],
    ['a new certificate is asked for', 'chokepoint-tls', { metadata: { annotations: { [ROTATE]: 'x' } } }],
  ] as const)(
    '%s: no call fails',
    async (what, name, change) => {
      const before = await secret('chokepoint-tls');
      const tally = await under(what, async () => {
        expectOk(await cluster.request('PATCH', `${SECRETS}/${name}`, change));
        await isServed(before.get('tls.crt') ?? '');
      });
      expect(tally).toEqual(SURE);
      expect(tally.right).toBeGreaterThanOrEqual(EVERY_CALL);
      expect(expectOk(await cluster.request('GET', `${SECRETS}/${name}`)).body.metadata.annotations).not.toHaveProperty(
        [ROTATE],
      );
    },
    120_000,
  );

  test('the controller is killed in the middle, and the next one ends the rotation: no call fails', async () => {
    const before = await secret('chokepoint-tls');
    const authority = (await secret('chokepoint-ca')).get('ca.crt');
    const tally = await under('another controller goes on', async () => {
      const change = { metadata: { annotations: { [ROTATE]: '3' } } };
      expectOk(await cluster.request('PATCH', `${SECRETS}/chokepoint-ca`, change));
      await eventually(
        'it has begun',
        async () => (await secret('chokepoint-ca')).get('ca.crt') !== authority || undefined,
      );
      await controller?.close();
      await start();
      await isServed(before.get('tls.crt') ?? '');
    });
    expect(tally).toEqual(SURE);
  });

  test('the earlier authorities are forgotten once nobody can serve what they signed: no call fails', async () => {
    const tally = await under('the earlier authorities are forgotten', () =>
      eventually(
        'one authority is left',
        async () => {
          const current = (await secret('chokepoint-ca')).get('ca.crt') ?? '';
          return (
            ([...(await bundles())].join() === current && (await secret('chokepoint-ca')).get('previous.crt') === '') ||
            undefined
          );
        },
        { timeoutMs: 60_000 },
      ),
    );
    expect(tally).toEqual(SURE);
  });

  test('an authority that is to be distrusted is trusted no longer, and the gate judges again once the new certificate is mounted', async () => {
    const before = await secret('chokepoint-ca');
    const served = (await secret('chokepoint-tls')).get('tls.crt') ?? '';
    const change = { metadata: { annotations: { [ROTATE]: 'distrust' } } };
    expectOk(await cluster.request('PATCH', `${SECRETS}/chokepoint-ca`, change));
    await isServed(served);
    const after = await secret('chokepoint-ca');
    expect(after.get('ca.crt')).not.toBe(before.get('ca.crt'));
    expect(await bundles()).toEqual(new Set([after.get('ca.crt')]));
    expect(await under('after that', () => sleep(1000))).toEqual(SURE);
  });

  test('what cert-manager fills is left alone, and said', async () => {
    const [path = ''] = CONFIGURATIONS;
    const annotation = 'cert-manager.io/inject-ca-from';
    const change = (value: string | null) => ({ metadata: { annotations: { [annotation]: value } } });
    expectOk(await cluster.request('PATCH', path, change('chokepoint-system/chokepoint')));
    const health = async (): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${controller?.healthPort}/readyz`);
      const { checks } = (await answer.json()) as { checks: { certificates: { detail: { problems: string } } } };
      return checks.certificates.detail.problems;
    };
    await eventually('it is said', async () => (await health()) || undefined);
    expect(await health()).toBe(
      'the ValidatingWebhookConfiguration chokepoint is filled by cert-manager (cert-manager.io/inject-ca-from: chokepoint-system/chokepoint): take the annotation or --manage-certificates away',
    );
    expectOk(await cluster.request('PATCH', path, change(null)));
    await eventually('it is good again', async () => (await health()) === '' || undefined);
  });

  test('the built program finds everything in order, and writes nothing', async () => {
    await controller?.close();
    controller = undefined;
    const [ca, tls] = [await secret('chokepoint-ca'), await secret('chokepoint-tls')];
    const { kubeconfig } = account;
    const flags = ['--manage-certificates'];
    const program = await startGate(cluster, { name: 'controller', command: 'controller', kubeconfig, flags });
    const metrics = async (): Promise<string> => {
      const { healthPort } = JSON.parse(/^\{"ready":true.*$/m.exec(program.program.log())?.[0] ?? '{}');
      return (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
    };
    const text = await eventually('it leads', async () => {
      const found = await metrics();
      return found.includes('not_after_seconds{certificate="serving"}') ? found : undefined;
    });
    const ends = new X509Certificate(tls.get('tls.crt') ?? '').validToDate.getTime() / 1000;
    expect(text).toContain(`chokepoint_controller_certificate_not_after_seconds{certificate="serving"} ${ends}`);
    expect(text).toContain('chokepoint_controller_certificates_renewed_total{certificate="authority"} 0');
    expect(await program.end()).toBe('exit code 0');
    expect([await secret('chokepoint-ca'), await secret('chokepoint-tls')]).toEqual([ca, tls]);
  });

  test('nothing was asked for that the account may not do', async () => {
    const calls = cluster.auditEvents().filter(({ user }) => user.username === account.name);
    expect(calls.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    const about = calls.filter(({ objectRef }) =>
      /^(secrets|.*webhookconfigurations)$/.test(objectRef?.resource ?? ''),
    );
    expect(new Set(about.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.name}`))).toEqual(
      new Set([
        'get secrets chokepoint-ca',
        'update secrets chokepoint-ca',
        'get secrets chokepoint-tls',
        'update secrets chokepoint-tls',
        'get validatingwebhookconfigurations chokepoint',
        'patch validatingwebhookconfigurations chokepoint',
        'get mutatingwebhookconfigurations chokepoint',
        'patch mutatingwebhookconfigurations chokepoint',
      ]),
    );
  });
});
