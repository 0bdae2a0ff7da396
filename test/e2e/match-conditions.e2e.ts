import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { startTee, type Tee } from '../control-plane/tee.ts';
import { registerWebhook, type WebhookRule } from '../control-plane/webhooks.ts';
import { parseYaml } from '../support/yaml.ts';
import { CLUSTER_TOLD, INSTALLED_KINDS, POD, type Step, TOLD, UNTOLD } from './bare-requests.ts';
import { registerGate } from './gate.ts';
import { pathIn } from './scene.ts';
import { serveKinds } from './served-kinds.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/**
 * The API server evaluates matchConditions itself. One that errs is never told to the webhook: the request is refused (`failurePolicy: Fail`), or
 * goes by unseen (`Ignore`). Those that are shipped must say yes or no of every object that reaches them.
 */

const OVERLAYS = fileURLToPath(new URL('../../manifests/overlays/', import.meta.url));

let cluster: Connection;
let tee: Tee;
let removeRoutes: () => Promise<void>;
let target: { readonly url: string; readonly caBundle: string };

beforeAll(async () => {
  cluster = sharedCluster();
  removeRoutes = await serveKinds(cluster, INSTALLED_KINDS);
  const { host, authority } = cluster.address;
  tee = await startTee(authority, { address: host });
  target = { url: tee.url('/'), caBundle: authority.cert };
});
afterAll(async () => {
  await removeRoutes?.();
  await tee?.close();
  cluster?.close();
});

/** Names of the webhooks whose conditions erred so far, as the API server counts them. */
async function erred(): Promise<ReadonlySet<string>> {
  const { body } = expectOk(await cluster.request('GET', '/metrics'), 'metrics');
  const lines = String(body).matchAll(
    /^apiserver_admission_match_condition_evaluation_errors_total\{.*name="([^"]+)"/gm,
  );
  return new Set([...lines].map(([, name = '']) => name));
}

const rule = (group: string, operation: WebhookRule['operations'][number], resource: string): WebhookRule => ({
  operations: [operation],
  apiGroups: [group],
  apiVersions: ['v1'],
  resources: [resource],
});
const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const configMaps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;
const note = (namespace: string): object => ({ metadata: { name: `note-${namespace}` } });

const ERRING: readonly (readonly [
  what: string,
  expression: string,
  rule: WebhookRule,
  send: (namespace: string) => Promise<Answer>,
])[] = [
  [
    'that asks for the namespace of what is in none',
    "request.namespace != 'kube-system'",
    rule('rbac.authorization.k8s.io', 'CREATE', 'clusterroles'),
    namespace => cluster.request('POST', `${ROLES}?dryRun=All`, note(namespace)),
  ],
  [
    'that asks for a label of what has none',
    "object.metadata.labels['app'] != 'excepted'",
    rule('', 'CREATE', 'configmaps'),
    namespace => cluster.request('POST', configMaps(namespace), note(namespace)),
  ],
  [
    'that asks for the object before what is created',
    "oldObject.metadata.name != 'excepted'",
    rule('', 'CREATE', 'configmaps'),
    namespace => cluster.request('POST', configMaps(namespace), note(namespace)),
  ],
  [
    'that asks for the object after what is deleted',
    "object.metadata.name != 'excepted'",
    rule('', 'DELETE', 'configmaps'),
    async namespace => {
      expectOk(await cluster.request('POST', configMaps(namespace), note(namespace)));
      return cluster.request('DELETE', `${configMaps(namespace)}/note-${namespace}`);
    },
  ],
];

test.each(ERRING)(
  'a condition %s passes its webhook by where failure is ignored, and refuses where it is not',
  async (_what, expression, only, send) => {
    for (const failurePolicy of ['Ignore', 'Fail'] as const) {
      const namespace = await newNamespace(cluster, 'erring');
      const name = `erring-${namespace}`;
      const matchConditions = [{ name: 'erring', expression }];
      const phase = 'validating';
      const fields = { failurePolicy, matchConditions };
      const remove = await registerWebhook(cluster.request, { name, phase, target, rules: [only], fields });
      tee.forget();
      try {
        expect((await send(namespace)).status < 300).toBe(failurePolicy === 'Ignore');
      } finally {
        await remove();
      }
      expect(tee.calls).toEqual([]);
      expect(await erred()).toContain(`${name}.chokepoint.test`);
    }
  },
);

interface Configuration {
  readonly kind: string;
  readonly webhooks: readonly { readonly name: string; readonly rules: readonly WebhookRule[] }[];
}

