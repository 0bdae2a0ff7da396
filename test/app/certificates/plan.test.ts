import { describe, expect, it } from 'vitest';
import type { AuthorityFacts, CertificateFacts, ServingFacts } from '../../../src/app/certificates/facts.ts';
import { type CertificateStep, planCertificates } from '../../../src/app/certificates/plan.ts';
import type { Certificate, Looked, ServingCertificate, WebhookTrust } from '../../../src/app/certificates/types.ts';
import { ROTATION_TIMES } from '../../../src/app/certificates/validity.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 21);
const NAMES = ['chokepoint.chokepoint-system.svc', 'chokepoint.chokepoint-system.svc.cluster.local'];

/** A certificate that was made so long ago, as ours are: it holds from five minutes before. */
const made = (pem: string, agoMs: number, lifeMs: number): Certificate => ({
  pem: `${pem}\n`,
  notBeforeMs: NOW - agoMs - 5 * MINUTE,
  notAfterMs: NOW - agoMs + lifeMs,
});
const authority = (pem: string, agoMs = DAY): Certificate => made(pem, agoMs, 365 * DAY);
const leaf = (agoMs = DAY, change: Partial<ServingCertificate> = {}): ServingCertificate => ({
  ...made('leaf', agoMs, 90 * DAY),
  names: NAMES,
  isByAuthority: true,
  ...change,
});

const A = authority('A');
const B = authority('B');
const found = <Value>(value: Value): Looked<Value> => ({ kind: 'found', value });
const configuration = (kind: WebhookTrust['kind'], caBundle: string, injectedFrom = ''): Looked<WebhookTrust> =>
  found({ kind, resourceVersion: '1', injectedFrom, webhooks: [{ name: 'one', caBundle }] });
const both = (caBundle: string): CertificateFacts['configurations'] =>
  new Map([
    ['validating', configuration('ValidatingWebhookConfiguration', caBundle)],
    ['mutating', configuration('MutatingWebhookConfiguration', caBundle)],
  ]);

/** Everything in order but for what is said. */
interface State {
  readonly authority?: Partial<AuthorityFacts>;
  readonly serving?: Partial<ServingFacts>;
  readonly configurations?: CertificateFacts['configurations'];
  readonly trustedForMs?: number;
}

const facts = ({ authority: a = {}, serving = {}, configurations = both('A\n') }: State): CertificateFacts => ({
  names: NAMES,
  authority: found({ current: A, others: [], rotation: 'none', ...a }),
  serving: found({ certificate: leaf(), authorities: [A], bundle: 'A\n', isRotationAsked: false, ...serving }),
  configurations,
});
const at = (trustedForMs = 0) => ({ nowMs: NOW, trustedForMs, times: ROTATION_TIMES });

/** A step in a few words. */
function say(step: CertificateStep | undefined): string {
  if (step === undefined) return 'nothing';
  const certificates = (list: readonly Certificate[]): string => list.map(({ pem }) => pem.trim()).join(' ');
  switch (step.kind) {
    case 'renew-authority':
      return `authority (${step.why}), beside: ${certificates(step.previous)}`;
    case 'keep-authorities':
      return `keep: ${certificates(step.previous)}`;
    case 'trust':
      return `${step.configuration.kind} trusts ${step.bundle.trim().replaceAll('\n', ' ')}`;
    case 'renew-serving':
      return `serving (${step.why}), bundle: ${step.bundle.trim().replaceAll('\n', ' ')}`;
    case 'publish-bundle':
      return `bundle: ${step.bundle.trim().replaceAll('\n', ' ')}`;
  }
}

const ROLL = { current: B, others: [A] };
const BOTH = { bundle: 'B\nA\n', authorities: [B, A] };
const NONE = { current: undefined, others: [] };

