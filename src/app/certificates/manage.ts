import { messageOf } from '../../errors.ts';
import { pause, type Time } from '../time.ts';
import {
  AUTHORITY_CERT,
  AUTHORITY_KEY,
  authorityPair,
  CERT,
  type CertificateFacts,
  type CertificateObjects,
  certificateFacts,
  KEY,
  PREVIOUS,
  ROTATE,
} from './facts.ts';
import { type CertificateStep, isTrusted, planCertificates } from './plan.ts';
import type { CertificateMaker, CertificateReader, StoredSecret, WebhookTrust } from './types.ts';
import type { RotationTimes } from './validity.ts';

/** What became of a write. `conflict`: what was read is not what is stored any more. */
export type Stored = { readonly kind: 'done' | 'conflict' } | { readonly kind: 'failed'; readonly message: string };

/** What changes in a Secret; all else stays as it is. */
export interface SecretChange {
  readonly data: ReadonlyMap<string, string>;
  /** An annotation that goes. */
  readonly without?: string;
}

/** Where everything is stored. Each call rejects where there is no answer; writes do nothing where what was read has changed. */
export interface CertificateStore {
  read(): Promise<CertificateObjects>;
  updateSecret(secret: StoredSecret, change: SecretChange): Promise<Stored>;
  /** Sets the bundle of exactly these webhooks. */
  trust(configuration: WebhookTrust, bundle: string): Promise<Stored>;
}

/** What one look at everything came to. */
export interface RotationStatus {
  /** Milliseconds since the epoch; `undefined`: there is none, or it was not to be seen. */
  readonly authorityNotAfterMs: number | undefined;
  readonly servingNotAfterMs: number | undefined;
  /** Authorities that are trusted beside the one of today: a rotation is under way. */
  readonly previousAuthorities: number;
  /** What is wrong, for people to read. */
  readonly problems: readonly string[];
}

export interface ManagerOptions {
  readonly store: CertificateStore;
  readonly reader: CertificateReader;
  readonly maker: CertificateMaker;
  /** DNS names of the webhook. */
  readonly names: readonly string[];
  readonly time: Time;
  readonly times: RotationTimes;
  /** Milliseconds since the epoch: certificates know no other time. */
  readonly nowMs: () => number;
  /** Whether this process leads at this very moment; asked before each write. */
  readonly mayWrite: () => boolean;
  /** Told of each step that was done. */
  readonly onStep: (step: CertificateStep) => void;
  /** Told of each look. */
  readonly onLook: (status: RotationStatus) => void;
}

/** Steps of one look, more than any rotation has: who meets a conflict each time waits for the next look. */
const MAX_STEPS = 12;
/** Milliseconds until the first look after one with a problem; each further one waits twice as long, up to the usual time. */
const FIRST_RETRY_MS = 1_000;

const UNSEEN: RotationStatus = {
  authorityNotAfterMs: undefined,
  servingNotAfterMs: undefined,
  previousAuthorities: 0,
  problems: [],
};

function statusOf({ authority, serving }: CertificateFacts, problems: readonly string[]): RotationStatus {
  const found = authority.kind === 'found' ? authority.value : undefined;
  return {
    authorityNotAfterMs: found?.current?.notAfterMs,
    servingNotAfterMs: serving.kind === 'found' ? serving.value.certificate?.notAfterMs : undefined,
    previousAuthorities: found?.others.length ?? 0,
    problems,
  };
}

/** Since when everybody has trusted this very authority, by our own clock. */
interface TrustView {
  readonly pem: string;
  readonly sinceMs: number;
}

function observeTrust(view: TrustView | undefined, facts: CertificateFacts, nowMs: number): TrustView | undefined {
  const current = facts.authority.kind === 'found' ? facts.authority.value.current : undefined;
  if (current === undefined || !isTrusted(facts)) return undefined;
  return view?.pem === current.pem ? view : { pem: current.pem, sinceMs: nowMs };
}

/** Makes and writes what a step says. */
async function perform(
  step: CertificateStep,
  { authority, serving }: CertificateObjects,
  { store, maker, names }: ManagerOptions,
): Promise<Stored> {
  if (step.kind === 'trust') return store.trust(step.configuration, step.bundle);
  if (authority.kind !== 'found') return { kind: 'conflict' };
  if (step.kind === 'renew-authority' || step.kind === 'keep-authorities') {
    const previous = step.previous.map(({ pem }) => pem).join('');
    if (step.kind === 'keep-authorities')
      return store.updateSecret(authority.value, { data: new Map([[PREVIOUS, previous]]) });
    const { cert, key } = maker.authority(step.validity);
    const data = new Map([
      [AUTHORITY_CERT, cert],
      [AUTHORITY_KEY, key],
      [PREVIOUS, previous],
    ]);
    return store.updateSecret(authority.value, { data, without: ROTATE });
  }
  if (serving.kind !== 'found') return { kind: 'conflict' };
  if (step.kind === 'publish-bundle')
    return store.updateSecret(serving.value, { data: new Map([[AUTHORITY_CERT, step.bundle]]) });
  const { cert, key } = maker.serving(names, step.validity, authorityPair(authority.value));
  const data = new Map([
    [CERT, cert],
    [KEY, key],
    [AUTHORITY_CERT, step.bundle],
  ]);
  return store.updateSecret(serving.value, { data, without: ROTATE });
}

/** Keeps the certificates of one term. */
export interface CertificateManager {
  /** Looks at everything once, and does step after step until none is left, or one fails. Never rejects. */
  look(): Promise<RotationStatus>;
  /** Looks again and again until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** A manager for one term: what it has seen is of no use to the next one. */
export function createCertificateManager(options: ManagerOptions): CertificateManager {
  const { store, reader, names, time, times, nowMs, mayWrite, onStep, onLook } = options;
  let trust: TrustView | undefined;

  /** Does the next step. Resolves to the status where there is none, and to `undefined` where there may be another. */
  const step = async (): Promise<RotationStatus | undefined> => {
    const objects = await store.read();
    const facts = certificateFacts(objects, names, reader);
    trust = observeTrust(trust, facts, time.nowMs());
    const trustedForMs = trust === undefined ? 0 : time.nowMs() - trust.sinceMs;
    const plan = planCertificates(facts, { nowMs: nowMs(), trustedForMs, times });
    if (plan.step === undefined || !mayWrite()) return statusOf(facts, plan.problems);
    const stored = await perform(plan.step, objects, options);
    if (stored.kind === 'failed') return statusOf(facts, [...plan.problems, `${plan.step.kind}: ${stored.message}`]);
    if (stored.kind === 'done') onStep(plan.step);
    return undefined;
  };
  const steps = async (): Promise<RotationStatus> => {
    for (let count = 0; count < MAX_STEPS; count += 1) {
      const status = await step();
      if (status !== undefined) return status;
    }
    return { ...UNSEEN, problems: ['there is no end of steps: others write what is written here'] };
  };
  const look = async (): Promise<RotationStatus> => {
    const status = await steps().catch((error: unknown) => ({ ...UNSEEN, problems: [messageOf(error)] }));
    onLook(status);
    return status;
  };
  return {
    look,
    run: async signal => {
      let retryMs = FIRST_RETRY_MS;
      while (!signal.aborted) {
        const { problems } = await look();
        retryMs = problems.length === 0 ? FIRST_RETRY_MS : retryMs * 2;
        await pause(time, problems.length === 0 ? times.lookMs : Math.min(retryMs / 2, times.lookMs), signal);
      }
    },
  };
}
