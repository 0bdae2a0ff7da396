import {
  AUTHORITY_SECRET,
  type AuthorityFacts,
  type CertificateFacts,
  SERVING_SECRET,
  type ServingFacts,
} from './facts.ts';
import type { Certificate, Validity, WebhookTrust } from './types.ts';
import { ageOf, authorityValidity, madeMs, type RotationTimes, servingValidity } from './validity.ts';

/** Why a certificate is made anew. */
type Renewal =
  /** There is none that can be used. */
  | 'unusable'
  /** Its time is over, or has not come. */
  | 'ended'
  /** Two thirds of its life are over. */
  | 'due'
  /** Somebody asked for it. */
  | 'asked'
  /** Somebody says that it must not be trusted any longer. */
  | 'distrust'
  /** It is for other names. */
  | 'names'
  /** Another authority signed it. */
  | 'authority';

/** The next thing to write. Each leaves everybody who serves trusted, and the next follows from what is stored then. */
export type CertificateStep =
  /** A new authority, beside those that stay trusted. */
  | {
      readonly kind: 'renew-authority';
      readonly why: Renewal;
      readonly validity: Validity;
      readonly previous: readonly Certificate[];
    }
  /** Only these of the earlier authorities stay trusted. */
  | { readonly kind: 'keep-authorities'; readonly previous: readonly Certificate[] }
  /** The bundle of a webhook configuration. */
  | { readonly kind: 'trust'; readonly configuration: WebhookTrust; readonly bundle: string }
  /** A new serving certificate. */
  | { readonly kind: 'renew-serving'; readonly why: Renewal; readonly validity: Validity; readonly bundle: string }
  /** The bundle beside the serving certificate: whom clients other than the API server are to trust. */
  | { readonly kind: 'publish-bundle'; readonly bundle: string };

/** The next step, if there is one, and what stands in the way of others, for people to read. */
export interface CertificatePlan {
  readonly step: CertificateStep | undefined;
  readonly problems: readonly string[];
}

/** When the plan is made. */
export interface PlanMoment {
  /** Since the epoch. */
  readonly nowMs: number;
  /** For how long this process has seen that every configuration holds the authority of today, by a clock that nobody sets. */
  readonly trustedForMs: number;
  readonly times: Pick<RotationTimes, 'settleMs' | 'overlapMs'>;
}

/** Earlier authorities that are trusted at the most. Who asks for more has to wait. */
const MAX_PREVIOUS = 8;

/** Certificates, one after another: a caBundle. */
const bundleOf = (certificates: readonly Certificate[]): string => certificates.map(({ pem }) => pem).join('');

function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map(certificate => [certificate.pem, certificate])).values()];
}

/** Whether every configuration that is there holds the authority. One that cannot be read, or that another fills, does not. */
export function isTrusted({ configurations, authority }: CertificateFacts): boolean {
  const current = authority.kind === 'found' ? authority.value.current : undefined;
  if (current === undefined) return false;
  return [...configurations.values()].every(looked => {
    if (looked.kind !== 'found') return looked.kind === 'absent';
    return looked.value.webhooks.every(({ caBundle }) => caBundle.includes(current.pem));
  });
}

function authorityRenewal({ current, others, rotation }: AuthorityFacts, nowMs: number): Renewal | undefined {
  if (rotation === 'distrust') return 'distrust';
  if (current === undefined) return 'unusable';
  const age = ageOf(current, nowMs);
  if (age !== 'good') return age;
  return rotation === 'asked' && others.length < MAX_PREVIOUS ? 'asked' : undefined;
}

function renewAuthority(
  facts: CertificateFacts,
  authority: AuthorityFacts,
  nowMs: number,
): CertificateStep | undefined {
  const why = authorityRenewal(authority, nowMs);
  if (why === undefined) return undefined;
  const { current, others } = authority;
  // Where the Secret lost its data, what is served tells who signed it.
  const served = current === undefined && facts.serving.kind === 'found' ? facts.serving.value.authorities : [];
  const known = why === 'distrust' ? [] : distinct([...(current ? [current] : []), ...others, ...served]);
  const previous = known.filter(({ notAfterMs }) => notAfterMs >= nowMs).slice(0, MAX_PREVIOUS);
  return { kind: 'renew-authority', why, validity: authorityValidity(nowMs), previous };
}