describe('The next step', () => {
  it.each<readonly [string, State, string]>([
    ['is none where everything is in order', {}, 'nothing'],

    [
      'is an authority where there is none',
      { authority: NONE, serving: { authorities: [] } },
      'authority (unusable), beside: ',
    ],
    [
      'trusts who signed what is served, where the authority is lost',
      { authority: NONE },
      'authority (unusable), beside: A',
    ],
    [
      'trusts an authority whose key is lost',
      { authority: { current: undefined, others: [B] } },
      'authority (unusable), beside: B A',
    ],
    [
      'trusts none that has ended',
      { authority: { current: undefined, others: [authority('B', 400 * DAY)] }, serving: { authorities: [] } },
      'authority (unusable), beside: ',
    ],
    [
      'leaves an authority before two thirds of its life',
      { authority: { current: authority('A', 243 * DAY) } },
      'nothing',
    ],
    ['renews it after two thirds', { authority: { current: authority('A', 244 * DAY) } }, 'authority (due), beside: A'],
    [
      'renews it when it has ended',
      { authority: { current: authority('A', 366 * DAY) } },
      'authority (ended), beside: ',
    ],
    [
      'renews it where its time has not come',
      { authority: { current: authority('A', -HOUR) } },
      'authority (ended), beside: A',
    ],
    ['renews it where somebody asks', { authority: { rotation: 'asked' } }, 'authority (asked), beside: A'],
    [
      'renews it once more during a rotation',
      { authority: { ...ROLL, rotation: 'asked' } },
      'authority (asked), beside: B A',
    ],
    [
      'trusts nothing earlier where somebody says so',
      { authority: { ...ROLL, rotation: 'distrust' } },
      'authority (distrust), beside: ',
    ],
    [
      'trusts nothing that was served either',
      { authority: { ...NONE, rotation: 'distrust' } },
      'authority (distrust), beside: ',
    ],
    [
      'waits with that where many are trusted',
      {
        authority: { others: [...'bcdefghi'].map(pem => authority(pem)), rotation: 'asked' },
        configurations: both('A\nb\nc\nd\ne\nf\ng\nh\ni\n'),
        serving: { bundle: 'A\nb\nc\nd\ne\nf\ng\nh\ni\n', certificate: leaf(0) },
      },
      'nothing',
    ],

    ['has the authority trusted', { configurations: both('') }, 'ValidatingWebhookConfiguration trusts A'],
    ['has all of a rotation trusted', { authority: ROLL }, 'ValidatingWebhookConfiguration trusts B A'],
    [
      'takes others out of the bundle',
      { configurations: both('A\nsomebody\n') },
      'ValidatingWebhookConfiguration trusts A',
    ],
    [
      'looks at each configuration',
      { configurations: new Map([...both('A\n'), ['mutating', configuration('MutatingWebhookConfiguration', '')]]) },
      'MutatingWebhookConfiguration trusts A',
    ],
    [
      'leaves alone what cert-manager fills',
      { configurations: new Map([['validating', configuration('ValidatingWebhookConfiguration', 'other\n', 'a/b')]]) },
      'nothing',
    ],

    ['is a certificate where there is none', { serving: { certificate: undefined } }, 'serving (unusable), bundle: A'],
    [
      'is none while a configuration is not to be seen',
      { serving: { certificate: undefined }, configurations: new Map([['x', { kind: 'unknown', message: '' }]]) },
      'nothing',
    ],
    [
      'is a certificate where a configuration is absent',
      { serving: { certificate: undefined }, configurations: new Map([['x', { kind: 'absent' }]]) },
      'serving (unusable), bundle: A',
    ],
    [
      'is none while cert-manager fills a configuration',
      {
        serving: { certificate: undefined },
        configurations: new Map([['x', configuration('ValidatingWebhookConfiguration', '', 'a/b')]]),
      },
      'nothing',
    ],
    ['leaves a certificate before two thirds of its life', { serving: { certificate: leaf(59 * DAY) } }, 'nothing'],
    ['renews it after two thirds', { serving: { certificate: leaf(60 * DAY) } }, 'serving (due), bundle: A'],
    ['renews it when it has ended', { serving: { certificate: leaf(91 * DAY) } }, 'serving (ended), bundle: A'],
    ['renews it where its time has not come', { serving: { certificate: leaf(-HOUR) } }, 'serving (ended), bundle: A'],
    ['renews it where somebody asks', { serving: { isRotationAsked: true } }, 'serving (asked), bundle: A'],
    [
      'renews it where a name is missing',
      { serving: { certificate: leaf(DAY, { names: NAMES.slice(0, 1) }) } },
      'serving (names), bundle: A',
    ],
    [
      'renews it where it is for one more',
      { serving: { certificate: leaf(DAY, { names: [...NAMES, 'other.svc'] }) } },
      'serving (names), bundle: A',
    ],
    ['takes names in any order', { serving: { certificate: leaf(DAY, { names: [...NAMES].reverse() }) } }, 'nothing'],
    [
      'renews it where another authority signed it',
      { serving: { certificate: leaf(DAY, { isByAuthority: false }) } },
      'serving (authority), bundle: A',
    ],

    [
      'during a rotation waits until all have learned whom to trust',
      {
        authority: ROLL,
        serving: { ...BOTH, certificate: leaf(DAY, { isByAuthority: false }) },
        configurations: both('B\nA\n'),
        trustedForMs: 29_999,
      },
      'nothing',
    ],
    [
      'says meanwhile whom to trust',
      {
        authority: ROLL,
        serving: { certificate: leaf(DAY, { isByAuthority: false }) },
        configurations: both('B\nA\n'),
        trustedForMs: 0,
      },
      'bundle: B A',
    ],
    [
      'then is a certificate by the new authority',
      {
        authority: ROLL,
        serving: { ...BOTH, certificate: leaf(DAY, { isByAuthority: false }) },
        configurations: both('B\nA\n'),
        trustedForMs: 30_000,
      },
      'serving (authority), bundle: B A',
    ],
    [
      'then waits until all surely serve it',
      { authority: ROLL, serving: { ...BOTH, certificate: leaf(HOUR - 1) }, configurations: both('B\nA\n') },
      'nothing',
    ],
    [
      'then forgets the earlier authority',
      { authority: ROLL, serving: { ...BOTH, certificate: leaf(HOUR) }, configurations: both('B\nA\n') },
      'keep: ',
    ],
    [
      'forgets one before that has ended',
      {
        authority: { current: B, others: [A, authority('C', 366 * DAY)] },
        serving: { bundle: 'B\nA\nC\n', certificate: leaf(0) },
        configurations: both('B\nA\nC\n'),
      },
      'keep: A',
    ],
    [
      'forgets none whose certificate is still served',
      {
        authority: ROLL,
        serving: { ...BOTH, certificate: leaf(2 * HOUR, { isByAuthority: false }) },
        configurations: both('B\nA\n'),
      },
      'nothing',
    ],
    ['says whom to trust after that', { serving: BOTH }, 'bundle: A'],
  ])('%s', (_title, state, expected) => {
    expect(say(planCertificates(facts(state), at(state.trustedForMs)).step)).toBe(expected);
  });

  it('makes certificates that hold from five minutes ago, for a year and for 90 days', () => {
    const authorityStep = planCertificates(facts({ authority: { rotation: 'asked' } }), at()).step;
    const servingStep = planCertificates(facts({ serving: { isRotationAsked: true } }), at()).step;
    expect([authorityStep, servingStep]).toMatchObject([
      { validity: { notBeforeMs: NOW - 5 * MINUTE, notAfterMs: NOW + 365 * DAY } },
      { validity: { notBeforeMs: NOW - 5 * MINUTE, notAfterMs: NOW + 90 * DAY } },
    ]);
  });

  it('makes none that outlives its authority', () => {
    const old = { ...A, notAfterMs: NOW + 80 * DAY, notBeforeMs: NOW - 100 * DAY };
    const { step } = planCertificates(facts({ authority: { current: old }, serving: { isRotationAsked: true } }), at());
    expect(step).toMatchObject({ kind: 'renew-serving', validity: { notAfterMs: NOW + 80 * DAY } });
  });

  it('is none without the Secret of the authority, and goes on without the other one', () => {
    const good = facts({ configurations: both('') });
    const steps = [
      { ...good, authority: { kind: 'absent' } as const },
      { ...good, serving: { kind: 'absent' } as const },
    ].map(each => say(planCertificates(each, at()).step));
    expect(steps).toEqual(['nothing', 'ValidatingWebhookConfiguration trusts A']);
  });
});

