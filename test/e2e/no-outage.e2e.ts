import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/components.ts';
import { eventually } from '../control-plane/eventually.ts';
import { startKubeProxy } from '../control-plane/kube-proxy.ts';
import { addNode, fakePodRunning } from '../control-plane/nodes.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { type Cuttable, startCuttable } from './cut.ts';
import {
  byService,
  type GateProcess,
  registerGate,
  SERVICE,
  SYSTEM,
  shippedAccount,
  startGate,
  untilJudging,
} from './gate.ts';
import { EVERY_CALL, type Load, startLoad, type Tally, tallyText } from './load.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

const MODE = 'chokepoint.dev/mode';
const PORT = 8443;
/** The least that the command line takes. */
const STALE_S = 10;
const APP = { app: SERVICE };

/** One replica: a process, and the Pod that stands for it. */
interface Replica {
  readonly name: string;
  readonly address: string;
  readonly gate: GateProcess;
}

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('two replicas behind a Service', () => {
  let cluster: Cluster;
  let way: Cuttable;
  let enforced: string;
  let replicas: readonly Replica[] = [];
  let started = 0;
  const addresses: string[] = [];

  const startReplica = async (): Promise<Replica> => {
    const [name, address] = [`gate-${started}`, `10.244.0.${10 + started}`];
    started += 1;
    execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
    addresses.push(address);
    const gate = await startGate(cluster, {
      name,
      command: 'serve',
      kubeconfig: way.kubeconfig,
      address,
      port: PORT,
      flags: ['--stale-after', String(STALE_S)],
    });
    const spec = { nodeName: 'node-1', containers: [{ name: 'gate', image: 'registry.test/gate:1' }] };
    expectOk(
      await cluster.request('POST', `/api/v1/namespaces/${SYSTEM}/pods`, { metadata: { name, labels: APP }, spec }),
    );
    await fakePodRunning(cluster.request, SYSTEM, name, address);
    return { name, address, gate };
  };
  /** As the kubelet ends a Pod: it is said to be ending, the process gets its signal, and goes when it has drained. */
  const endReplica = async ({ name, gate }: Replica): Promise<string> => {
    const path = `/api/v1/namespaces/${SYSTEM}/pods/${name}`;
    expectOk(await cluster.request('DELETE', path, { gracePeriodSeconds: 60 }));
    const how = await gate.end();
    await cluster.request('DELETE', path, { gracePeriodSeconds: 0 });
    return how;
  };
  /** A load while something happens, and for a second before and after. */
  const under = async (what: string, work: () => Promise<unknown>): Promise<Tally> => {
    const load: Load = startLoad(cluster.request, enforced);
    await sleep(1000);
    const start = performance.now();
    await work();
    const tookS = ((performance.now() - start) / 1000).toFixed(1);
    await sleep(1000);
    const tally = await load.stop();
    process.stderr.write(`${what} (${tookS} s): ${tallyText(tally)}\n`);
    return tally;
  };
  const closedNamespace = async (mode: string): Promise<string> => {
    const namespace = await newNamespace(cluster, mode, { [MODE]: mode });
    const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    expectOk(await cluster.request('POST', policies, policy('weather', CLOSED)));
    // Without a server that it selects, to open the policy is nothing.
    expectOk(await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod('weather')));
    return namespace;
  };

  beforeAll(async () => {
    cluster = await startCluster();
    await addNode(cluster.request, 'node-1', NODE_ADDRESS);
    const [healthz = 0, metrics = 0] = await freePorts(2);
    await startKubeProxy(cluster, 'node-1', [healthz, metrics]);
    const { kubeconfig } = await shippedAccount(cluster, 'webhook');
    await cluster.serviceAccount(SYSTEM, 'default');
    way = await startCuttable(kubeconfig, join(cluster.address.folder, 'cuttable.kubeconfig'));
    replicas = [await startReplica(), await startReplica()];
    const spec = { selector: APP, ports: [{ port: 443, targetPort: PORT }] };
    expectOk(
      await cluster.request('POST', `/api/v1/namespaces/${SYSTEM}/services`, { metadata: { name: SERVICE }, spec }),
    );
    enforced = await closedNamespace('enforce');
    await registerGate(cluster, byService(cluster));
    await untilJudging(cluster, enforced);
  });

  afterAll(async () => {
    await way?.close();
    for (const { gate } of replicas) gate.program.kill();
    await cluster?.stop();
    for (const address of addresses) execFileSync('ip', ['address', 'del', `${address}/32`, 'dev', 'lo']);
  });

  test('roll without a failed call or a wrong answer', async () => {
    const tally = await under('rolling restart of both replicas', async () => {
      const ends: Promise<string>[] = [];
      const fresh: Replica[] = [];
      // As a Deployment does: the next one starts while the last one drains.
      for (const old of replicas) {
        fresh.push(await startReplica());
        await sleep(2000);
        ends.push(endReplica(old));
      }
      expect(await Promise.all(ends)).toEqual(['exit code 0', 'exit code 0']);
      replicas = fresh;
    });
    expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
    expect(tally.right).toBeGreaterThanOrEqual(EVERY_CALL);
  });

  test('take a new certificate without a failed call or a wrong answer', async () => {
    const served = (address: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ host: address, port: PORT, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    const before = await Promise.all(replicas.map(({ address }) => served(address)));
    const tally = await under('new certificates', async () => {
      for (const { gate } of replicas) gate.rotate();
      await eventually('the new certificates are served', async () => {
        const now = await Promise.all(replicas.map(({ address }) => served(address)));
        return now.every(serial => !before.includes(serial)) || undefined;
      });
    });
    expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
  });

  test.each(['kube-apiserver', 'etcd'] as const)(
    'answer rightly while %s is started again',
    async component => {
      const tally = await under(`restart of ${component}`, async () => {
        await cluster.restart(component);
        await sleep(1000);
      });
      // Where nothing confirms what the gate knows it refuses, and is asked again until the time is over.
      expect(tally.wrong).toEqual([]);
      await untilJudging(cluster, enforced);
      expect((await under(`after the restart of ${component}`, () => sleep(1000))).away).toEqual([]);
    },
    120_000,
  );

  test('that are cut off from the API server let nothing wrong in, refuse once their view is stale, and leave other namespaces alone', async () => {
    const audited = await closedNamespace('audit');
    // It opens Pods that the gate would not be told of while the way is cut.
    const debug = policy('debug', { podSelector: { matchLabels: { debug: 'yes' } }, ingress: [{}] });
    const create = (namespace: string, object: object) =>
      cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, object);
    let opened = 0;
    const tally = await under('the way to the API server is cut', async () => {
      way.cut();
      const policies = `/apis/networking.k8s.io/v1/namespaces/${enforced}/networkpolicies`;
      expect((await cluster.request('POST', policies, debug)).status).toBe(500);
      const start = performance.now();
      while (performance.now() - start < (STALE_S + 2) * 1000) {
        const { status } = await create(
          enforced,
          pod('opened', { app: 'weather', debug: 'yes', 'chokepoint.dev/mcp-server': 'true' }),
        );
        if (status < 300) opened += 1;
      }
      expectOk(await create(audited, pod('audited', { 'chokepoint.dev/mcp-server': 'true' })));
      const refused = await create(enforced, pod('harmless', {}));
      expect([refused.status, refused.body.message]).toEqual([
        500,
        expect.stringMatching(/failed calling webhook "enforce\.chokepoint\.dev"/),
      ]);
    });
    expect({ opened, wrong: tally.wrong, away: tally.away }).toEqual({ opened: 0, wrong: [], away: [] });
    way.mend();
    await untilJudging(cluster, enforced);
  });

  test('let a namespace with everything in it go', async () => {
    const namespace = await closedNamespace('enforce');
    const load = startLoad(cluster.request, namespace);
    await sleep(1000);
    expect((await load.stop()).wrong).toEqual([]);
    const path = `/api/v1/namespaces/${namespace}`;
    expectOk(await cluster.request('DELETE', path));
    await eventually(
      'the namespace is gone',
      async () => (await cluster.request('GET', path)).status === 404 || undefined,
    );
  });

  test('that are down stop what enforces, with a reason, and nothing else; and a namespace still goes', async () => {
    const [audited, off, doomed] = [
      await closedNamespace('audit'),
      await closedNamespace('off'),
      await closedNamespace('enforce'),
    ];
    for (const { gate } of replicas) gate.program.kill();
    const create = (namespace: string) =>
      cluster.request('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod('any', { app: 'any' }));
    const refused = await create(enforced);
    expect([refused.status, refused.body.message]).toEqual([
      500,
      expect.stringMatching(/failed calling webhook "enforce\.chokepoint\.dev"/),
    ]);
    await cluster.serviceAccount('kube-system', 'default');
    for (const namespace of [audited, off, 'kube-system', SYSTEM])
      expectOk(await create(namespace), `a Pod in ${namespace}`);
    const path = `/api/v1/namespaces/${doomed}`;
    expectOk(await cluster.request('DELETE', path));
    await eventually(
      'the namespace is gone',
      async () => (await cluster.request('GET', path)).status === 404 || undefined,
    );
    replicas = [];
  });

  test('write no word of an error of ours', () => {
    const logs = Array.from({ length: started }, (_, index) =>
      readFileSync(join(cluster.address.folder, `gate-${index}.log`), 'utf8'),
    );
    expect(logs.join('').match(/"msg":"bug".*|this is a bug.*/g) ?? []).toEqual([]);
  });
});