function trust({ configurations }: CertificateFacts, bundle: string): CertificateStep | undefined {
  for (const looked of configurations.values()) {
    if (looked.kind !== 'found' || looked.value.injectedFrom !== '') continue;
    const webhooks = looked.value.webhooks.filter(({ caBundle }) => caBundle !== bundle);
    if (webhooks.length > 0) return { kind: 'trust', configuration: { ...looked.value, webhooks }, bundle };
  }
  return undefined;
}

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  [...some].sort().join() === [...others].sort().join();

function servingRenewal(
  { certificate, isRotationAsked }: ServingFacts,
  names: readonly string[],
  nowMs: number,
): Renewal | undefined {
  if (certificate === undefined) return 'unusable';
  const age = ageOf(certificate, nowMs);
  if (age === 'ended') return age;
  if (!isSame(certificate.names, names)) return 'names';
  if (!certificate.isByAuthority) return 'authority';
  if (age === 'due') return age;
  return isRotationAsked ? 'asked' : undefined;
}

/** What the plan knows once there is an authority that can be used. */
interface Standing {
  readonly facts: CertificateFacts;
  readonly current: Certificate;
  readonly previous: readonly Certificate[];
  readonly bundle: string;
  readonly moment: PlanMoment;
}

function serve({ facts, current, previous, bundle, moment }: Standing): CertificateStep | undefined {
  const { serving, names } = facts;
  if (serving.kind !== 'found') return undefined;
  const why = servingRenewal(serving.value, names, moment.nowMs);
  // Where no other authority is trusted, nobody is served whom the new certificate could cut off.
  const isSettled = previous.length === 0 || moment.trustedForMs >= moment.times.settleMs;
  if (why !== undefined && isTrusted(facts) && isSettled) {
    return { kind: 'renew-serving', why, validity: servingValidity(moment.nowMs, current), bundle };
  }
  return serving.value.bundle === bundle ? undefined : { kind: 'publish-bundle', bundle };
}

function forget({ facts, previous, moment: { nowMs, times } }: Standing): CertificateStep | undefined {
  const { serving, names } = facts;
  if (serving.kind !== 'found' || serving.value.certificate === undefined) return undefined;
  const isGood = servingRenewal(serving.value, names, nowMs) === undefined;
  const isServed = isGood && nowMs - madeMs(serving.value.certificate) >= times.overlapMs;
  const kept = isServed ? [] : previous.filter(({ notAfterMs }) => notAfterMs >= nowMs);
  return kept.length < previous.length ? { kind: 'keep-authorities', previous: kept } : undefined;
}

function* problemsOf({ authority, serving, configurations }: CertificateFacts): Generator<string> {
  for (const [name, looked] of [
    [AUTHORITY_SECRET, authority],
    [SERVING_SECRET, serving],
  ] as const) {
    if (looked.kind === 'absent') yield `the Secret ${name} is absent: apply the manifests, it is not made here`;
    if (looked.kind === 'unknown') yield `the Secret ${name} cannot be read: ${looked.message}`;
  }
  for (const [name, looked] of configurations) {
    if (looked.kind === 'absent') yield `the ${name} is absent: nothing is asked of the webhook by it`;
    else if (looked.kind === 'unknown') yield `the ${name} cannot be read: ${looked.message}`;
    else if (looked.value.injectedFrom !== '') {
      yield `the ${name} is filled by cert-manager (cert-manager.io/inject-ca-from: ${looked.value.injectedFrom}): take the annotation or --manage-certificates away`;
    } else if (looked.value.webhooks.length === 0) yield `the ${name} has no webhook of our Service`;
  }
}

/** What to do next. In this order: an authority, everybody's trust in it, a certificate by it, and at last no trust in the earlier ones. */
export function planCertificates(facts: CertificateFacts, moment: PlanMoment): CertificatePlan {
  const problems = [...problemsOf(facts)];
  if (facts.authority.kind !== 'found') return { step: undefined, problems };
  const renewal = renewAuthority(facts, facts.authority.value, moment.nowMs);
  const { current, others } = facts.authority.value;
  if (renewal !== undefined || current === undefined) return { step: renewal, problems };
  const previous = distinct(others);
  const bundle = bundleOf([current, ...previous]);
  const standing: Standing = { facts, current, previous, bundle, moment };
  return { step: trust(facts, bundle) ?? serve(standing) ?? forget(standing), problems };
}
