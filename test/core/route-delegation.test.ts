import { describe, expect, it } from 'vitest';
import { parentsOf } from '../../src/core/route-delegation.ts';
import { publicationBeside } from '../support/publication.ts';

const G = 'gateway.networking.k8s.io';
const route = (name: string, parents: string, backend: string, labels = '{}'): string =>
  `{apiVersion: ${G}/v1, kind: HTTPRoute, metadata: {name: ${name}, namespace: ${name === 'below' ? 'tools' : 'edge'}, labels: ${labels}}, spec: {parentRefs: [${parents}], rules: [{backendRefs: [${backend}]}]}}`;
const to = (name: string, more = `group: ${G}, kind: HTTPRoute, namespace: tools`): string =>
  `{${more}, name: "${name}"}`;
const above = (backend: string): string => route('above', '{name: public}', backend);
const below = (parents = '', labels = '{}'): string => route('below', parents, '{name: weather}', labels);

/** By which routes and parents traffic comes in: `ROUTE through PARENT`. */
function entrances(manifests: readonly string[]): readonly string[] {
  const { routes, world } = publicationBeside(manifests);
  return [...routes.keys()]
    .flatMap(one =>
      parentsOf(one, routes, world).map(({ name, object }) => `${one.meta.name} through ${object?.kind} ${name}`),
    )
    .sort();
}

const PUBLIC = 'above through Gateway public';
const PARENT = `{group: ${G}, kind: HTTPRoute, name: above, namespace: edge}`;

const TABLE: readonly (readonly [title: string, found: readonly string[], ...manifests: string[]])[] = [
  ['nothing above it', [], below()],
  ['by its name', [PUBLIC], above(to('below')), below()],
  ['by the name of another one', [], above(to('other')), below()],
  ['by its name in another namespace', [], above(to('below', `group: ${G}, kind: HTTPRoute`)), below()],
  ['by the name of a kind of another group', [], above(to('below', 'group: example.com, kind: HTTPRoute')), below()],
  ['all of the namespace', [PUBLIC], above(to('*')), below()],
  ['by a label, as agentgateway', [PUBLIC], above(to('team=tools')), below('', '{team: tools}')],
  ['by another value of the label', [], above(to('team=other')), below('', '{team: tools}')],
  [
    'by a label, as kgateway',
    [PUBLIC],
    above(to('tools', 'group: delegation.kgateway.dev, kind: label, namespace: tools')),
    below('', '{delegation.kgateway.dev/label: tools}'),
  ],
  ['it names the one above it', [PUBLIC], above(to('below')), below(PARENT)],
  [
    'it names another one, which is not there',
    ['below through HTTPRoute other'],
    above(to('below')),
    below(PARENT.replace('name: above', 'name: other')),
  ],
  [
    'it attaches to a Gateway itself, and takes nothing from above',
    ['below through Gateway mcp'],
    above(to('*')),
    below('{name: mcp}'),
  ],
  [
    'it attaches to a Gateway, and to the one above it',
    [PUBLIC, 'below through Gateway mcp'],
    above(to('*')),
    below(`{name: mcp}, ${PARENT}`),
  ],
  [
    'it names the one above it, which does not send to it',
    ['below through HTTPRoute above'],
    above(to('other')),
    below(PARENT),
  ],
  [
    'two steps',
    [PUBLIC],
    above(to('between', `group: ${G}, kind: HTTPRoute`)),
    route('between', '', to('below')),
    below(),
  ],
  [
    'a circle',
    [],
    route('above', '', to('below')),
    route('below', '', `{name: weather}, ${to('above', `group: ${G}, kind: HTTPRoute, namespace: edge`)}`),
  ],
  [
    'a circle of routes that name each other',
    [],
    `{apiVersion: ${G}/v1, kind: HTTPRoute, metadata: {name: above, namespace: edge}, spec: {parentRefs: [{group: ${G}, kind: HTTPRoute, name: below, namespace: tools}], rules: [{backendRefs: [${to('below')}]}]}}`,
    route('below', PARENT, `{name: weather}, ${to('above', `group: ${G}, kind: HTTPRoute, namespace: edge`)}`),
  ],
  ['itself', [], route('below', '', `{name: weather}, ${to('below')}`)],
];

describe('An HTTPRoute that another one sends to leads in where that one does:', () => {
  for (const [title, found, ...manifests] of TABLE)
    it(title, () => {
      expect(entrances(manifests)).toEqual(found);
    });
});
