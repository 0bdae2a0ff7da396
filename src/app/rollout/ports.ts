import type { RolloutAction, RolloutRow } from './plan.ts';
import type { RolloutState } from './state.ts';

export type RaiseAction = Extract<RolloutAction, { kind: 'raise' }>;
export type TellAction = Extract<RolloutAction, { kind: 'tell' }>;

/** The state as it is stored. */
export interface StoredRollout {
  readonly state: RolloutState;
  /** resourceVersion of what it is stored in. */
  readonly version: string;
}

/** Where the state is kept. Both reject with a GateError where there is no answer, or another than was hoped for. */
export interface RolloutStore {
  read(term: AbortSignal): Promise<StoredRollout>;
  /** Resolves to the new version. Rejects where what is stored is of another version than this. */
  write(stored: StoredRollout, term: AbortSignal): Promise<string>;
}

/** What became of a stage that was to be written. */
export type Raised =
  | { readonly kind: 'done'; readonly version: string }
  /** The Namespace is gone, another one, or labelled otherwise by now. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly message: string }
  /** Nobody answered: it may be written or not. */
  | { readonly kind: 'unanswered'; readonly message: string };

/** Writes to the cluster. Neither rejects. */
export interface RolloutWriter {
  /** Writes the label, where the Namespace is this one and its label still says what was seen. */
  raise(action: RaiseAction, term: AbortSignal): Promise<Raised>;
  /** Writes an Event about the Namespace. Resolves to whether it is there. */
  tell(action: TellAction, term: AbortSignal): Promise<boolean>;
}

/** Takes notes; must never throw and never wait. */
export interface RolloutTelemetry {
  /** Something came about that people are told of. `isWritten`: by an Event too. */
  told(action: TellAction, isWritten: boolean): void;
  raised(action: RaiseAction, outcome: Raised): void;
  /** How all namespaces stand. */
  looked(rows: readonly RolloutRow[]): void;
  /** A look failed. */
  rolloutFailed(error: unknown): void;
}