describe('What stands in the way', () => {
  const problems = (change: Partial<CertificateFacts>): readonly string[] =>
    planCertificates({ ...facts({}), ...change }, at()).problems;
  it.each<readonly [string, Partial<CertificateFacts>, readonly string[]]>([
    ['is nothing where everything is in order', {}, []],
    [
      'is a Secret that is absent',
      { serving: { kind: 'absent' } },
      ['the Secret chokepoint-tls is absent: apply the manifests, it is not made here'],
    ],
    [
      'is a Secret that cannot be read',
      { authority: { kind: 'unknown', message: 'forbidden' } },
      ['the Secret chokepoint-ca cannot be read: forbidden'],
    ],
    [
      'is a configuration that is absent',
      { configurations: new Map([['X x', { kind: 'absent' }]]) },
      ['the X x is absent: nothing is asked of the webhook by it'],
    ],
    [
      'is a configuration that cannot be read',
      { configurations: new Map([['X x', { kind: 'unknown', message: 'forbidden' }]]) },
      ['the X x cannot be read: forbidden'],
    ],
    [
      'is cert-manager',
      { configurations: new Map([['X x', configuration('ValidatingWebhookConfiguration', '', 'a/b')]]) },
      [
        'the X x is filled by cert-manager (cert-manager.io/inject-ca-from: a/b): take the annotation or --manage-certificates away',
      ],
    ],
    [
      'is a configuration that asks somebody else',
      {
        configurations: new Map([
          [
            'X x',
            found({ kind: 'ValidatingWebhookConfiguration', resourceVersion: '1', injectedFrom: '', webhooks: [] }),
          ],
        ]),
      },
      ['the X x has no webhook of our Service'],
    ],
  ])('%s', (_title, change, expected) => {
    expect(problems(change)).toEqual(expected);
  });
});
