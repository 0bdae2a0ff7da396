import type { HealthCheck } from '../health.ts';
import type { CertificateManager, ManagerOptions, RotationStatus } from './manage.ts';
import type { CertificateStep } from './plan.ts';

/** Takes notes of what becomes of the certificates; must never throw and never wait. */
export interface CertificateTelemetry {
  /** A step was done. */
  step(step: CertificateStep): void;
  /** What one look came to. `isNews`: its problems are others than those of the look before. */
  looked(status: RotationStatus, isNews: boolean): void;
  /** This process does not look after them any more: another one tells of them. */
  forget(): void;
}

/** What the keeper needs from outside. */
export interface KeeperPorts {
  /** A manager for one term. */
  readonly manager: (
    term: AbortSignal,
    listeners: Pick<ManagerOptions, 'onStep' | 'onLook'>,
  ) => Pick<CertificateManager, 'run'>;
  readonly telemetry: CertificateTelemetry;
}

/** Keeps the webhook's certificates while this process leads. */
export interface CertificateKeeper {
  /** Looks after them until the term ends; after the end of the term before, where that is still under way. */
  lead(term: AbortSignal): void;
  /** What the last look came to. Never a reason not to be ready: another process would do no better. */
  health(): HealthCheck;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

const dateText = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString());

function healthOf(status: RotationStatus | undefined): HealthCheck {
  if (status === undefined) return { ok: true, detail: { keeps: 'false' } };
  return {
    ok: true,
    detail: {
      keeps: 'true',
      authorityNotAfter: dateText(status.authorityNotAfterMs),
      servingNotAfter: dateText(status.servingNotAfterMs),
      previousAuthorities: status.previousAuthorities,
      problems: status.problems.join('; '),
    },
  };
}

/** A keeper that keeps nothing yet. */
export function createCertificateKeeper({ manager, telemetry }: KeeperPorts): CertificateKeeper {
  let last: RotationStatus | undefined;
  let running: Promise<void> = Promise.resolve();

  const onLook = (status: RotationStatus): void => {
    const isNews = status.problems.join() !== (last?.problems ?? []).join();
    last = status;
    telemetry.looked(status, isNews);
  };
  const keep = async (term: AbortSignal): Promise<void> => {
    const listeners = {
      onStep: telemetry.step,
      onLook: (status: RotationStatus): void => {
        // What ends with the term is no trouble of the certificates.
        if (!term.aborted) onLook(status);
      },
    };
    await manager(term, listeners).run(term);
    last = undefined;
    telemetry.forget();
  };
  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    health: () => healthOf(last),
    stopped: () => running,
  };
}
