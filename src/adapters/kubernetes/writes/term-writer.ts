import type { WriteAction } from '../../../app/controller/worker.ts';
import type { Time } from '../../../app/time.ts';
import type { Client } from '../client/client.ts';
import { CONTROLLER_NAME, writeAction } from './write-action.ts';
import { createWriter, type EventSource, type Written } from './writer.ts';

/** Writes of a process within its terms as the leader: none goes on beyond the end of its term. */
export interface TermWriter {
  /** Begins a term, which ends when the signal aborts. */
  begin(term: AbortSignal): void;
  /** Writes within the current term; `undefined`: there is none. */
  current(): WriteAction | undefined;
}

/** A writer that has no term yet. `onWritten`: told of what became of each write; must not throw. */
export function createTermWriter(
  client: Client,
  time: Time,
  source: Pick<EventSource, 'instance' | 'nowMs'>,
  onWritten: (written: Written) => void,
): TermWriter {
  let current: WriteAction | undefined;
  return {
    begin: term => {
      const writer = createWriter(client, time, { ...source, controller: CONTROLLER_NAME }, term);
      current = async action => {
        const written = await writeAction(writer, action);
        onWritten(written);
        return written;
      };
      term.addEventListener('abort', () => {
        current = undefined;
      });
    },
    current: () => current,
  };
}
