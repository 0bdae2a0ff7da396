import { describe, expect, test } from 'vitest';
import type { AdmissionPorts } from '../../../src/app/admission/ports.ts';
import type { WorldReading } from '../../../src/app/world-reading.ts';
import type { GatePolicy, Mode } from '../../../src/core/gate/types.ts';
import type { World } from '../../../src/core/world/world.ts';
import { deployment, gate, namespace, review, testPolicy, verdictText, worldOf } from '../../support/reviews.ts';

const MINUTE = 60_000;
const enforcing = () => worldOf(namespace({ 'chokepoint.dev/mode': 'enforce' }));
const CHANGERS = { users: [], groups: [], serviceAccounts: [] };

const answer = async (
  name: string,
  modeLimit: Mode,
  world: World | WorldReading,
  needs: Partial<AdmissionPorts> = {},
  policy: Partial<GatePolicy> = {},
) =>
  verdictText(await gate(testPolicy({ ...policy, modeLimit }), world, undefined, needs).validate(review(name), MINUTE));

describe('under a limit nothing is refused, whatever the namespace and the configuration say', () => {
  const stale = (): WorldReading => ({ kind: 'stale', ageMs: 90_000, world: enforcing() });
  const failing = { liveNamespace: () => Promise.reject(new Error('down')) };
  const NEVER = { kind: 'not-synced' } as const;
  const rows: readonly (readonly [
    string,
    string,
    Mode,
    () => World | WorldReading,
    Partial<AdmissionPorts>,
    string,
  ])[] = [
    ['an open server', 'deployment-create', 'enforce', enforcing, {}, '403 (deny)'],
    ['an open server', 'deployment-create', 'warn', enforcing, {}, 'allowed +warnings (deny)'],
    ['an open server', 'deployment-create', 'audit', enforcing, {}, 'allowed (deny)'],
    ['an open server', 'deployment-create', 'off', enforcing, {}, 'allowed'],
    ['a world that is not read yet', 'deployment-create', 'enforce', () => NEVER, {}, '503'],
    ['a world that is not read yet', 'deployment-create', 'audit', () => NEVER, {}, 'allowed'],
    ['a world that is not read yet', 'deployment-create', 'warn', () => NEVER, {}, 'allowed +warnings'],
    ['a stale world', 'deployment-create', 'audit', stale, {}, 'allowed'],
    ['a namespace that cannot be read', 'deployment-create', 'enforce', () => worldOf(), failing, '503'],
    ['a namespace that cannot be read', 'deployment-create', 'audit', () => worldOf(), failing, 'allowed'],
  ];
  test.each(rows)('%s (%s), limit %s', async (_what, name, limit, world, needs, expected) => {
    expect(await answer(name, limit, world(), needs)).toBe(expected);
  });

  test('an error of ours', async () => {
    const world = (): WorldReading => {
      throw new Error('broken');
    };
    expect(await answer('deployment-create', 'audit', worldOf(), { world })).toBe('allowed');
    expect(await answer('deployment-create', 'enforce', worldOf(), { world })).toBe('500');
  });
});

describe('a namespace whose label is changed', () => {
  const world = () => worldOf(namespace(), deployment());
  const relabel = async (name: string, modeLimit: Mode) => {
    const policy = testPolicy({ mode: 'audit', modeLimit, modeChangers: CHANGERS });
    return gate(policy, world()).validate(review(name), MINUTE);
  };

  test('is told of the limit where it asks for more', async () => {
    const { allowed, warnings } = await relabel('namespace-update-mode-raised', 'audit');
    expect([allowed, warnings]).toEqual([
      true,
      ['label chokepoint.dev/mode: "enforce" is stricter than this gate\'s limit; audit applies'],
    ]);
  });

  test('lowers nothing below the limit', async () => {
    expect((await relabel('namespace-update-mode-lowered', 'enforce')).code).toBe(403);
    expect(await relabel('namespace-update-mode-lowered', 'audit')).toMatchObject({ allowed: true, warnings: [] });
  });
});
