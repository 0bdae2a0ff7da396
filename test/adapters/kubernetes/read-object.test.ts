import { expect, test } from 'vitest';
import { isFinishedPod, readServiceCidr } from '../../../src/adapters/kubernetes/view/read-object.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';

const UNREADABLE = { kind: 'unreadable', reason: 'spec.cidrs is no list of texts' };

test.each<readonly [Fields, unknown]>([
  [{ spec: { cidrs: ['10.96.0.0/12', 'fd00::/112'] } }, { kind: 'value', value: ['10.96.0.0/12', 'fd00::/112'] }],
  [{ spec: { cidrs: [] } }, { kind: 'value', value: [] }],
  [{ spec: { cidrs: ['10.96.0.0/12', 7] } }, UNREADABLE],
  [{ spec: { cidrs: '10.96.0.0/12' } }, UNREADABLE],
  [{ spec: {} }, UNREADABLE],
  [{ spec: null }, UNREADABLE],
  [{ spec: 'text' }, UNREADABLE],
  [{}, UNREADABLE],
])('a ServiceCIDR %j is read', (raw, expected) => {
  expect(readServiceCidr(raw)).toEqual(expected);
});

test.each<readonly [Fields, boolean]>([
  [{ kind: 'Pod', status: { phase: 'Succeeded' } }, true],
  [{ kind: 'Pod', status: { phase: 'Failed' } }, true],
  [{ kind: 'Pod', status: { phase: 'Running' } }, false],
  [{ kind: 'Pod', status: {} }, false],
  [{ kind: 'Pod', status: null }, false],
  [{ kind: 'Pod', status: 'Failed' }, false],
  [{ kind: 'Pod' }, false],
  [{ kind: 'Job', status: { phase: 'Failed' } }, false],
])('whether %j is a Pod that has finished: %s', (raw, expected) => {
  expect(isFinishedPod(raw)).toBe(expected);
});
