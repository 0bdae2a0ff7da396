import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../cluster.ts';
import { eventually } from '../eventually.ts';
import { addNode } from '../nodes.ts';
import { type Call, startTee, type Tee } from '../tee.ts';
import type { User } from '../users.ts';
import { registerWebhook } from '../webhooks.ts';
import { DEVELOPER, type Hands, NAMESPACE, type RecordedCase, type Sought } from './case.ts';
import { CASES } from './cases.ts';
import { scrubBody } from './scrub.ts';

/**
 * Writes test/fixtures/reviews/recorded/: what a real API server sends to a webhook, one file for each case. Run it as
 * `node test/control-plane/recording/record-reviews.ts`; a second run writes the same files.
 */

const FOLDER = fileURLToPath(new URL('../../fixtures/reviews/recorded/', import.meta.url));
const CASE_TIMEOUT_MS = 30_000;
const QUIET_MS = 250;

const RULES = [
  {
    operations: ['*'],
    apiGroups: ['', 'apps', 'batch', 'networking.k8s.io'],
    apiVersions: ['v1'],
    resources: ['*/*'],
  },
] as const;

/** Only what is done in the recorded namespaces and to them (a Namespace's request bears its own name as namespace; other cluster-wide ones bear none). */
const SELECTED = {
  matchPolicy: 'Equivalent',
  matchConditions: [
    { name: 'namespaces', expression: `has(request.namespace) && request.namespace in ['${NAMESPACE}', 'doomed']` },
    { name: 'resources', expression: "!(request.resource.resource in ['events', 'serviceaccounts', 'configmaps'])" },
  ],
};

/** A review of deletecollection has no name of its own: the object's stands in for it. */
const nameOf = ({ review: { request } }: Call): string =>
  request.name ?? request.object?.metadata?.name ?? request.oldObject?.metadata?.name ?? '';

function matches(call: Call, sought: Sought): boolean {
  const { path } = call;
  const { request } = call.review;
  const resource = [request.resource.resource, request.subResource].filter(Boolean).join('/');
  return (
    path === `/${sought.phase ?? 'validate'}` &&
    request.operation === sought.operation &&
    resource === sought.resource &&
    request.userInfo.username === (sought.user ?? DEVELOPER) &&
    (request.dryRun ?? false) === (sought.dryRun ?? request.dryRun ?? false) &&
    (sought.name === undefined || nameOf(call) === sought.name) &&
    (sought.namePrefix === undefined || nameOf(call).startsWith(sought.namePrefix))
  );
}

/** Waits until the controllers have done what the case made them do, so that the next one finds the same state every time. */
async function quiet(tee: Tee): Promise<void> {
  let seen = -1;
  for (let turn = 0; turn < 20 && seen !== tee.calls.length; turn++) {
    seen = tee.calls.length;
    await sleep(QUIET_MS);
  }
}

async function record(recorded: RecordedCase, tee: Tee, hands: Hands): Promise<void> {
  if (recorded.act) {
    tee.forget();
    await recorded.act(hands);
  }
  const find = (): Call | undefined => tee.calls.find(call => matches(call, recorded.sought));
  const call = await eventually(`a review for ${recorded.name}`, find, { timeoutMs: CASE_TIMEOUT_MS });
  writeFileSync(join(FOLDER, `${recorded.name}.json`), scrubBody(call.body));
  await quiet(tee);
}

/** Records every case that can be recorded, and then says which could not. */
async function recordEach(tee: Tee, hands: Hands): Promise<void> {
  const failures: string[] = [];
  for (const recorded of CASES) {
    try {
      await record(recorded, tee, hands);
    } catch (error) {
      failures.push(`${recorded.name}: ${error}\n  seen: ${tee.calls.map(summary).join('\n        ')}`);
    }
  }
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

const summary = ({ path, review: { request } }: Call): string =>
  `${path} ${request.userInfo.username} ${request.operation} ${request.resource.resource}/${request.subResource ?? ''} ${request.name ?? ''}`;

function handsOf(cluster: Cluster, developer: User): Hands {
  return {
    kubectl: async (args, manifest) => {
      const stdin = manifest === undefined ? {} : { stdin: JSON.stringify(manifest) };
      const result = await cluster.kubectl(args.split(' '), { ...stdin, as: developer });
      if (result.code !== 0) throw new Error(`kubectl ${args}: ${result.stderr}`);
      return result;
    },
    request: developer.request,
    startScheduler: () => cluster.restart('kube-scheduler'),
  };
}

async function recordAll(cluster: Cluster): Promise<void> {
  // Pods stay unbound, so that they go at once when they are deleted: there is no kubelet to wait for.
  await cluster.halt('kube-scheduler');
  await addNode(cluster.request, 'node-1');
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
  const developer = await cluster.user(DEVELOPER, { groups: ['developers'], rules });
  const hands = handsOf(cluster, developer);
  await cluster.serviceAccount(NAMESPACE, 'default');
  const tee = await startTee(cluster.address.authority);
  for (const [phase, path] of [
    ['validating', '/validate'],
    ['mutating', '/mutate'],
  ] as const) {
    const target = { url: tee.url(path), caBundle: cluster.address.authority.cert };
    await registerWebhook(cluster.request, { name: 'tee', phase, target, rules: RULES, fields: SELECTED });
  }
  try {
    await recordEach(tee, hands);
  } finally {
    await tee.close();
  }
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const cluster = await startCluster();
try {
  await recordAll(cluster);
  process.stdout.write(`${CASES.length} reviews recorded in ${FOLDER}\n`);
} finally {
  await cluster.stop();
}
