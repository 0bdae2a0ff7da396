/** How bad a result is; Policy Reporter orders and filters by these words. */
export type ResultSeverity = 'critical' | 'high' | 'medium' | 'low';

/**
 * One result, as openreports.io/v1alpha1 Report and wgpolicyk8s.io/v1alpha2 PolicyReport have it alike. Of those that both know, the fields that are
 * used here.
 */
export interface ReportResult {
  readonly source: string;
  readonly policy: string;
  readonly rule: string;
  readonly category: string;
  readonly severity: ResultSeverity;
  /** `fail`: denied; `warn`: a warning; `error`: cannot be judged; `skip`: an exception sets it aside. */
  readonly result: 'fail' | 'warn' | 'error' | 'skip';
  /** Whether it counts against the server. */
  readonly scored: boolean;
  /** When it was first seen. Absent: not known. */
  readonly timestamp?: { readonly seconds: number; readonly nanos: number };
  /** The server; none for what is said of the namespace. */
  readonly resources: readonly ResultResource[];
  /** The same as long as it is the same fault: readers take another one for another result. */
  readonly message: string;
  /** With `resultID`, by which readers know a result again. */
  readonly properties: Readonly<Record<string, string>>;
}

/** A reference to an object (core/v1 ObjectReference). */
export interface ResultResource {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface ReportSummary {
  readonly pass: number;
  readonly fail: number;
  readonly warn: number;
  readonly error: number;
  readonly skip: number;
}

/** What is reported of a namespace, in whichever API. */
export interface PlannedReport {
  readonly namespace: string;
  /** Of all there is, also of what {@link results} leave out. `pass` counts servers of which nothing is found. */
  readonly summary: ReportSummary;
  /** The worst first. */
  readonly results: readonly ReportResult[];
}
