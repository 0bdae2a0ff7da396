import { expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { settingsFacts, settingsMapsOf } from '../../../src/core/kube/settings-maps.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { decoded } from '../../support/workload.ts';

function workload(namespace: string, name: string, container: Fields, kind = 'Deployment') {
  const object = decoded({
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace, name },
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', ...container }] } },
    },
  });
  return isWorkload(object) ? object : expect.fail('no workload');
}

const CONTROLLER = 'registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:0';
const OPTION = '--configmap=$(POD_NAMESPACE)/edge-ingress-nginx-controller';

// biome-ignore format: one line a case
test.each<readonly [string, ReturnType<typeof workload>, string]>([
  ['a controller of the chart', workload('ingress-nginx', 'edge', { image: CONTROLLER, args: ['/nginx-ingress-controller', OPTION] }), 'ingress-nginx ingress-nginx/edge-ingress-nginx-controller'],
  ['one of a DaemonSet', workload('ingress', 'edge', { image: CONTROLLER, args: [OPTION] }, 'DaemonSet'), 'ingress-nginx ingress/edge-ingress-nginx-controller'],
  ['a name without a namespace', workload('kube-system', 'edge', { image: CONTROLLER, args: ['--configmap=told'] }), 'ingress-nginx kube-system/told'],
  ['a name in another namespace', workload('kube-system', 'edge', { image: CONTROLLER, command: ['/x', '--configmap=conf/told'] }), 'ingress-nginx conf/told'],
  ['one that is told by none', workload('ingress-nginx', 'edge', { image: CONTROLLER, args: [] }), ''],
  ['one where anybody may run pods', workload('shop', 'edge', { image: CONTROLLER, args: [OPTION] }), ''],
  ['another image', workload('ingress-nginx', 'edge', { image: 'example.com/controller:1', args: [OPTION] }), ''],
  ['istiod', workload('istio-system', 'istiod', { image: 'istio/pilot:1.30' }), 'istio istio-system/istio'],
  ['a revision of istiod', workload('istio-system', 'istiod-canary', { image: 'istio/pilot:1.30' }), 'istio istio-system/istio-canary'],
  ['a gateway of Istio', workload('istio-system', 'istio-ingressgateway', { image: 'istio/proxyv2:1.30' }), ''],
])('%s is told by: %s', (_, one, expected) => {
  expect(settingsMapsOf([one, one]).map(({ family, namespace, name }) => `${family} ${namespace}/${name}`).join()).toBe(expected);
});

test('what a mesh is told is nothing where it is not known, and ingress-nginx stays unknown beside it', () => {
  const map = { family: 'istio', namespace: 'istio-system', name: 'istio' } as const;
  const said = (...read: Parameters<typeof settingsFacts>[0]) =>
    settingsFacts(read).map(
      ({ kind, meta, unlisted }) => `${kind} ${meta.namespace}/${meta.name} ${unlisted ? 'unknown' : 'known'}`,
    );
  expect(said({ map, object: undefined, unread: 'status 500' })).toEqual(['ConfigMap / unknown']);
  expect(said({ map, object: { data: { mesh: 'accessLogFile: /dev/stdout\n' } } })).toEqual([
    'ConfigMap istio-system/istio known',
    'ConfigMap / unknown',
  ]);
});
