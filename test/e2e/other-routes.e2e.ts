import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { newScene, PODS, type Scene, said, sceneIn } from './scene.ts';
import {
  collectionOf,
  INGRESS_ROUTE,
  OPENSHIFT_ROUTE,
  type ServedKind,
  serveKinds,
  TRAEFIK_SERVICE,
  VIRTUAL_SERVICE,
} from './served-kinds.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** Routes of other APIs, and ways by which a route of any API comes to a server that it does not name. */

const SERVICES = 'api/v1/services';
const ENDPOINTS = 'api/v1/endpoints';
const SLICES = 'apis/discovery.k8s.io/v1/endpointslices';
const INGRESSES = 'apis/networking.k8s.io/v1/ingresses';
const KINDS = [OPENSHIFT_ROUTE, INGRESS_ROUTE, TRAEFIK_SERVICE, VIRTUAL_SERVICE];
const PORTS = [{ port: 80, targetPort: 8080 }];
const ROUTES = { ingressClasses: ['mcp'], gateways: ['mcp-gateway/mcp'] };

let cluster: Connection;
let removeKinds: () => Promise<void>;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = sharedCluster();
  // Before the gate: it looks for kinds that are not installed every few minutes only.
  removeKinds = await serveKinds(cluster, KINDS);
  gate = await startWorkingGate(cluster, 'other-routes', { ...SPEC, routes: ROUTES });
});
afterAll(async () => {
  await gate?.close();
  await removeKinds?.();
  cluster?.close();
});

const collection = (kind: ServedKind): string => collectionOf(kind).slice(1);
const objectOf = ({ group, version, kind }: ServedKind, name: string, spec: object, annotations?: object): object => ({
  apiVersion: `${group}/${version}`,
  kind,
  metadata: { name, ...(annotations && { annotations }) },
  spec,
});
const service = (name: string, spec: object): object => ({ metadata: { name }, spec });
const ingress = (name: string, className: string): object => ({
  metadata: { name },
  spec: { ingressClassName: className, defaultBackend: { service: { name, port: { number: 80 } } } },
});
const slice = (name: string, address: string, labels: object = {}): object => ({
  metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name, ...labels } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address] }],
  ports: [{ port: 8080 }],
});

interface Published {
  readonly kind: ServedKind;
  /** A spec that sends to the Service weather past the gateway. */
  readonly past: object;
}
/** Kinds that say what publishes them. */
interface ThroughGateway extends Published {
  /** A spec, and annotations, that send to it through the gateway. */
  readonly through: object;
  readonly annotations?: object;
}

const TO_WEATHER = { routes: [{ match: 'PathPrefix(`/`)', kind: 'Rule', services: [{ name: 'weather', port: 80 }] }] };
const virtualService = (gateway: string): object => ({
  hosts: ['x.example.com'],
  gateways: [gateway],
  http: [{ route: [{ destination: { host: 'weather' } }] }],
});
const THROUGH: readonly ThroughGateway[] = [
  { kind: INGRESS_ROUTE, past: TO_WEATHER, through: TO_WEATHER, annotations: { 'kubernetes.io/ingress.class': 'mcp' } },
  {
    kind: VIRTUAL_SERVICE,
    past: virtualService('istio-system/public'),
    through: virtualService('mcp-gateway/mcp'),
  },
];
const PAST: readonly Published[] = [
  { kind: OPENSHIFT_ROUTE, past: { host: 'x.example.com', to: { kind: 'Service', name: 'weather' } } },
  ...THROUGH,
];

const withService = async (mode: 'off' | 'enforce'): Promise<Scene> => {
  const scene = await newScene(cluster, mode);
  expectOk(await scene.post(SERVICES, service('weather', { selector: { app: 'weather' }, ports: PORTS })), 'Service');
  return scene;
};

/** Sends until the gate has heard of what was made before: an answer that is a refusal for the route. Takes away what was let in. */
const untilRefused = (send: () => Promise<Answer>, undo: () => Promise<Answer>): Promise<string> =>
  eventually('the gate has heard of it', async () => {
    const answer = await send();
    if (answer.status !== 403) await undo();
    return answer.status === 403 ? said(answer) : undefined;
  });

describe('a route of another API', () => {
  test.each(PAST)(
    'that publishes a server past its gateway is let in where the gate is off, and refused where it enforces: $kind.kind',
    async ({ kind, past }) => {
      const off = await withService('off');
      expectOk(await off.post(collection(kind), objectOf(kind, 'weather', past)), 'the hole');
      const { namespace, post, remove } = await withService('enforce');
      const answer = await untilRefused(
        () => post(collection(kind), objectOf(kind, 'weather', past)),
        () => remove(`${collection(kind)}/weather`),
      );
      const title = `${kind.kind} ${namespace}/weather must not publish Pod ${namespace}/weather past the gateway.`;
      expect(answer).toContain(title);
    },
  );

  test.each(THROUGH)(
    'that publishes it through its gateway is let in, and refused when it turns away from it: $kind.kind',
    async ({ kind, past, through, annotations }) => {
      const { post, patch, remove } = await withService('enforce');
      await untilRefused(
        () => post(collection(kind), objectOf(kind, 'probe', past)),
        () => remove(`${collection(kind)}/probe`),
      );
      expectOk(await post(collection(kind), objectOf(kind, 'weather', through, annotations)), 'through the gateway');
      const elsewhere = annotations ? { metadata: { annotations: null } } : { spec: past };
      expect(said(await patch(`${collection(kind)}/weather`, elsewhere))).toMatch(/^403 .*route-bypasses-gateway/s);
    },
  );
});