/** Rules name them beside each other; a Namespace's subresources are only ever updated. */
const NEVER = /^CREATE namespaces\//;

/** The webhook configurations that an overlay installs. */
async function configurationsOf(overlay: string): Promise<readonly Configuration[]> {
  const { stdout } = await cluster.kubectl(['kustomize', `${OVERLAYS}${overlay}`]);
  return (parseYaml(stdout) as readonly Configuration[]).filter(({ kind }) => kind.endsWith('WebhookConfiguration'));
}

/** `CREATE pods` of each operation and resource that a rule of a validating webhook names, sorted. */
function ruled(configurations: readonly Configuration[]): readonly string[] {
  const all = configurations
    .filter(({ kind }) => kind.startsWith('Validating'))
    .flatMap(({ webhooks }) => webhooks)
    .flatMap(({ rules }) =>
      rules.flatMap(({ operations, resources }) =>
        operations.flatMap(operation => resources.map(resource => `${operation} ${resource}`)),
      ),
    );
  return [...new Set(all)].filter(one => !NEVER.test(one)).sort();
}

/** `CREATE pods/binding` of each review since the tee forgot. */
const asked = (): readonly string[] =>
  tee.calls
    .filter(({ path }) => path === '/validate')
    .map(({ review: { request } }) =>
      [request.operation, [request.resource.resource, request.subResource].filter(Boolean).join('/')].join(' '),
    );

const send = async (namespace: string, steps: readonly Step[]): Promise<void> => {
  for (const [method, path, body, contentType] of steps) {
    const answer = await cluster.request(
      method,
      path.startsWith('/') ? path : pathIn(namespace, path),
      body,
      contentType === undefined ? {} : { contentType },
    );
    expectOk(answer, `${method} ${path} ${JSON.stringify(body)}`);
  }
};

/** Every way to write a Namespace, from no label of its own to some and back. */
async function writeNamespaces(mode: string): Promise<void> {
  const namespaces = '/api/v1/namespaces';
  const { body } = expectOk(await cluster.request('POST', namespaces, { metadata: { generateName: 'conditions-' } }));
  const path = `${namespaces}/${body.metadata.name}`;
  const label = (labels: object | null) => cluster.request('PATCH', path, { metadata: { labels } });
  expectOk(await label(mode === 'none' ? { team: 'a' } : { 'chokepoint.dev/mode': mode }));
  for (const subresource of ['/status', '/finalize', '']) {
    const now = expectOk(await cluster.request('GET', path)).body;
    const labels = { ...now.metadata.labels, [`through${subresource.replace('/', '-')}`]: 'yes' };
    const written = { ...now, metadata: { ...now.metadata, labels } };
    expectOk(await cluster.request('PUT', `${path}${subresource}`, written), subresource);
  }
  expectOk(await label(null));
  expectOk(await cluster.request('DELETE', path));
}

test.each(['self-signed', 'audit-only', 'enforce'])(
  'the conditions of the overlay %s never err: not without labels, names, namespaces, the object before or the object after',
  async overlay => {
    const before = await erred();
    const configurations = await configurationsOf(overlay);
    const text = configurations.map(one => JSON.stringify(one)).join('\n---\n');
    const unregister = await registerGate(cluster, path => ({ ...target, url: tee.url(path) }), text);
    try {
      const seen = new Set<string>();
      for (const mode of ['enforce', 'audit', 'off', 'none'] as const) {
        const namespace = await newNamespace(cluster, mode, mode === 'none' ? {} : { 'chokepoint.dev/mode': mode });
        tee.forget();
        await send(namespace, TOLD);
        await writeNamespaces(mode);
        for (const one of asked()) seen.add(one);
        if (mode === 'off') expect(asked().filter(one => !one.includes('namespaces'))).toEqual([]);
        expectOk(await cluster.request('DELETE', pathIn(namespace, POD), { gracePeriodSeconds: 0 }));
        tee.forget();
        await send(namespace, UNTOLD);
        expect(asked()).toEqual(mode === 'off' ? [] : ['CREATE pods']);
        void cluster.request('DELETE', `/api/v1/namespaces/${namespace}`);
      }
      tee.forget();
      await send('', CLUSTER_TOLD);
      for (const one of asked()) seen.add(one);
      expect([...seen].sort()).toEqual(ruled(configurations));
    } finally {
      await unregister();
    }
    expect([...(await erred())].filter(name => !before.has(name))).toEqual([]);
  },
);
