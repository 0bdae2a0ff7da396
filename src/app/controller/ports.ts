import type { Action } from './action.ts';
import type { Performed, Unanswered } from './perform.ts';

/** Takes notes of what the controller does; must never throw and never wait. */
export interface ControllerTelemetry {
  /** An action that was tried. */
  action(action: Action, performed: Performed | Unanswered): void;
  /** A gate was lifted, this long after its Pod was first seen. */
  lifted(heldMs: number): void;
  /** A turn of a namespace has ended. */
  pass(durationMs: number): void;
  /** A term of this process begins. */
  led(identity: string): void;
  /** It has ended. */
  lost(identity: string): void;
  /** A try to read or write the Lease failed. */
  electionFailed(error: unknown): void;
  /** The status of a GatePolicy or GateException could not be written. */
  statusFailed(error: unknown): void;
  /** Which namespaces enforced could not be read or written. */
  memoryFailed(error: unknown): void;
  /** An error that is ours: counted and logged with its stack. The namespace is empty where it is none's. */
  bug(namespace: string, error: unknown): void;
}
