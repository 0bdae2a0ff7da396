/**
 * What the controller takes to close servers that are all new at once, on a real API server and with the webhook at work: its own processor time from the
 * first of them until the last has its policy and is held no more. Run: `node bench/controller.ts [--servers 1000]`. Needs what the end-to-end tests need.
 */
import { type Answer, expectOk } from '../test/control-plane/client.ts';
import { type Cluster, startCluster } from '../test/control-plane/cluster.ts';
import { eventually } from '../test/control-plane/eventually.ts';
import { buildProgram, SPEC_THAT_CREATES, startWorkingGate } from '../test/e2e/gate.ts';
import { pod, podSpec } from '../test/e2e/servers.ts';
import { commandLine } from '../test/support/developer-command.ts';
import { processorMs } from './processor.ts';

const { values: options } = commandLine({
  name: 'node bench/controller.ts',
  does: 'What the controller takes to close servers that are all new at once.',
  options: { servers: { value: 'NUMBER', means: 'how many', default: '1000' } },
});
const SERVERS = Number(options.servers);
/** Requests at once: as many clients as would make the servers. */
const AT_ONCE = 16;
const CLOSED_MS = 300_000;

const labelsOf = (name: string): object => ({ app: name, 'chokepoint.dev/mcp-server': 'true' });

/** Without replicas, so that nobody else has to make Pods of it first. */
const deployment = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: labelsOf(name) },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: labelsOf(name) }, spec: podSpec() },
  },
});

/** What the servers are, and in which collection they stand. */
const KINDS = {
  Deployments: ['/apis/apps/v1', 'deployments', deployment],
  Pods: ['/api/v1', 'pods', (name: string) => pod(name, labelsOf(name))],
} as const;

async function createAll(create: (name: string) => Promise<Answer>): Promise<void> {
  const names = Array.from({ length: SERVERS }, (_, index) => `server-${index}`).values();
  const client = async (): Promise<void> => {
    for (const name of names) expectOk(await create(name), name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
}

interface Listed {
  readonly items: readonly { readonly spec?: { readonly schedulingGates?: readonly object[] } }[];
}

async function close({ request }: Cluster, kind: keyof typeof KINDS, pid: number): Promise<void> {
  const namespace = kind.toLowerCase();
  const [group, plural, object] = KINDS[kind];
  const listed = async (path: string): Promise<Listed['items']> => expectOk(await request('GET', path)).body.items;
  const path = `${group}/namespaces/${namespace}/${plural}`;
  const [startMs, beforeMs] = [performance.now(), processorMs(pid)];
  await createAll(name => request('POST', path, object(name)));
  const createdMs = performance.now() - startMs;
  const isClosed = async (): Promise<true | undefined> => {
    const policies = await listed(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`);
    const held = (await listed(path)).filter(({ spec }) => (spec?.schedulingGates ?? []).length > 0);
    return (policies.length === SERVERS && held.length === 0) || undefined;
  };
  await eventually(`${kind} are closed`, isClosed, { timeoutMs: CLOSED_MS, everyMs: 250 });
  const usedMs = processorMs(pid) - beforeMs;
  process.stdout.write(
    `${SERVERS} new ${kind}, made in ${(createdMs / 1000).toFixed(1)} s: closed after ${((performance.now() - startMs) / 1000).toFixed(1)} s, processor time of the controller ${(usedMs / 1000).toFixed(2)} s (${(usedMs / SERVERS).toFixed(2)} ms each)\n`,
  );
}

buildProgram();
const cluster = await startCluster();
try {
  const gate = await startWorkingGate(cluster, 'gate', SPEC_THAT_CREATES);
  const controller = await gate.startController();
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const namespace = kind.toLowerCase();
    await cluster.serviceAccount(namespace, 'default');
    const labels = { 'chokepoint.dev/mode': 'enforce' };
    expectOk(await cluster.request('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels } }));
    await close(cluster, kind, controller.program.pid());
  }
  await gate.close();
} finally {
  await cluster.stop();
}
