import { GateError, messageOf } from '../../errors.ts';
import type { Action } from './action.ts';
import type { EventAction } from './event-queue.ts';
import type { RecentActions } from './recent-actions.ts';

/** What became of an action. */
export type Performed =
  | { readonly kind: 'done' }
  /** The object, or its namespace, is not there any more. */
  | { readonly kind: 'absent' }
  /** The object is not the one, or not in the state, that was meant; or somebody else owns a field of it. */
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string };

/** Why an action failed: nobody answered. */
export interface Unanswered {
  readonly kind: 'unanswered';
  readonly message: string;
}

export interface PerformPorts {
  /** Writes to the cluster. Rejects where there is no answer. */
  readonly write: (action: Action) => Promise<Performed>;
  /** Whether this process may write at this very moment. */
  readonly mayWrite: () => boolean;
  /** Whether another action may begin. Where not, what is left is for the next plan: whoever says so must see to it that there is one. */
  readonly goesOn: () => boolean;
  readonly recent: RecentActions;
  /** Takes an Event that is to be written some time. */
  readonly addEvent: (event: EventAction) => void;
  /** Told of each action that was tried. Must not throw. */
  readonly onPerformed: (action: Action, performed: Performed | Unanswered) => void;
}

/** Actions that are written at once, for each namespace. */
const AT_ONCE = 16;

/** An Event that says what was done. */
function eventOf(action: Action): EventAction | undefined {
  if (action.kind !== 'apply-policy' && action.kind !== 'apply-dialect-policy') return undefined;
  const { server: about, heals, manifest } = action;
  const name = `${manifest.kind} ${manifest.metadata.name}`;
  if (heals !== undefined)
    return { kind: 'event', about, reason: 'PolicyUpdated', note: `${name} was brought up to date` };
  const why =
    action.kind === 'apply-policy' ? 'it had none that closes it' : 'it says what a NetworkPolicy cannot say here';
  return { kind: 'event', about, reason: 'PolicyCreated', note: `${name} was created: ${why}` };
}

/** One write with its outcome told; never rejects. */
export async function performWrite(
  action: Action,
  { write, onPerformed }: Pick<PerformPorts, 'write' | 'onPerformed'>,
): Promise<(Performed | Unanswered)['kind']> {
  let performed: Performed | Unanswered;
  try {
    performed = await write(action);
  } catch (error) {
    performed = { kind: 'unanswered', message: messageOf(error) };
  }
  onPerformed(action, performed);
  return performed.kind;
}

/** Whether the action is done, or needs not be done any more. */
async function performOne(action: Action, ports: PerformPorts): Promise<boolean> {
  const outcome = await performWrite(action, ports);
  const event = outcome === 'done' ? eventOf(action) : undefined;
  if (event !== undefined && ports.recent.claim(event) === 0) ports.addEvent(event);
  const isDone = outcome === 'done' || outcome === 'absent';
  if (!isDone) ports.recent.release(action);
  return isDone;
}

/**
 * Does what is planned, as long as this process may write. Resolves to the milliseconds after which to look again, where something was held
 * back; rejects with a GateError where something failed, after all the rest was done.
 */
export async function perform(actions: readonly Action[], ports: PerformPorts): Promise<number | undefined> {
  const waiting = actions.filter(({ kind }) => kind !== 'event');
  let againMs: number | undefined;
  let failures = 0;
  const work = async (): Promise<void> => {
    const next = (): Action | undefined => (ports.mayWrite() && ports.goesOn() ? waiting.shift() : undefined);
    for (let action = next(); action !== undefined; action = next()) {
      const restMs = ports.recent.claim(action);
      if (restMs > 0) againMs = Math.min(againMs ?? restMs, restMs);
      else if (!(await performOne(action, ports))) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, work));
  for (const action of actions) if (action.kind === 'event' && ports.recent.claim(action) === 0) ports.addEvent(action);
  if (failures > 0) throw new GateError('actions-failed', `${failures} of ${actions.length} actions failed`);
  return againMs;
}
