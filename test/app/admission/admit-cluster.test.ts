import { describe, expect, test } from 'vitest';
import type { AdmissionPorts } from '../../../src/app/admission/ports.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import type { WorldReading } from '../../../src/app/world-reading.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Namespace } from '../../../src/core/kube/types.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from '../../support/gate-spec.ts';
import {
  closingPolicy,
  decodeAll,
  deployment,
  gate,
  namespace,
  openingPolicy,
  policyOf,
  review,
  testPolicy,
  verdictText,
  worldOf,
} from '../../support/reviews.ts';

const MINUTE = 60_000;
const live = (...manifests: readonly Fields[]) => decodeAll(manifests)[0] as Namespace | undefined;
const at = (name: string, request: Fields, needs: Partial<AdmissionPorts>, policy: Partial<GatePolicy> = {}) =>
  gate(testPolicy(policy), worldOf(), undefined, needs).validate(review(name, request), MINUTE);

describe('a namespace that the view of the cluster does not hold', () => {
  const AUDIT: Partial<GatePolicy> = { mode: 'audit' };

  test('is looked up, and its labels decide', async () => {
    const enforcing = namespace({ 'chokepoint.dev/mode': 'enforce' });
    const outcome = await at('deployment-create', {}, { liveNamespace: async () => live(enforcing) }, AUDIT);
    expect(verdictText(outcome)).toBe('403 (deny)');
  });

  test('is judged as the configuration says where it is not there at all', async () => {
    const outcome = await at('deployment-create', {}, { liveNamespace: async () => undefined }, AUDIT);
    expect(verdictText(outcome)).toBe('allowed (deny)');
  });

  test.each<readonly [string, AdmissionPorts['liveNamespace'], number]>([
    ['it cannot be read', () => Promise.reject(new Error('down')), MINUTE],
    ['it is not read in time', () => new Promise(() => undefined), 20],
  ])('is asked for again where %s', async (_title, liveNamespace, deadlineMs) => {
    const { validate, mutate } = gate(testPolicy(AUDIT), worldOf(), undefined, liveNamespace ? { liveNamespace } : {});
    expect(verdictText(await validate(review('deployment-create'), deadlineMs))).toBe('503');
    expect(verdictText(await mutate(review('pod-create'), deadlineMs))).toBe('503');
  });

  test('decides whether a new Pod is held', async () => {
    const enforcing = namespace({ 'chokepoint.dev/mode': 'enforce', 'chokepoint.dev/absent-policy': 'hold' });
    const { mutate } = gate(testPolicy(AUDIT), worldOf(), undefined, { liveNamespace: async () => live(enforcing) });
    expect((await mutate(review('pod-create'), MINUTE)).patch.length).toBe(1);
  });

  test('is not asked for where it is known', async () => {
    const needs = { liveNamespace: () => Promise.reject(new Error('asked')) };
    const { validate } = gate(testPolicy(AUDIT), worldOf(namespace()), undefined, needs);
    expect(verdictText(await validate(review('deployment-create'), MINUTE))).toBe('allowed (deny)');
  });
});

describe('our own controller', () => {
  const controllerUser = 'system:serviceaccount:chokepoint-system:controller';
  const as = (username: string): Fields => ({ userInfo: { username, groups: [] } });
  const world = worldOf(namespace(), deployment());
  const outcome = async (name: string, username: string, request: Fields = {}) =>
    verdictText(
      await gate(testPolicy(), world, undefined, { controllerUser }).validate(
        review(name, { ...as(username), ...request }),
        MINUTE,
      ),
    );

  test.each<readonly [string, string, string, string]>([
    ['writes policies without being judged', 'networkpolicy-create-reopening', controllerUser, 'allowed'],
    ['is known by its exact name', 'networkpolicy-create-reopening', `${controllerUser}2`, '403 (deny)'],
    ['lifts gates of closed Pods alone', 'pod-update-gate-removed', controllerUser, '403 (deny)'],
    ['creates no workloads unjudged', 'deployment-create', controllerUser, '403 (deny)'],
  ])('%s', async (_title, name, username, expected) => {
    expect(await outcome(name, username)).toBe(expected);
  });

  test('deletes no policy unjudged', async () => {
    const closed = worldOf(namespace(), deployment(), closingPolicy());
    const { validate } = gate(testPolicy(), closed, undefined, { controllerUser });
    expect(verdictText(await validate(review('networkpolicy-delete', as(controllerUser)), MINUTE))).toBe('403 (deny)');
  });

  test.each<readonly [string, WorldReading]>([
    ['is not read yet', { kind: 'not-synced' }],
    ['is stale', { kind: 'stale', ageMs: 90_000, world }],
    ['lacks the namespace, which cannot be read', { kind: 'ready', world: worldOf() }],
  ])('writes policies where the view of the cluster %s', async (_title, reading) => {
    const ports = { controllerUser, liveNamespace: () => Promise.reject(new Error('down')) };
    const { validate, mutate, records } = gate(testPolicy(), reading, undefined, ports);
    const asked = review('networkpolicy-create-reopening', as(controllerUser));
    expect(verdictText(await validate(asked, MINUTE))).toBe('allowed');
    expect(verdictText(await mutate(asked, MINUTE))).toBe('allowed');
    expect(records.map(({ note }) => note)).toEqual(['own-controller', 'own-controller']);
    expect(verdictText(await validate(review('networkpolicy-delete', as(controllerUser)), MINUTE))).toBe('503');
  });

  test('is nobody where nobody is named', async () => {
    const { validate } = gate(testPolicy(), world);
    const asked = review('networkpolicy-create-reopening', as(''));
    expect(verdictText(await validate(asked, MINUTE))).toBe('403 (deny)');
  });
});

