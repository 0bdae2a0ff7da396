import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/core/decision.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import type { Workload } from '../../src/core/kube/types.ts';
import { areAlikeByName, decisionNamed, isSaidOfAnyName, podNamed } from '../../src/core/pod-names.ts';
import { decodeAll, namespace, testPolicy, worldOf } from '../support/reviews.ts';

const MADE = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'ledger', uid: 'uid', controller: true };
const pod = (name: string, owners: readonly Fields[] = [MADE]): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'prod', ownerReferences: owners },
  spec: { containers: [{ name: 'app', image: 'acme/mcp-server:1', ports: [{ containerPort: 8080 }] }] },
});
const read = (object: Fields): Workload => decodeAll([object])[0] as Workload;

const object = (apiVersion: string, kind: string, name: string, rest: Fields): Fields => ({
  ...{ apiVersion, kind, metadata: { name, namespace: 'prod' } },
  ...rest,
});
const EXCEPTION = object('chokepoint.dev/v1alpha1', 'GateException', 'one', {
  spec: { object: { kind: 'Pod', name: 'ledger-two' }, rules: ['host-network'], reason: 'T-1', expires: '2026-12-20' },
});
const ENDPOINTS = object('v1', 'Endpoints', 'by-hand', {
  subsets: [
    { addresses: [{ ip: '192.0.2.1', targetRef: { kind: 'Pod', namespace: 'prod', name: 'ledger-two' } }], ports: [] },
  ],
});
const LISTED = { namespace: 'prod', kind: 'Pod', name: 'ledger-two', rules: [], reason: '', expires: '2999-01-01' };

const judge = createJudge(testPolicy());

describe('two Pods are alike but for their names', () => {
  const rows: readonly (readonly [
    where: string,
    names: readonly [string, string],
    world: readonly Fields[],
    boolean,
  ])[] = [
    ['where nothing goes by either', ['ledger-one', 'ledger-two'], [], true],
    ['where both names say the same', ['ledger-mcp-a1', 'ledger-mcp-b2'], [], true],
    ['not where one name says more', ['ledger-mcp-a1', 'ledger-abc-b2'], [], false],
    ['not where one name is longer', ['ledger-one', 'ledger-three'], [], false],
    ['not where a GateException names one', ['ledger-one', 'ledger-two'], [EXCEPTION], false],
    ['not where endpoints name one', ['ledger-two', 'ledger-one'], [ENDPOINTS], false],
    ['not where one is there', ['ledger-one', 'ledger-two'], [pod('ledger-two')], false],
  ];
  test.each(rows)('%s', (_where, [one, other], beside, isAlike) => {
    const world = worldOf(namespace(), ...beside);
    expect(areAlikeByName(judge, world, read(pod(one)), read(pod(other)))).toBe(isAlike);
  });

  test('not where the GatePolicy lists one', () => {
    const listing = createJudge(testPolicy({ exceptions: [LISTED] }));
    expect(areAlikeByName(listing, worldOf(namespace()), read(pod('ledger-one')), read(pod('ledger-two')))).toBe(false);
  });

  test('not where no controller made them', () => {
    const [one, other] = [read(pod('ledger-one', [])), read(pod('ledger-two', []))];
    expect(areAlikeByName(judge, worldOf(namespace()), one, other)).toBe(false);
  });
});

describe('what is said of a Pod', () => {
  const [from, to] = ['ledger-mcp-server-a1', 'ledger-mcp-server-b2'];
  const world = worldOf(namespace());
  const decide = (name: string): Decision => judge.evaluate(world, podNamed(read(pod(from)), name));

  test('is said of another that is alike by its name, the evidence too', () => {
    const { mcp, findings } = decide(from);
    expect(mcp.evidence.some(({ says }) => says.includes(from))).toBe(true);
    expect(findings.length).toBeGreaterThan(0);
    const { findings: _, ...said } = decisionNamed(decide(from), to);
    const { findings: __, ...expected } = decide(to);
    expect(said).toEqual(expected);
  });

  test('is not said of any where it is found in the Pod itself', () => {
    expect(isSaidOfAnyName(decide(from))).toBe(false);
    expect(isSaidOfAnyName({ ...decide(from), findings: [] })).toBe(true);
  });
});
