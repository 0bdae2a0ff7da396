/** One thing that readiness depends on, or is told beside. */
export interface HealthCheck {
  /** Not ok makes the whole not ready. */
  readonly ok: boolean;
  readonly detail: Readonly<Record<string, string | number>>;
}
