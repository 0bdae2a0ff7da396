import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/core/kube/types.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { emptyContent, putStates } from '../../../src/core/world/content.ts';
import { overlay } from '../../../src/core/world/overlay.ts';
import { namespaceLabels, type World } from '../../../src/core/world/world.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const read = (text: string): KubeObject => decoded(parseYaml(text)[0] as Record<string, unknown>);

const namespace = (labels: string): KubeObject =>
  read(`{apiVersion: v1, kind: Namespace, metadata: {name: tools, labels: ${labels}}}`);
const policy = (name: string, place = 'tools', spec = '{}'): KubeObject =>
  read(
    `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: ${place}}, spec: ${spec}}`,
  );
const pod = (name: string): KubeObject =>
  read(`{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: tools}, spec: {}}`);
const service = (name: string): KubeObject =>
  read(`{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: tools}, spec: {}}`);
const cilium = (place: string): KubeObject =>
  read(`{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a, namespace: ${place}}, spec: {}}`);
const everywhere = read(
  '{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: a}}',
);
/** A route of namespace `edge` that sends to a Service of each of these namespaces. */
const route = (...places: readonly string[]): KubeObject =>
  read(
    `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a, namespace: edge}, spec: {parentRefs: [{name: g}], rules: [{backendRefs: [${places
      .map(place => `{name: web, namespace: ${place}}`)
      .join(', ')}]}]}}`,
  );

/** What stands in a namespace, kind by kind. */
function contentOf(world: World, name: string): readonly string[] {
  const { namespace: own, policies, workloads, services, routes, foreignPolicies } = world.namespace(name);
  const all = [policies, workloads, services, routes, foreignPolicies].flatMap(map => [...map.values()]);
  return [...(own ? [own] : []), ...all].map(({ kind, meta }) => `${kind} ${meta.namespace}/${meta.name}`);
}

describe('A world', () => {
  it('holds each object in its namespace, and routes where they send to', () => {
    const world = buildWorld([
      namespace('{}'),
      policy('a'),
      pod('b'),
      service('web'),
      cilium('tools'),
      route('tools', 'shop'),
    ]);
    expect(contentOf(world, 'tools')).toEqual([
      'Namespace /tools',
      'NetworkPolicy tools/a',
      'Pod tools/b',
      'Service tools/web',
      'HTTPRoute edge/a',
      'CiliumNetworkPolicy tools/a',
    ]);
    expect(contentOf(world, 'shop')).toEqual(['HTTPRoute edge/a']);
    expect(contentOf(world, 'edge')).toEqual([]);
    expect(world.namespaceNames()).toEqual(['shop', 'tools']);
  });

  it('holds nothing in a namespace that is not there, whatever its name', () => {
    const world = buildWorld([policy('a')]);
    for (const name of ['', 'nowhere', 'constructor', '__proto__']) expect(contentOf(world, name)).toEqual([]);
  });

  it('keeps policies of the whole cluster apart', () => {
    const world = buildWorld([everywhere, cilium('tools')]);
    expect(world.clusterPolicies.map(({ kind }) => kind)).toEqual(['ClusterNetworkPolicy']);
    expect(contentOf(world, 'tools')).toEqual(['CiliumNetworkPolicy tools/a']);
  });

  it('lets the later of two objects with one name stand', () => {
    const world = buildWorld([policy('a', 'tools', '{policyTypes: [Egress]}'), policy('a')]);
    const [only] = world.namespace('tools').policies.values();
    expect(only?.egress.isolates).toBe(false);
  });

  it('knows the name of a namespace without its object', () => {
    const name = ['kubernetes.io/metadata.name', 'tools'];
    expect([...namespaceLabels(buildWorld([]).namespace('tools'))]).toEqual([name]);
    expect([...namespaceLabels(buildWorld([namespace('{a: b}')]).namespace('tools'))]).toEqual([['a', 'b'], name]);
  });
});

describe('A change laid over a world', () => {
  const world = buildWorld([namespace('{}'), policy('a'), pod('b'), route('tools')]);

  it.each<
    readonly [title: string, before: KubeObject | undefined, after: KubeObject | undefined, content: readonly string[]]
  >([
    [
      'adds what is created',
      undefined,
      policy('c'),
      ['Namespace /tools', 'NetworkPolicy tools/a', 'NetworkPolicy tools/c', 'Pod tools/b', 'HTTPRoute edge/a'],
    ],
    ['takes away what is deleted', policy('a'), undefined, ['Namespace /tools', 'Pod tools/b', 'HTTPRoute edge/a']],
    [
      'is not troubled by what is not there',
      policy('z'),
      undefined,
      ['Namespace /tools', 'NetworkPolicy tools/a', 'Pod tools/b', 'HTTPRoute edge/a'],
    ],
    [
      'takes a route away from where it no longer sends',
      route('tools'),
      route('shop'),
      ['Namespace /tools', 'NetworkPolicy tools/a', 'Pod tools/b'],
    ],
    [
      'takes the Namespace itself away',
      namespace('{}'),
      undefined,
      ['NetworkPolicy tools/a', 'Pod tools/b', 'HTTPRoute edge/a'],
    ],
    [
      'adds nothing to other namespaces',
      undefined,
      policy('a', 'shop'),
      ['Namespace /tools', 'NetworkPolicy tools/a', 'Pod tools/b', 'HTTPRoute edge/a'],
    ],
  ])('%s', (_title, before, after, content) => {
    const changed = overlay(world, { ...(before && { before }), ...(after && { after }) });
    expect(contentOf(changed, 'tools')).toEqual(content);
  });

  it('leaves the world as it was', () => {
    const before = contentOf(world, 'tools');
    overlay(world, { before: policy('a') });
    expect(contentOf(world, 'tools')).toEqual(before);
  });

  it('names the namespaces that it adds', () => {
    expect(overlay(world, { after: policy('a', 'shop') }).namespaceNames()).toEqual(['shop', 'tools']);
  });

  it('gives a namespace its new labels', () => {
    const changed = overlay(world, { before: namespace('{}'), after: namespace('{a: b}') });
    expect(namespaceLabels(changed.namespace('tools')).get('a')).toBe('b');
  });

  it('can be laid over a change', () => {
    const once = overlay(world, { before: policy('a') });
    expect(contentOf(overlay(once, { after: policy('a') }), 'tools')).toContain('NetworkPolicy tools/a');
  });
});

describe('States of one object', () => {
  it('stand side by side, the first in its own place', () => {
    const content = emptyContent('tools');
    putStates(content, [policy('a'), policy('a', 'tools', '{ingress: [{}]}'), policy('a', 'tools', '{egress: [{}]}')]);
    expect([...content.policies.keys()]).toEqual(['NetworkPolicy/a', 'NetworkPolicy/a (1)', 'NetworkPolicy/a (2)']);
    putStates(content, [pod('a')]);
    expect([...content.workloads.keys()]).toEqual(['Pod/a']);
  });
});

describe('The surroundings of a namespace', () => {
  const world = buildWorld([namespace('{}'), pod('a'), service('web'), policy('closed')]);
  it.each<[title: string, change: KubeObject, isSame: boolean]>([
    ['a policy', policy('other'), true],
    ['a policy of another API', cilium('tools'), true],
    ['a Pod', pod('b'), false],
    ['a Service', service('api'), false],
    ['a route', route('tools'), false],
    ['the Namespace', namespace('{team: a}'), false],
  ])('are the same without and with %s, or are not', (_, after, isSame) => {
    const changed = overlay(world, { after }).namespace('tools').surroundings;
    expect(changed === world.namespace('tools').surroundings).toBe(isSame);
  });
});