describe('a server that enforces cannot be published from another namespace', () => {
  const elsewhere = async (): Promise<Scene> => sceneIn(await newNamespace(cluster, 'edge'), cluster.request);

  test('over an ExternalName Service that is its other name', async () => {
    const { namespace } = await withService('enforce');
    const { post, remove } = await elsewhere();
    const alias = { type: 'ExternalName', externalName: `weather.${namespace}.svc.cluster.local` };
    expectOk(await post(SERVICES, service('alias', alias)), 'the other name alone');
    const answer = await untilRefused(
      () => post(INGRESSES, ingress('alias', 'nginx')),
      () => remove(`${INGRESSES}/alias`),
    );
    expect(answer).toMatch(/route-bypasses-gateway/);
    expect(answer).not.toContain(namespace);
    expectOk(await post(INGRESSES, ingress('alias', 'mcp')), 'through the gateway');
  });

  test('by the other name, where the route is there before it', async () => {
    const { namespace } = await withService('enforce');
    const { post, remove } = await elsewhere();
    expectOk(await post(INGRESSES, ingress('alias', 'nginx')), 'a route to nothing yet');
    const alias = { type: 'ExternalName', externalName: `weather.${namespace}.svc.cluster.local` };
    await untilRefused(
      () => post(SERVICES, service('alias', alias)),
      () => remove(`${SERVICES}/alias`),
    );
  });

  test('over a TraefikService', async () => {
    const { namespace } = await withService('enforce');
    const { post, remove } = await elsewhere();
    const shared = { weighted: { services: [{ name: 'weather', namespace, port: 80 }] } };
    expectOk(await post(collection(TRAEFIK_SERVICE), objectOf(TRAEFIK_SERVICE, 'shared', shared)), 'TraefikService');
    const spec = { routes: [{ match: 'PathPrefix(`/`)', services: [{ name: 'shared', kind: 'TraefikService' }] }] };
    await untilRefused(
      () => post(collection(INGRESS_ROUTE), objectOf(INGRESS_ROUTE, 'shared', spec)),
      () => remove(`${collection(INGRESS_ROUTE)}/shared`),
    );
  });

  test('by endpoints that name the address of its Pod, whichever of them and the route comes first', async () => {
    const { patch } = await withService('enforce');
    const address = '10.244.77.7';
    const podIPs = { status: { podIP: address, podIPs: [{ ip: address }] } };
    expectOk(await patch(`${PODS}/weather/status`, podIPs), 'an address');
    const { post, remove } = await elsewhere();
    const byHand = (name: string) => service(name, { ports: PORTS });
    expectOk(await post(SERVICES, byHand('first')), 'a Service without a selector');
    expectOk(await post(SLICES, slice('first', address)), 'endpoints that nothing publishes');
    await untilRefused(
      () => post(INGRESSES, ingress('first', 'nginx')),
      () => remove(`${INGRESSES}/first`),
    );
    for (const [collected, object] of [
      [SLICES, slice('later', address)],
      [
        ENDPOINTS,
        { metadata: { name: 'later' }, subsets: [{ addresses: [{ ip: address }], ports: [{ port: 8080 }] }] },
      ],
    ] as const) {
      await post(SERVICES, byHand('later'));
      await post(INGRESSES, ingress('later', 'nginx'));
      await untilRefused(
        () => post(collected, object),
        () => remove(`${collected}/${collected === SLICES ? 'later-1' : 'later'}`),
      );
    }
    const disguised = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
    expect(said(await post(SLICES, slice('none', address, disguised)))).toMatch(/^403 .*route-bypasses-gateway/s);
    expectOk(await post(SLICES, slice('none', '10.244.77.8', disguised)), 'at nobody');
  });
});

test("the view holds the endpoints that somebody wrote, and is not asked for those of Kubernetes' own controller", () => {
  const asked = cluster
    .auditEvents()
    .filter(({ user, objectRef }) => user.username === gate.webhook.name && objectRef?.resource === 'endpointslices')
    .map(({ requestURI }) => new URL(requestURI, 'http://server').searchParams.get('labelSelector'));
  const selector = 'endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io';
  expect(new Set(asked.filter(text => text !== null))).toEqual(new Set([selector]));
});
