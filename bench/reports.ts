/**
 * What reports and the history of 10,000 servers with findings cost the cluster: objects, bytes, and writes in a minute; on a real API server. The view of the
 * cluster is made here, the namespaces and what is written to them are real. Run: `node bench/reports.ts [--minutes 2]`. Needs what the end-to-end tests need.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { Registry } from 'prom-client';
import { type Client, createClient } from '../src/adapters/kubernetes/client/client.ts';
import { chooseConnection } from '../src/adapters/kubernetes/client/connection.ts';
import { identityHash } from '../src/adapters/system/identity-hash.ts';
import { SYSTEM_TIME } from '../src/adapters/system/time.ts';
import { REPORT_TIMES } from '../src/app/policy-reports/keep.ts';
import { createSurvey, SURVEY_TIMES } from '../src/app/survey/keep.ts';
import { BUILTIN_DATA } from '../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../src/core/gate/document/resolve.ts';
import type { GatePolicy } from '../src/core/gate/types.ts';
import { createDecoder } from '../src/core/kube/decode.ts';
import { buildWorld } from '../src/core/world/build.ts';
import type { World } from '../src/core/world/world.ts';
import { keepHistory } from '../src/main/controller-history.ts';
import { keepReports } from '../src/main/controller-reports.ts';
import { startCluster } from '../test/control-plane/cluster.ts';
import { eventually } from '../test/control-plane/eventually.ts';
import { REPORT_DEFINITION } from '../test/e2e/report-kinds.ts';

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '2' } } });
const SYSTEM = 'chokepoint-system';
/** Namespaces, and servers in each: 200 of a common size, and one with more findings than a report holds. */
const SIZES = [...Array.from({ length: 200 }, () => 45), 1_000];

const namespaceName = (index: number): string => `team-${index}`;

