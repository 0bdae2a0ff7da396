import { expect, test } from 'vitest';
import { WATCHED_KINDS } from '../../../src/adapters/kubernetes/client/kinds.ts';
import { createInterner } from '../../../src/adapters/kubernetes/view/interning.ts';
import { readKubeObject } from '../../../src/adapters/kubernetes/view/read-object.ts';
import { isAsked } from '../../../src/app/witness/is-asked.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { MCP_REFERENCES } from '../../../src/core/kube/mcp-references.ts';
import { OTHER_ROUTES } from '../../../src/core/kube/other-routes.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { type ShippedObject, shippedObjects } from '../../support/shipped-objects.ts';
import { decoded } from '../../support/workload.ts';

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE'] as const;

const plural = (kind: string): string =>
  `${kind.toLowerCase().replace(/(?<!a)y$/, 'ie')}${kind.endsWith('s') ? 'es' : 's'}`;

/** `OPERATION group/resource` of what the shipped webhooks that judge are asked about. */
const SHIPPED = new Set<string>(
  shippedObjects('base/90-webhooks.yaml')
    .filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')
    .flatMap(({ webhooks }) => webhooks)
    .flatMap(({ rules }: ShippedObject) => rules)
    .flatMap(({ apiGroups, resources, operations }: ShippedObject) =>
      apiGroups.flatMap((group: string) =>
        resources.flatMap((resource: string) =>
          operations.map((operation: string) => `${operation} ${group}/${resource}`),
        ),
      ),
    ),
);

/** Left out on purpose: endpoints; what Calico's own API server stores another object for; Namespaces, which are looked at by their names. */
const LEFT_OUT = /^(?:discovery\.k8s\.io\/|projectcalico\.org\/|\/Namespace$)/;

const WORLD = buildWorld([decoded({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })]);
const SPEC = {
  parentRefs: [{ name: 'g' }],
  backendRefs: [{ name: 'a' }],
  mcp: { targets: [{ static: { host: 'a' } }] },
  selector: {},
  template: {},
};

/** Groups and kinds that are watched, each with an object. */
const watched = WATCHED_KINDS.map(kind =>
  kind.kind === 'builtin'
    ? { group: kind.resource.group, kind: kind.resource.kind, version: 'v1' }
    : { group: kind.group, kind: kind.objectKind, version: kind.versions[0] ?? 'v1' },
).filter(({ group, kind }) => !LEFT_OUT.test(`${group}/${kind}`));

test.each(watched)('the recorder takes $group/$kind to be asked about as the webhooks are shipped', one => {
  const { group, kind, version } = one;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const metadata = { name: 'x', namespace: 'shop', uid: 'u', resourceVersion: '1' };
  const read = readKubeObject({ apiVersion, kind, metadata, spec: SPEC }, createDecoder(), createInterner());
  const asked = OPERATIONS.filter(operation => SHIPPED.has(`${operation} ${group}/${plural(kind)}`));
  if (read.kind !== 'value') return expect(asked).toEqual([]);
  const change = { after: read.value, before: read.value };
  const seen = { uid: 'u', apiVersion, marks: ['mark'], resourceVersion: '1', change, raw: undefined };
  const taken = OPERATIONS.filter(operation =>
    isAsked({ ...seen, operation }, WORLD, { ownNamespace: 'chokepoint-system', excluded: [] }),
  );
  expect(taken).toEqual(asked);
});

test('every kind that publishes a Service, or that routes lead through, is asked about when it appears and changes', () => {
  const opening = [...OTHER_ROUTES, ...MCP_REFERENCES].filter(
    ({ isBackend = false, publisher }) => isBackend || publisher.by !== 'none',
  );
  const missing = opening.flatMap(({ group, kind }) =>
    ['CREATE', 'UPDATE'].map(operation => `${operation} ${group}/${plural(kind)}`).filter(one => !SHIPPED.has(one)),
  );
  expect([opening.length > 20, missing]).toEqual([true, []]);
});