describe('a namespace whose labels change', () => {
  const relabel = (mode: string): Fields => ({
    operation: 'UPDATE',
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    namespace: 'prod',
    name: 'prod',
    object: namespace({ 'chokepoint.dev/mode': mode }),
    oldObject: namespace({ 'chokepoint.dev/mode': 'audit' }),
  });
  const many = (count: number): readonly Fields[] =>
    Array.from({ length: count }, (_, index) => {
      const manifest = deployment();
      return { ...manifest, metadata: { ...(manifest.metadata as Fields), name: `server-${index}` } };
    });
  const said = async (mode: string, count: number, nowMs: () => number = () => 0) => {
    const world = worldOf(namespace({ 'chokepoint.dev/mode': 'audit' }), openingPolicy(), ...many(count));
    const { validate } = gate(testPolicy(), world, undefined, { nowMs });
    return validate(review('namespace-update-mode-raised', relabel(mode)), MINUTE);
  };

  test('is told what would break, and let through', async () => {
    const { allowed, warnings } = await said('enforce', 2);
    expect(allowed).toBe(true);
    expect(warnings.join(' ')).toContain('Deployment prod/server-0 and 1 more: ingress-beyond-gateway');
  });

  test('is looked into as far as 1000 workloads, and told so', async () => {
    expect((await said('enforce', 1001)).warnings[0]).toBe(
      'only 1000 of 1001 workloads were judged: "chokepoint scan --namespace prod" shows all',
    );
  });

  test('is looked into for a second, and told so', async () => {
    let now = 0;
    const slow = () => {
      now += 10;
      return now;
    };
    const [warning = ''] = (await said('enforce', 500, slow)).warnings;
    const text = /^only (\d+) of 500 workloads were judged: "chokepoint scan --namespace prod" shows all$/;
    const [, looked] = text.exec(warning) ?? [];
    expect(Number(looked)).toBeGreaterThan(10);
    expect(Number(looked)).toBeLessThan(100);
  });

  test('is told nothing where it is all the same', async () => {
    expect((await said('enforce', 0)).warnings).toEqual([]);
  });
});

describe('a namespace whose mode and other labels change together', () => {
  const labelled = (labels: Readonly<Record<string, string>>): Fields => namespace(labels);
  const closed = (labels: Readonly<Record<string, string>>) => worldOf(labelled(labels), deployment(), closingPolicy());
  const relabel = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Review =>
    review('namespace-update-mode-lowered', { oldObject: labelled(before), object: labelled(after) });
  const MODE = 'chokepoint.dev/mode';

  test('is refused by the mode before where the labels open its servers', async () => {
    const policy = policyOf({
      mode: 'audit',
      modeChangers: { users: ['alice@example.com'] },
      protectedNetworks: PROTECTED_NETWORKS,
      gateways: [{ ...GATEWAYS[0], servesNamespaces: { matchLabels: { environment: 'production' } } }],
    });
    const before = { [MODE]: 'enforce', environment: 'production' };
    const { validate } = gate(policy, closed(before));
    const lowered = { ...before, [MODE]: 'off' };
    expect(verdictText(await validate(relabel(before, lowered), MINUTE))).toContain('allowed');
    expect(verdictText(await validate(relabel(before, { ...lowered, environment: 'staging' }), MINUTE))).toBe(
      '403 (deny)',
    );
  });

  test('is told what cannot be judged once it enforces, and not refused', async () => {
    const policy = policyOf({ mode: 'audit', gateways: GATEWAYS });
    const partly = (): Fields => {
      const closing = closingPolicy();
      const spec = closing.spec as Fields;
      const ipBlock = {
        cidr: '0.0.0.0/0',
        except: ['10.0.0.0/8', '169.254.0.0/16', '168.63.129.16/32', '192.0.0.192/32'],
      };
      return { ...closing, spec: { ...spec, egress: [{ to: [{ ipBlock }] }] } };
    };
    const { validate } = gate(policy, worldOf(labelled({ [MODE]: 'audit' }), deployment(), partly()));
    const outcome = await validate(relabel({ [MODE]: 'audit' }, { [MODE]: 'enforce' }), MINUTE);
    expect(verdictText(outcome)).toBe('allowed +warnings (undetermined)');
  });
});