function serverOf(namespace: string, index: number): object {
  const labels = { app: `server-${index}`, 'chokepoint.dev/mcp-server': 'true' };
  const containers = [{ name: 'server', image: 'server', ports: [{ containerPort: 8080 }] }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `server-${index}`, namespace, uid: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}` },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

/** A cluster whose servers have no policies: two findings each. `isMended`: by a policy that closes their ingress, one each. */
function worldOf(isMended: boolean): World {
  const decode = createDecoder();
  const manifests = SIZES.flatMap((servers, index) => {
    const name = namespaceName(index);
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace: name },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    };
    return [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid: name } },
      ...Array.from({ length: servers }, (_, server) => serverOf(name, server)),
      ...(isMended ? [policy] : []),
    ];
  });
  return buildWorld(
    manifests.map(manifest => {
      const decoded = decode({ ...manifest });
      if (decoded.kind !== 'object') throw new Error('an object of the benchmark cannot be read');
      return decoded.object;
    }),
  );
}

/** Counts what is written through a client. */
function counting(client: Client): Client & { taken(): string; written(plural: string): number } {
  const written = new Map<string, number>();
  return {
    ...client,
    written: plural => written.get(plural) ?? 0,
    request: async request => {
      const answer = await client.request(request);
      const plural = request.path.at(-2) ?? '';
      if (request.method !== 'GET') written.set(plural, (written.get(plural) ?? 0) + 1);
      return answer;
    },
    taken: () => {
      const text = [...written].map(([plural, count]) => `${plural} ${count}`).join(', ');
      written.clear();
      return text === '' ? 'none' : text;
    },
  };
}

async function bytesOf(client: Client, path: readonly string[]): Promise<number> {
  const { status, body } = await client.request({ method: 'GET', path });
  return status === 200 ? Buffer.byteLength(JSON.stringify(body)) : 0;
}

async function prepare(client: Client): Promise<void> {
  const create = (path: readonly string[], body: object) => client.request({ method: 'POST', path, body });
  await create(['apis', 'apiextensions.k8s.io', 'v1', 'customresourcedefinitions'], REPORT_DEFINITION);
  for (const name of [SYSTEM, ...SIZES.map((_, index) => namespaceName(index))])
    await create(['api', 'v1', 'namespaces'], { metadata: { name } });
  for (const shard of [0, 1, 2, 3])
    await create(['api', 'v1', 'namespaces', SYSTEM, 'configmaps'], {
      metadata: { name: `chokepoint-history-${shard}` },
    });
}

/** What stands in the cluster. */
async function sizes(client: Client): Promise<string> {
  const reports = await Promise.all(
    SIZES.map((_, index) =>
      bytesOf(client, [
        'apis',
        'openreports.io',
        'v1alpha1',
        'namespaces',
        namespaceName(index),
        'reports',
        'chokepoint',
      ]),
    ),
  );
  const history = await Promise.all(
    [0, 1, 2, 3].map(shard =>
      bytesOf(client, ['api', 'v1', 'namespaces', SYSTEM, 'configmaps', `chokepoint-history-${shard}`]),
    ),
  );
  const text = (all: readonly number[]): string => {
    const there = all.filter(bytes => bytes > 0);
    const sum = there.reduce((total, bytes) => total + bytes, 0);
    return `${there.length} objects, ${(sum / 1e6).toFixed(2)} MB, the largest ${(Math.max(0, ...there) / 1e3).toFixed(0)} kB`;
  };
  return `reports: ${text(reports)}; history: ${text(history)}`;
}

const cluster = await startCluster();
try {
  const choice = { kubeconfig: cluster.address.kubeconfig, env: {}, home: '/nowhere', nowMs: Date.now };
  const client = counting(createClient(await chooseConnection(choice), SYSTEM_TIME));
  await prepare(client);
  const state = { world: worldOf(false), policy: resolveGatePolicy({ spec: {} }, BUILTIN_DATA).policy as GatePolicy };
  const wiring = {
    client,
    log: { logger: pino({ level: 'warn' }, pino.destination(2)) },
    registry: new Registry(),
    isLeader: () => true,
  };
  const lookAgain = (): void => survey.touchAll();
  const history = keepHistory({
    ...wiring,
    world: () => ({ kind: 'not-synced' }),
    namespace: SYSTEM,
    idOf: identityHash,
    lookAgain,
  });
  const { seen, judgedSince, modes } = history;
  const tools = { idOf: identityHash, seen, judgedSince, modes };
  const reports = keepReports({ ...wiring, apis: ['openreports'], times: REPORT_TIMES, tools, lookAgain });
  const survey = createSurvey({
    time: SYSTEM_TIME,
    times: SURVEY_TIMES,
    world: () => ({ kind: 'ready', world: state.world }),
    policy: () => state.policy,
    listeners: [history, reports],
    onBug: error => process.stderr.write(`${error}\n`),
  });
  client.taken();
  const term = new AbortController();
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  for (const keeper of [survey, history, reports]) keeper.lead(term.signal);
  const done = (): true | undefined => client.written('reports') >= SIZES.length || undefined;
  await eventually('all is reported', done, { timeoutMs: 300_000 });
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1000;
  process.stdout.write(
    `10000 servers in ${SIZES.length} namespaces, two findings each: reported in ${seconds.toFixed(0)} s, of which ${((used.user + used.system) / 1e6).toFixed(1)} s of processor time\n`,
  );
  await sleep(10_000);
  process.stdout.write(`${await sizes(client)}\nwritten: ${client.taken()}\n`);
  await sleep(60_000);
  process.stdout.write(`a minute in which nothing changes: written: ${client.taken()}\n`);
  for (let minute = 1; minute <= Number(options.minutes); minute += 1) {
    for (let second = 0; second < 60; second += 2) {
      state.world = worldOf(second % 4 === 0);
      survey.touchAll();
      await sleep(2_000);
    }
    process.stdout.write(`a minute in which every server changes all the time: written: ${client.taken()}\n`);
  }
  process.stdout.write(`${await sizes(client)}\n`);
  term.abort();
  await Promise.all([survey.stopped(), history.stopped(), reports.stopped()]);
  client.close();
} finally {
  await cluster.stop();
}
