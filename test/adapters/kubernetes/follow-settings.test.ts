import { expect, test } from 'vitest';
import type { ApiAnswer, ApiRequest } from '../../../src/adapters/kubernetes/client/client.ts';
import { pathOf } from '../../../src/adapters/kubernetes/client/paths.ts';
import { followSettings } from '../../../src/adapters/kubernetes/view/follow-settings.ts';
import { readSettings } from '../../../src/adapters/kubernetes/view/read-settings.ts';
import type { GatewayFact } from '../../../src/core/kube/gateway-fact.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { decoded } from '../../support/workload.ts';

const CONTROLLER = decoded({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'ingress-nginx', name: 'edge' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a' } },
      spec: {
        containers: [
          { name: 'c', image: 'registry.k8s.io/ingress-nginx/controller:v1', args: ['--configmap=ingress-nginx/told'] },
        ],
      },
    },
  },
});

/** A client that answers each path so, and what it was asked. */
function clientOf(answers: Readonly<Record<string, Pick<ApiAnswer, 'status' | 'body'>>>) {
  const asked: string[] = [];
  const request = async ({ method, path }: ApiRequest): Promise<ApiAnswer> => {
    const text = pathOf(path);
    asked.push(`${method} ${text}`);
    return { retryAfterMs: undefined, ...(answers[text] ?? { status: 404, body: undefined }) };
  };
  return { client: { request }, asked };
}

const MAP = '/api/v1/namespaces/ingress-nginx/configmaps/told';
const asks = (facts: readonly GatewayFact[]): readonly string[] =>
  facts.map(({ controls, unlisted }) => unlisted ?? controls.map(({ by }) => by).join());

test.each([
  [{ status: 200, body: { data: { 'global-auth-url': 'http://a' } } }, 'global-auth-url,global-auth-url'],
  [{ status: 404, body: undefined }, ''],
  [{ status: 403, body: {} }, 'the right to get it is missing'],
  [{ status: 500, body: {} }, 'status 500'],
])('the answer %j says: %s', async (answer, expected) => {
  const { client, asked } = clientOf({ [MAP]: answer });
  const [said] = asks(await readSettings(client, isWorkload(CONTROLLER) ? [CONTROLLER] : []));
  expect(said?.endsWith(expected)).toBe(true);
  expect(asked).toEqual([`GET ${MAP}`]);
});

test('where no controller is known, nothing is asked for', async () => {
  const { client, asked } = clientOf({});
  expect([asks(await readSettings(client, [])).length, asked]).toEqual([1, []]);
});

test('a cache is told once it has read the cluster', async () => {
  const { client } = clientOf({ [MAP]: { status: 200, body: { data: { 'disable-access-log': 'true' } } } });
  let looks = 0;
  const told = new Promise<readonly GatewayFact[]>((resolve, reject) => {
    const cache = {
      read: () => {
        looks += 1;
        return looks < 3
          ? { kind: 'not-synced' as const }
          : { kind: 'ready' as const, world: buildWorld([CONTROLLER]) };
      },
      setSettings: (facts: readonly GatewayFact[]) => {
        following.stop();
        resolve(facts);
      },
    };
    const following = followSettings(client, cache, reject);
  });
  expect(asks(await told)).toEqual(['disable-access-log']);
});
