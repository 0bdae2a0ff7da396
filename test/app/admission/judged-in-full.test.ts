import { describe, expect, it } from 'vitest';
import { isJudgedInFull } from '../../../src/app/admission/exemptions.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { decoded } from '../../support/workload.ts';

const MULTUS = 'k8s.v1.cni.cncf.io/networks';
const container = { name: 'server', image: 'registry.example.com/server:1' };

const pod = (metadata: Fields, spec: Fields) =>
  decoded({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'server', namespace: 'tools', ...metadata },
    spec: { containers: [container], ...spec },
  });

const withDebugger = (securityContext: Fields) => ({
  ephemeralContainers: [{ name: 'debugger', image: 'registry.example.com/debug:1', securityContext }],
});

describe('Whether an update of a Pod is judged in full', () => {
  it.each<[does: string, before: readonly [Fields, Fields], after: readonly [Fields, Fields], isInFull: boolean]>([
    ['plugs in an interface', [{}, {}], [{ annotations: { [MULTUS]: 'macvlan@net1' } }, {}], true],
    [
      'plugs in another',
      [{ annotations: { [MULTUS]: 'a@net1' } }, {}],
      [{ annotations: { [MULTUS]: 'a@net1,b@net2' } }, {}],
      true,
    ],
    ['writes an empty list of them', [{}, {}], [{ annotations: { [MULTUS]: '' } }, {}], false],
    ['notes what a network plugin did', [{}, {}], [{ annotations: { [`${MULTUS}-status`]: '[]' } }, {}], false],
    ['adds a privileged container', [{}, {}], [{}, withDebugger({ privileged: true })], true],
    ['gives a container other rights', [{}, withDebugger({})], [{}, withDebugger({ privileged: true })], true],
    [
      'changes nothing of these',
      [{}, { hostPID: true }],
      [{ finalizers: ['example.com/f'] }, { hostPID: true }],
      false,
    ],
  ])('where it %s', (_, before, after, isInFull) => {
    expect(isJudgedInFull({ before: pod(...before), after: pod(...after) })).toBe(isInFull);
  });
});
