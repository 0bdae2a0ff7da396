import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { CONTROLLERS } from '../control-plane/components.ts';
import { eventually } from '../control-plane/eventually.ts';
import { addNode } from '../control-plane/nodes.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { type PodRunner, startPodRunner } from '../control-plane/run-pods.ts';

const NAMESPACE = 'run-pods';
/** What stands for an image with a shell. */
const SHELL = { entrypoint: ['sh', '-c'], mounts: [] };

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('a Pod that is run as a process', () => {
  let cluster: Cluster;
  let runner: PodRunner;
  const at = (path: string): string => `/api/v1/namespaces/${NAMESPACE}/${path}`;

  const run = async (name: string, script: string, container: object = {}, spec: object = {}): Promise<void> => {
    const containers = [{ name: 'main', image: 'shell', args: [script], ...container }];
    const pod = {
      metadata: { name },
      spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 2, containers, ...spec },
    };
    expectOk(await cluster.request('POST', at('pods'), pod));
  };
  const status = async (name: string) => (await cluster.request('GET', at(`pods/${name}`))).body?.status;
  const phase = (name: string, wanted: string): Promise<unknown> =>
    eventually(`${name} is ${wanted}`, async () => (await status(name)).phase === wanted || undefined);
  const says = (text: string): Promise<unknown> =>
    eventually(`it says ${text}`, () => runner.log().includes(text) || undefined);

  beforeAll(async () => {
    cluster = await startCluster({ controllers: [...CONTROLLERS, 'root-ca-certificate-publisher-controller'] });
    await addNode(cluster.request, 'node-1', NODE_ADDRESS);
    await cluster.serviceAccount(NAMESPACE, 'default');
    runner = startPodRunner(cluster, {
      namespaces: [NAMESPACE],
      mountDelayMs: 100,
      restartPauseMs: 100,
      image: name => (name === 'shell' ? SHELL : undefined),
    });
  });
  afterAll(async () => {
    await runner?.stop();
    await cluster?.stop();
  });

  test('is told its address, its name and where the API server is', async () => {
    const env = [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
    const args = ['echo "address $(POD_IP) name $(hostname) port $KUBERNETES_SERVICE_PORT"; sleep 1000'];
    await run('told', '', { env, args });
    await phase('told', 'Running');
    const { podIP } = await status('told');
    expect(podIP).toMatch(/^10\.244\.128\.\d+$/);
    await says(`address ${podIP} name told port ${cluster.address.port}`);
  });

  test('has the files of its account', async () => {
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    await run('token', `cat ${folder}/namespace; echo; ls ${folder}; cut -c1-3 ${folder}/token; sleep 1000`);
    await says(`${NAMESPACE}\nca.crt\nnamespace\ntoken\neyJ`);
  });

  test('waits for what it mounts, and sees what changes in one piece', async () => {
    const secret = (text: string): object => ({
      metadata: { name: 'pair' },
      stringData: { one: text, two: text, three: 'no' },
    });
    const items = [
      { key: 'one', path: 'a' },
      { key: 'two', path: 'b' },
    ];
    const volumes = [{ name: 'pair', secret: { secretName: 'pair', items } }];
    const volumeMounts = [{ name: 'pair', mountPath: '/etc/pair', readOnly: true }];
    const script = 'ls /etc/pair; while true; do echo "$(cat /etc/pair/a /etc/pair/b)" | tr "\\n" " "; sleep 0.1; done';
    await run('mounts', script, { volumeMounts }, { volumes });
    await eventually('it waits', async () => {
      const [container] = (await status('mounts')).containerStatuses ?? [];
      return /"pair" not found/.test(container?.state.waiting?.message) || undefined;
    });
    expectOk(await cluster.request('POST', at('secrets'), secret('old')));
    await says('a\nb\noldold');
    expectOk(await cluster.request('PATCH', at('secrets/pair'), secret('new')));
    await says('newnew');
  });

  test('cannot write to a root that is read-only, but to an emptyDir', async () => {
    const volumes = [{ name: 'scratch', emptyDir: {} }];
    const volumeMounts = [{ name: 'scratch', mountPath: '/scratch' }];
    const securityContext = { readOnlyRootFilesystem: true };
    const script = 'touch /scratch/one && ls /scratch; touch /two || echo refused; sleep 1000';
    await run('root', script, { volumeMounts, securityContext }, { volumes });
    await says('one\n');
    await says('refused');
  });

  test('is started again when it ends, and is not ready meanwhile', async () => {
    await run('crashes', 'exit 3');
    await eventually('it was started again', async () => {
      const [container] = (await status('crashes'))?.containerStatuses ?? [];
      return container?.restartCount >= 2 || undefined;
    });
    expect((await status('crashes')).phase).toBe('Running');
  });

  test.each([
    ['succeeds', 'exit 0', 'Succeeded'],
    ['fails', 'exit 1', 'Failed'],
  ])('that is to run once %s', async (name, script, wanted) => {
    await run(name, script, {}, { restartPolicy: 'Never' });
    await phase(name, wanted);
  });

  test('is not ready before its probe succeeds', async () => {
    const readinessProbe = { httpGet: { path: '/', port: 'web' }, periodSeconds: 1, failureThreshold: 1 };
    const ports = [{ name: 'web', containerPort: 8099 }];
    await run('probed', 'sleep 1000', { readinessProbe, ports });
    await phase('probed', 'Running');
    const ready = (await status('probed')).conditions.find(({ type }: { type: string }) => type === 'Ready');
    expect(ready.status).toBe('False');
  });

  test.each([
    ['that heeds SIGTERM ends at once', 'heeds', "trap 'echo heeded; exit 0' TERM; while true; do sleep 0.1; done"],
    ['that does not is killed when its time is over', 'ignores', "trap '' TERM; while true; do sleep 0.1; done"],
  ])('%s', async (_what, name, script) => {
    await run(name, script);
    await phase(name, 'Running');
    expectOk(await cluster.request('DELETE', at(`pods/${name}`)));
    await eventually(
      `${name} is gone`,
      async () => (await cluster.request('GET', at(`pods/${name}`))).status === 404 || undefined,
    );
  });

  test('whose image is unknown waits', async () => {
    await run('unknown', '', { image: 'nobody/knows:1' });
    await eventually('it waits', async () => {
      const [container] = (await status('unknown')).containerStatuses ?? [];
      return container?.state.waiting?.message === 'the pod runner has no such image' || undefined;
    });
  });
});
