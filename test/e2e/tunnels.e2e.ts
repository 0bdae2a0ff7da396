import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, expectOk, type Request } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { fakePodRunning } from '../control-plane/nodes.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { parseYaml } from '../support/yaml.ts';
import { newScene, PODS, pathIn, said } from './scene.ts';
import { sharedCluster } from './shared-cluster.ts';

/** Ways to a Pod that the API server opens itself. No NetworkPolicy applies to it. */

const COMPONENT = fileURLToPath(new URL('../../manifests/components/no-tunnels/policy.yaml', import.meta.url));
const WEBHOOKS = fileURLToPath(new URL('../../manifests/base/90-webhooks.yaml', import.meta.url));

interface Shipped {
  readonly webhooks?: readonly { readonly name: string; readonly namespaceSelector: object }[];
  readonly spec?: { readonly matchConstraints?: { readonly namespaceSelector: object } };
}

const ADDRESS = '10.244.9.1';
const PORT = 8080;
const RESTRICTED = 'no way past the gateway';

const TUNNELS: readonly (readonly [subresource: string, method: string, path: string])[] = [
  ['pods/proxy', 'GET', `${PODS}/weather:${PORT}/proxy/mcp`],
  ['services/proxy', 'GET', 'api/v1/services/weather:80/proxy/mcp'],
  ['pods/portforward', 'POST', `${PODS}/weather/portforward?ports=${PORT}`],
  ['pods/exec', 'POST', `${PODS}/weather/exec?command=curl&stdout=true`],
  ['pods/attach', 'POST', `${PODS}/weather/attach?stdout=true`],
];
/** Those that end at the Pod's address; the others end at a kubelet, and here is none. */
const CARRIED: ReadonlySet<string> = new Set(['pods/proxy', 'services/proxy']);

/** Needs the private network: the API server carries nothing to an address of its own machine's loopback. */
describe.skipIf(NODE_ADDRESS === undefined)(
  'a developer with the role edit, in a namespace with a closed server',
  () => {
    let cluster: Connection;
    let server: Server;
    let reached = 0;

    beforeAll(async () => {
      cluster = sharedCluster();
      execFileSync('ip', ['address', 'add', `${ADDRESS}/32`, 'dev', 'lo']);
      server = createServer((_request, response) => {
        reached += 1;
        response.end('served past the gateway');
      });
      await new Promise<void>(resolve => server.listen(PORT, ADDRESS, resolve));
    });
    afterAll(async () => {
      await cluster?.kubectl(['delete', '--ignore-not-found', '-f', COMPONENT]);
      await new Promise(resolve => server?.close(resolve) ?? resolve(undefined));
      execFileSync('ip', ['address', 'del', `${ADDRESS}/32`, 'dev', 'lo']);
      cluster?.close();
    });

    /** The closed server runs behind a Service, and somebody has the role `edit` there. */
    const open = async (mode: 'audit' | 'enforce'): Promise<{ readonly namespace: string; readonly send: Request }> => {
      const { namespace, post } = await newScene(cluster, mode);
      await fakePodRunning(cluster.request, namespace, 'weather', ADDRESS);
      expectOk(await post('api/v1/services', { metadata: { name: 'weather' }, spec: { ports: [{ port: 80 }] } }));
      const targetRef = { kind: 'Pod', namespace, name: 'weather' };
      const subsets = [{ addresses: [{ ip: ADDRESS, targetRef }], ports: [{ port: PORT }] }];
      expectOk(await post('api/v1/endpoints', { metadata: { name: 'weather' }, subsets }));
      const user = await cluster.user(`developer-${namespace}`);
      expectOk(await post('apis/rbac.authorization.k8s.io/v1/rolebindings', bindingOf('edit', user.name)));
      await eventually('the role holds, and the Service leads to the server', async () => {
        const { status } = await user.request('GET', pathIn(namespace, 'api/v1/services/weather:80/proxy/'));
        return status === 200 || undefined;
      });
      return { namespace, send: user.request };
    };
    const bindingOf = (role: string, name: string): object => ({
      metadata: { name: role },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    });
    /** Whether each way is open, and whether the server was reached. */
    const tryAll = async ({ namespace, send }: Awaited<ReturnType<typeof open>>) => {
      const answers: [string, Answer, boolean][] = [];
      for (const [subresource, method, path] of TUNNELS) {
        const before = reached;
        answers.push([subresource, await send(method, pathIn(namespace, path)), reached > before]);
      }
      return answers;
    };
    const isRestricted = (answer: Answer): boolean => said(answer).includes(RESTRICTED);
    const OPEN = TUNNELS.map(([subresource]) => [subresource, false, CARRIED.has(subresource)]);
    const SHUT = TUNNELS.map(([subresource]) => [subresource, true, false]);
    const seen = (answers: Awaited<ReturnType<typeof tryAll>>) =>
      answers.map(([subresource, answer, wasReached]) => [subresource, isRestricted(answer), wasReached]);

    test('reaches it past the gateway through the API server, and where the component is installed only with the right to', async () => {
      const enforced = await open('enforce');
      // The hole.
      expect(seen(await tryAll(enforced))).toEqual(OPEN);

      expect(await cluster.kubectl(['apply', '-f', COMPONENT])).toMatchObject({ code: 0 });
      await eventually('the component is in force', async () => {
        const answers = await tryAll(enforced);
        return answers.every(([, answer]) => isRestricted(answer)) || undefined;
      });
      const shut = await tryAll(enforced);
      expect(seen(shut)).toEqual(SHUT);
      expect(shut.map(([, answer]) => said(answer))).toEqual(
        TUNNELS.map(([subresource]) =>
          expect.stringMatching(new RegExp(`^403 .*${subresource} needs the verb use on tunnels.chokepoint.dev$`, 's')),
        ),
      );

      const audited = await open('audit');
      expect(seen(await tryAll(audited))).toEqual(OPEN);

      const user = await cluster.user(`operator-${enforced.namespace}`, {
        rules: [
          { apiGroups: ['chokepoint.dev'], resources: ['tunnels'], verbs: ['use'] },
          { apiGroups: [''], resources: TUNNELS.map(([subresource]) => subresource), verbs: ['get', 'create'] },
        ],
        namespace: enforced.namespace,
      });
      expect(seen(await tryAll({ ...enforced, send: user.request }))).toEqual(OPEN);
    });
  },
);

test('the component means the namespaces that the gate refuses in', () => {
  const selectorIn = (text: string, find: (object: Shipped) => object | undefined) =>
    (parseYaml(text) as readonly Shipped[]).map(find).find(selector => selector !== undefined);
  const meant = selectorIn(readFileSync(COMPONENT, 'utf8'), ({ spec }) => spec?.matchConstraints?.namespaceSelector);
  expect(meant).toEqual(
    selectorIn(
      readFileSync(WEBHOOKS, 'utf8'),
      ({ webhooks = [] }) => webhooks.find(({ name }) => name === 'enforce.chokepoint.dev')?.namespaceSelector,
    ),
  );
});
