import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { judgedWays } from '../../../src/core/gateway/judged-ways.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { unlistedFact } from '../../../src/core/kube/decode-gateway-fact.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { UNREAD_SETTINGS } from '../../../src/core/kube/settings-maps.ts';
import type { KubeObject } from '../../../src/core/kube/types.ts';
import { guardedOf } from '../../../src/core/netpol/guarded.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';

type Objects = Readonly<Record<string, Fields | null>>;

interface Case {
  /** authentication, authorization, log. */
  readonly is: string;
  /** Kind/name and field of what decides authentication. */
  readonly at: string;
  readonly add?: Objects;
  /** Of Ingresses and AuthorizationPolicies. */
  readonly annotations?: Fields;
  /** Kinds, `group/Kind`, that could not be listed; `ConfigMap`: what stands for those of a cluster. */
  readonly unlisted?: readonly string[];
}

interface Product {
  readonly base: Objects;
  /** `Kind NAMESPACE/NAME` of the server; absent: a Deployment. */
  readonly subject?: string;
  readonly cases: Readonly<Record<string, Case>>;
}

const GROUPS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  Gateway: 'gateway.networking.k8s.io/v1',
  GatewayClass: 'gateway.networking.k8s.io/v1',
  ListenerSet: 'gateway.networking.k8s.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  TCPRoute: 'gateway.networking.k8s.io/v1alpha2',
  Ingress: 'networking.k8s.io/v1',
  IngressClass: 'networking.k8s.io/v1',
  SecurityPolicy: 'gateway.envoyproxy.io/v1alpha1',
  ClientTrafficPolicy: 'gateway.envoyproxy.io/v1alpha1',
  EnvoyProxy: 'gateway.envoyproxy.io/v1alpha1',
  MCPRoute: 'aigateway.envoyproxy.io/v1beta1',
  AgentgatewayPolicy: 'agentgateway.dev/v1alpha1',
  AgentgatewayBackend: 'agentgateway.dev/v1alpha1',
  TrafficPolicy: 'gateway.kgateway.dev/v1alpha1',
  GatewayExtension: 'gateway.kgateway.dev/v1alpha1',
  HTTPListenerPolicy: 'gateway.kgateway.dev/v1alpha1',
  ListenerPolicy: 'gateway.kgateway.dev/v1alpha1',
  AuthPolicy: 'kuadrant.io/v1',
  MCPGatewayExtension: 'mcp.kuadrant.io/v1',
  RequestAuthentication: 'security.istio.io/v1',
  AuthorizationPolicy: 'security.istio.io/v1',
  Telemetry: 'telemetry.istio.io/v1',
  VirtualService: 'networking.istio.io/v1',
  IngressRoute: 'traefik.io/v1alpha1',
  IngressRouteTCP: 'traefik.io/v1alpha1',
  TLSOption: 'traefik.io/v1alpha1',
  Middleware: 'traefik.io/v1alpha1',
  MCPServer: 'toolhive.stacklok.dev/v1beta1',
  VirtualMCPServer: 'toolhive.stacklok.dev/v1beta1',
  MCPExternalAuthConfig: 'toolhive.stacklok.dev/v1beta1',
  WonderPolicy: 'example.com/v1',
};

const ANNOTATED: readonly string[] = ['Ingress', 'AuthorizationPolicy'];

const products = load(readFileSync(new URL('cases.yaml', import.meta.url), 'utf8')) as Readonly<
  Record<string, Product>
>;
const policy = resolveGatePolicy({ spec: {} }, BUILTIN_DATA).policy ?? expect.fail('no policy');
const guarded = guardedOf(policy.protectedNetworks, policy.dataplane);
const decode = createDecoder();

function decoded(raw: Fields): readonly KubeObject[] {
  const result = decode(raw);
  return result.kind === 'object' ? [result.object, ...(result.more ?? [])] : [];
}

/** `Kind NAMESPACE/NAME`; the kind may be followed by its group. */
function manifest([key, spec]: readonly [string, Fields | null], annotations: Fields): readonly Fields[] {
  if (spec === null) return [];
  const [kind = '', name = ''] = key.split(' ');
  const [short = '', ...group] = kind.split('.');
  const [namespace, own] = name.includes('/') ? name.split('/') : [undefined, name];
  if (short === 'ConfigMap') return [{ apiVersion: 'v1', kind: short, metadata: { name: own, namespace }, data: spec }];
  const object: Fields = {
    apiVersion: group.length > 0 ? `${group.join('.')}/v1` : (GROUPS[short] ?? expect.fail(`no group of ${short}`)),
    kind: short,
    metadata: { name: own, namespace, labels: { app: own ?? '' }, ...(ANNOTATED.includes(short) && { annotations }) },
    spec,
  };
  return [object];
}

const SERVER: readonly Fields[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'weather', namespace: 'tools' },
    spec: {
      selector: { matchLabels: { app: 'weather' } },
      template: { metadata: { labels: { app: 'weather' } }, spec: { containers: [{ name: 's', image: 'x' }] } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'weather', namespace: 'tools' },
    spec: { selector: { app: 'weather' } },
  },
];

function waysIn(
  { base, subject = 'Deployment tools/weather' }: Product,
  { add = {}, annotations = {}, unlisted = [] }: Case,
) {
  const all: Objects = { ...base, ...add };
  const added = Object.entries(all).flatMap(entry => manifest(entry, annotations));
  const missing = unlisted.flatMap(kind => {
    const [group = '', name = ''] = kind.split('/');
    return kind === 'ConfigMap' ? UNREAD_SETTINGS : (unlistedFact(group, name, name, true) ?? []);
  });
  const world = buildWorld([...[...SERVER, ...added].flatMap(raw => decoded(raw)), ...missing]);
  const content = world.namespace('tools');
  const server = [...content.workloads.values()].find(
    one => subject === `${one.kind} tools/${one.meta.name}` && one.part === '',
  );
  if (server === undefined || !isWorkload(server)) return expect.fail('no server');
  return judgedWays({ subject: server, content, world, guarded });
}

const ORDER = ['open', 'unknown', 'yes'];

/** The way on which the least is asked. */
function weakestOf(product: Product, one: Case) {
  const ways = waysIn(product, one).toSorted(
    (a, b) => ORDER.indexOf(a.answers.authentication.state) - ORDER.indexOf(b.answers.authentication.state),
  );
  return ways[0]?.answers ?? expect.fail('no way leads to the server');
}

const table = Object.entries(products).flatMap(([name, product]) =>
  Object.entries(product.cases).map(([title, one]) => ({ title: `${name}: ${title}`, product, one })),
);

describe('what gateways ask of callers', () => {
  it.each(table)('$title', ({ product, one }) => {
    const { authentication, authorization, log } = weakestOf(product, one);
    const { object, path } = authentication;
    expect({
      is: [authentication, authorization, log].map(({ state }) => state).join(' '),
      at: `${object.kind}/${object.name} ${path}`,
    }).toEqual({ is: one.is, at: one.at });
  });
});
