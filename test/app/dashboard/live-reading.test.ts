import { expect, test } from 'vitest';
import { createWorldIndex } from '../../../src/adapters/kubernetes/view/world-index.ts';
import { objectsIn, observedIn, readObjectsOf } from '../../../src/app/dashboard/live-reading.ts';
import { judgeInput } from '../../../src/app/report/check.ts';
import { clusterInput } from '../../../src/app/report/judge-cluster.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { isFields } from '../../../src/core/kube/reading.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { refOf } from '../../../src/core/world/refs.ts';
import { judgeFiles } from '../../page/page-of.ts';
import { COMPANY } from '../../page/samples.ts';
import { decodeAll, testPolicy, worldOf } from '../../support/reviews.ts';
import { parseYaml } from '../../support/yaml.ts';

/** One object of each sort that a world holds, and some that stand in two namespaces. */
const SORTS = `
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: a, image: b}]}, status: {podIPs: [{ip: 10.244.0.7}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: shop}, spec: {hostNetwork: true, containers: [{name: a, image: b}]}, status: {podIPs: [{ip: 192.0.2.10}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: shop}, spec: {podSelector: {}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: other, namespace: front}, spec: {type: ExternalName, externalName: web.shop.svc.cluster.local}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, endpoints: [{addresses: [10.244.0.7]}]}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: shop}, spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web, namespace: front}, spec: {rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]}}
---
{apiVersion: chokepoint.dev/v1alpha1, kind: GateException, metadata: {name: one, namespace: shop}, spec: {object: {kind: Pod, name: web}, rules: [host-network], reason: r, expires: "2099-12-31"}}
---
{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: shop}, spec: {endpointSelector: {}}}
---
{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: c}, spec: {endpointSelector: {}}}
---
{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: g}, spec: {externalCIDRs: [192.0.2.0/24]}}
---
{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: t}, spec: {order: 1}}
---
{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: {name: s}, spec: {nets: [192.0.2.0/24]}}
---
{apiVersion: v1, kind: Node, metadata: {name: n}, status: {addresses: [{type: InternalIP, address: 192.0.2.10}]}}
---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: i}, spec: {controller: k8s.io/ingress-nginx}}
`;

const objects = decodeAll(parseYaml(SORTS).filter(isFields));
const namesOf = (all: ReturnType<typeof objectsIn>): readonly string[] =>
  all.map(one => JSON.stringify(refOf(one))).sort();

test('Every object of a world is told once, whatever it is', () => {
  expect(objects).toHaveLength(17);
  expect(namesOf(objectsIn(buildWorld(objects)))).toEqual(namesOf(objects));
});

test('They make the world anew that the cache shows', () => {
  const index = createWorldIndex();
  for (const object of objects) index.change(undefined, object);
  expect(namesOf(objectsIn(index.world()))).toEqual(namesOf(objects));
});

test('Judged as a reading of the cluster, its servers have the same decisions', () => {
  const { world, decisions } = judgeFiles(COMPANY);
  const again = judgeInput(
    clusterInput({ objects: readObjectsOf(world), refusals: [], settings: [] }),
    createJudge(testPolicy()),
  );
  const before = judgeInput(
    clusterInput({ objects: readObjectsOf(buildWorld(objectsIn(world))), refusals: [], settings: [] }),
    createJudge(testPolicy()),
  );
  expect(again.decisions.map(({ subject }) => subject)).toEqual(decisions.map(({ subject }) => subject));
  expect(again.decisions).toEqual(before.decisions);
});

test('Addresses in use are those that the cluster tells of, and those of its Pods', () => {
  const facts = {
    podCidrs: ['10.244.0.0/24'],
    serviceCidrs: ['10.96.0.0/12'],
    nodeAddresses: ['192.0.2.10'],
    apiServerAddresses: ['192.0.2.1'],
  };
  const observed = observedIn(buildWorld(objects), facts);
  expect(observed.map(({ class: of, text, holder }) => `${of} ${text} of ${holder}`)).toEqual([
    'pods 10.244.0.0/24 of spec.podCIDRs of a Node',
    'services 10.96.0.0/12 of a ServiceCIDR',
    'nodes 192.0.2.10 of a Node',
    'controlPlane 192.0.2.1 of EndpointSlice default/kubernetes',
    'pods 10.244.0.7 of Pod shop/web',
    'nodes 192.0.2.10 of Pod shop/agent',
  ]);
  expect(observedIn(worldOf(), { podCidrs: [], serviceCidrs: [], nodeAddresses: [], apiServerAddresses: [] })).toEqual(
    [],
  );
});
