import type { Action } from './action.ts';
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

export interface PerformNeeds {
  /** Writes to the cluster. Rejects where there is no answer. */
  readonly write: (action: Action) => Promise<Performed>;
  /** Whether this process may write at this very moment. */
  readonly mayWrite: () => boolean;
  readonly recent: RecentActions;
  /** Told of each action that was tried. Must not throw. */
  readonly onPerformed: (action: Action, performed: Performed | Unanswered) => void;
}

/** Actions that are written at once, for each namespace. */
const AT_ONCE = 8;

/** An Event that says what was done. */
function toldOf(action: Action): Action | undefined {
  if (action.kind !== 'apply-policy') return undefined;
  const { server: about, heals, manifest } = action;
  const name = `NetworkPolicy ${manifest.metadata.name}`;
  return heals === undefined
    ? { kind: 'event', about, reason: 'PolicyCreated', note: `${name} was created: it had none that closes it` }
    : { kind: 'event', about, reason: 'PolicyRestored', note: `${name} was put right: somebody had changed it` };
}

async function written(action: Action, { write }: PerformNeeds): Promise<Performed | Unanswered> {
  try {
    return await write(action);
  } catch (error) {
    return { kind: 'unanswered', message: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether the action is done, or needs not be done any more. */
async function performOne(action: Action, needs: PerformNeeds): Promise<boolean> {
  const performed = await written(action, needs);
  needs.onPerformed(action, performed);
  const isDone = performed.kind === 'done' || performed.kind === 'absent';
  if (!isDone) needs.recent.release(action);
  const told = performed.kind === 'done' ? toldOf(action) : undefined;
  if (told !== undefined && needs.mayWrite() && needs.recent.claim(told) === 0) {
    needs.onPerformed(told, await written(told, needs));
  }
  // What nobody was told is no reason to try all again: it will be said at the next pass.
  return isDone || action.kind === 'event';
}

/**
 * Does what is planned, as long as this process may write. Resolves to the milliseconds after which to look again, where something was held
 * back; rejects where something failed, after all the rest was done.
 */
export async function perform(actions: readonly Action[], needs: PerformNeeds): Promise<number | undefined> {
  const waiting = [...actions];
  let againMs: number | undefined;
  let failures = 0;
  const work = async (): Promise<void> => {
    for (let action = waiting.shift(); action !== undefined && needs.mayWrite(); action = waiting.shift()) {
      const restMs = needs.recent.claim(action);
      if (restMs === 0) failures += (await performOne(action, needs)) ? 0 : 1;
      else if (action.kind !== 'event') againMs = Math.min(againMs ?? restMs, restMs);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, actions.length) }, work));
  if (failures > 0) throw new Error(`${failures} of ${actions.length} actions failed`);
  return againMs;
}
