import { expect, test } from 'vitest';
import { namedNearby, reviewedRoute } from '../../../src/core/mcp/named-nearby.ts';
import { isRoute } from '../../../src/core/world/object-kinds.ts';
import { decoded } from '../../support/workload.ts';

const route = (kind: string, ...backendRefs: readonly object[]) => {
  const group = kind === 'MCPRoute' ? 'aigateway.envoyproxy.io/v1alpha1' : 'gateway.networking.k8s.io/v1';
  const spec = kind === 'MCPRoute' ? { backendRefs } : { rules: [{ backendRefs }] };
  const object = decoded({ apiVersion: group, kind, metadata: { name: 'm', namespace: 'shop' }, spec });
  return isRoute(object) ? object : expect.fail('no route');
};

/** Those that are servers because they are named, and those that are only led to. */
const said = ({ backends }: ReturnType<typeof route>): readonly string[] =>
  backends.map(({ namespace, name, isPlain }) => `${namespace}/${name}${isPlain ? ' led to' : ''}`);

const NEAR = { name: 'near' };
const FAR = { name: 'far', namespace: 'dev' };

test('an object of a cluster makes servers of what it names in its own namespace, and leads to all', () => {
  expect(said(namedNearby(route('MCPRoute', NEAR, FAR)))).toEqual(['shop/near', 'dev/far led to']);
  expect(said(namedNearby(route('HTTPRoute', NEAR, FAR)))).toEqual(['shop/near', 'dev/far']);
});

test('under review it makes a server of nothing that it did not name before', () => {
  expect(said(reviewedRoute(route('MCPRoute', NEAR), undefined))).toEqual(['shop/near led to']);
  expect(said(reviewedRoute(route('MCPRoute', NEAR, { name: 'new' }, FAR), route('MCPRoute', NEAR, FAR)))).toEqual([
    'shop/near',
    'shop/new led to',
    'dev/far led to',
  ]);
  expect(said(reviewedRoute(route('HTTPRoute', NEAR), undefined))).toEqual(['shop/near']);
});
