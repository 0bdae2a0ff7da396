import { messageOf } from '../../errors.ts';
import { backoffMs, pause, type Time } from '../time.ts';
import { type NotifyQueue, type NotifyTelemetry, type Receiver, SendError, type Waiting } from './ports.ts';

/** Milliseconds between two looks at a queue in which nothing is due. */
const LOOK_MS = 250;

/** Waits of a message that is not taken, and of a receiver that takes none. */
const MESSAGE_BACKOFF = { firstMs: 2_000, mostMs: 600_000 } as const;
const RECEIVER_BACKOFF = { firstMs: 500, mostMs: 60_000 } as const;
/** Longest time that a receiver can ask for. */
const MOST_ASKED_MS = 3_600_000;

export interface DeliveryOptions {
  readonly name: string;
  readonly receiver: Receiver;
  readonly queue: NotifyQueue;
  /** After which a message is given up, from when it was made. */
  readonly giveUpAfterMs: number;
  readonly time: Time;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly telemetry: NotifyTelemetry;
}

/** What is sent to one receiver. */
export interface Delivery {
  /**
   * Sends what waits until the signal aborts: each message at least once, none after it was taken or given up. A message that is not taken makes way for the
   * others; a receiver that takes none is left alone for longer and longer. Never rejects.
   */
  run(ending: AbortSignal): Promise<void>;
  /** Tries each message that waits once more, those too that are gathered or were not taken, until the signal aborts. For a queue that is gone afterwards. Never rejects. */
  sendRest(ending: AbortSignal): Promise<void>;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { name, receiver, queue, giveUpAfterMs, time, nowMs, telemetry } = options;
  let failures = 0;

  /** Notes a failure, and says how long the receiver is left alone. */
  const failed = ({ message, attempts }: Waiting, error: unknown): number => {
    const now = nowMs();
    const asked = error instanceof SendError ? error.retryAfterMs : undefined;
    const delayMs = Math.min(asked ?? backoffMs(RECEIVER_BACKOFF, failures, time), MOST_ASKED_MS);
    const isFinal = error instanceof SendError && error.isFinal;
    if (isFinal || now - message.createdMs >= giveUpAfterMs) {
      queue.giveUp(message.id, now, messageOf(error));
      telemetry.dead(name, message.id, error);
      return isFinal ? 0 : delayMs;
    }
    queue.failed(message.id, now + Math.max(asked ?? 0, backoffMs(MESSAGE_BACKOFF, attempts + 1, time)));
    telemetry.failed(name, error, delayMs);
    return delayMs;
  };

  /** Sends one message, and says how long to wait for the next. */
  const send = async (waiting: Waiting): Promise<number> => {
    try {
      await receiver.send(waiting.message, nowMs());
    } catch (error) {
      failures += 1;
      return failed(waiting, error);
    }
    failures = 0;
    queue.sent(waiting.message);
    telemetry.sent(name);
    return 0;
  };

  /** Sends one message, if any is due, and says how long to wait for the next. */
  const step = async (): Promise<number> => {
    queue.release(nowMs());
    const waiting = queue.next(name, nowMs());
    return waiting === undefined ? LOOK_MS : send(waiting);
  };

  return {
    run: async ending => {
      while (!ending.aborted) {
        let waitMs = LOOK_MS;
        try {
          waitMs = await step();
        } catch (error) {
          // A queue that cannot be read or written for a moment is no reason to end.
          telemetry.bug(error);
        }
        if (waitMs > 0) await pause(time, waitMs, ending);
      }
    },
    sendRest: async ending => {
      try {
        queue.releaseAll(nowMs());
        queue.retryNow(name, nowMs());
        const untilMs = nowMs();
        for (let one = queue.next(name, untilMs); one && !ending.aborted; one = queue.next(name, untilMs))
          await send(one);
      } catch (error) {
        telemetry.bug(error);
      }
    },
  };
}
