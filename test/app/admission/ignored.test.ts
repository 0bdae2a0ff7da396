import { describe, expect, test } from 'vitest';
import type { Mode } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import {
  closingPolicy,
  deployment,
  gate,
  namespace,
  review,
  testPolicy,
  verdictText,
  worldOf,
} from '../../support/reviews.ts';

const MINUTE = 60_000;
const RULE = 'ingress-beyond-gateway';
const GOOD = `${RULE} TICKET-1 until 2027-01-31`;

/** An object that bears the annotation; as it is without one. */
function bearing(object: Fields, text: string | undefined): Fields {
  const metadata = object.metadata as Fields;
  if (text === undefined) return object;
  return { ...object, metadata: { ...metadata, annotations: { 'chokepoint.dev/ignore': text } } };
}

/** Lets every pod of the cluster in, and nothing out. */
const opening = (): Fields => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'debug', namespace: 'prod' },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: {} }] }] },
});

const allowing = (mode: Mode, rules: readonly string[]) =>
  testPolicy({
    mode,
    day: '2026-11-27',
    exceptionsFromAnnotations: rules.length === 0 ? undefined : { rules: new Set(rules), longestDays: 90 },
  });

/** The review of a Deployment that a second policy of its namespace opens. */
async function createOpen(text: string | undefined, rules: readonly string[], mode: Mode = 'enforce') {
  const world = worldOf(namespace(), closingPolicy(), opening());
  const { validate } = gate(allowing(mode, rules), world);
  return validate(review('deployment-create', { object: bearing(deployment(), text) }), MINUTE);
}

describe('the webhook lets a server excuse itself as far as the GatePolicy allows', () => {
  test.each<readonly [title: string, text: string | undefined, rules: readonly string[], mode: Mode, expected: string]>(
    [
      ['which is not at all by default', GOOD, [], 'enforce', '403 (deny)'],
      ['which is for the rules that are allowed', GOOD, [RULE], 'enforce', 'allowed (allow)'],
      ['and for no others', GOOD, ['service-exposed'], 'enforce', '403 (deny)'],
      ['not after its end', `${RULE} T until 2026-11-26`, [RULE], 'enforce', '403 (deny)'],
      ['not for longer than is allowed', `${RULE} T until 2029-01-01`, [RULE], 'enforce', '403 (deny)'],
      ['not without a reason', `${RULE} until 2027-01-31`, [RULE], 'enforce', '403 (deny)'],
      ['not without an annotation', undefined, [RULE], 'enforce', '403 (deny)'],
      ['with a warning where the namespace warns', GOOD, [], 'warn', 'allowed +warnings (deny)'],
      ['without a word to who asks where it records', GOOD, [], 'audit', 'allowed (deny)'],
    ],
  )('%s', async (_title, text, rules, mode, expected) => {
    expect(verdictText(await createOpen(text, rules, mode))).toBe(expected);
  });

  test('and for a rule that guards metadata never', async () => {
    const { validate } = gate(
      allowing('enforce', ['egress-not-isolated', 'ingress-not-isolated']),
      worldOf(namespace()),
    );
    const text = 'egress-not-isolated T until 2027-01-31; ingress-not-isolated T until 2027-01-31';
    const response = await validate(review('deployment-create', { object: bearing(deployment(), text) }), MINUTE);
    expect(verdictText(response)).toBe('403 (deny)');
    expect(response.message).toContain('1. egress-not-isolated: ');
    expect(response.message).not.toContain('ingress-not-isolated: ');
    expect(response.message).toContain('sets nothing aside: it guards cloud metadata, which no annotation sets aside');
  });
});

describe('an annotation in vain is told with its reason', () => {
  const SAID = `annotation chokepoint.dev/ignore "${GOOD}" sets nothing aside: the GatePolicy lets no annotation set anything aside (exceptionsFromAnnotations)`;

  test('in a refusal', async () => {
    const { message } = await createOpen(GOOD, []);
    expect(message.split('\n').at(-1)).toContain(SAID);
  });

  test('in a warning', async () => {
    const { warnings } = await createOpen(GOOD, [], 'warn');
    expect(warnings.map(line => line.trim()).join(' ')).toContain(SAID);
  });

  test('in the audit log', async () => {
    const { auditAnnotations } = await createOpen(GOOD, [], 'audit');
    expect(auditAnnotations.get('exceptions')).toContain(SAID);
  });
});

test('what is set aside stands in the audit log with its reason and its last day', async () => {
  const { auditAnnotations } = await createOpen(GOOD, [RULE]);
  expect(auditAnnotations.get('exceptions')).toMatch(
    /^Deployment prod\/\S+ ingress-beyond-gateway: TICKET-1; until 2027-01-31, by the annotation of Deployment prod\/\S+$/,
  );
});

describe('a NetworkPolicy that opens a server', () => {
  const create = async (text: string | undefined, rules: readonly string[]) => {
    const { validate } = gate(allowing('enforce', rules), worldOf(namespace(), deployment(), closingPolicy()));
    const object = bearing(opening(), text);
    return verdictText(await validate(review('networkpolicy-create-reopening', { object }), MINUTE));
  };

  test.each<readonly [title: string, text: string | undefined, rules: readonly string[], expected: string]>([
    ['is refused', undefined, [RULE], '403 (deny)'],
    ['excuses itself where that is allowed', GOOD, [RULE], 'allowed (allow)'],
    ['does not where it is not', GOOD, [], '403 (deny)'],
  ])('%s', async (_title, text, rules, expected) => {
    expect(await create(text, rules)).toBe(expected);
  });
});

test('a server is judged by the annotation that it will have, not by the one that it had', async () => {
  const world = worldOf(namespace(), bearing(deployment(), GOOD), closingPolicy(), opening());
  const { validate } = gate(allowing('enforce', [RULE]), world);
  const update = (before: string | undefined, after: string | undefined) =>
    validate(
      review('deployment-update-replicas', {
        object: bearing(deployment(), after),
        oldObject: bearing(deployment(), before),
      }),
      MINUTE,
    );
  expect(verdictText(await update(GOOD, GOOD))).toBe('allowed');
  expect(verdictText(await update(GOOD, undefined))).toBe('403 (deny)');
  expect(verdictText(await update(undefined, GOOD))).toBe('allowed (allow)');
});
