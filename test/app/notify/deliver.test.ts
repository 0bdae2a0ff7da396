import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openNotifyQueue } from '../../../src/adapters/notify/queue.ts';
import { createDelivery } from '../../../src/app/notify/deliver.ts';
import { type NotifyQueue, type NotifyTelemetry, type Receiver, SendError } from '../../../src/app/notify/ports.ts';
import type { Time } from '../../../src/app/time.ts';
import { event } from './events.ts';

let folder: string;
let queue: NotifyQueue;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-deliver-'));
  queue = openNotifyQueue(join(folder, 'queue'));
});
afterEach(() => {
  queue.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A clock that jumps over every wait. */
class Clock implements Time {
  now = 0;
  nowMs = (): number => this.now;
  random = (): number => 0.5;
  after = (delayMs: number, action: () => void): (() => void) => {
    const timer = setImmediate(() => {
      this.now += delayMs;
      action();
    });
    return () => clearImmediate(timer);
  };
}

const HOUR_MS = 3_600_000;

/** Delivers so many messages until nothing waits; what was sent, and what was told. */
async function delivered(
  count: number,
  answer: (id: string, clock: Clock) => void,
): Promise<{ readonly sent: readonly string[]; readonly told: readonly string[]; readonly clock: Clock }> {
  const clock = new Clock();
  queue.atomically(() => {
    for (let index = 0; index < count; index += 1)
      queue.add({
        rule: 'all',
        receiver: 'a',
        group: String(index),
        dueMs: 0,
        isCounted: false,
        event: event({ id: String(index) }),
      });
  });
  const [sent, told]: [string[], string[]] = [[], []];
  const ending = new AbortController();
  const endIfEmpty = (): void => {
    if (queue.length('a') === 0) ending.abort();
  };
  const receiver: Receiver = {
    send: async ({ events }) => {
      const id = events[0]?.id ?? '';
      answer(id, clock);
      sent.push(id);
      return 'ok';
    },
  };
  const telemetry: NotifyTelemetry = {
    sent: endIfEmpty,
    failed: (_, error, delayMs) => void told.push(`failed ${String(error)} ${delayMs}`),
    dead: (_, _id, error) => {
      told.push(`dead ${String(error)}`);
      endIfEmpty();
    },
    bug: error => {
      throw error;
    },
  };
  const common = { giveUpAfterMs: 24 * HOUR_MS, time: clock, nowMs: clock.nowMs, telemetry };
  await createDelivery({ name: 'a', receiver, queue, ...common }).run(ending.signal);
  return { sent, told, clock };
}

const down = (text = 'down'): never => {
  throw new SendError(text);
};

test('What waits is sent in its order', async () => {
  expect((await delivered(3, () => undefined)).sent).toEqual(['0', '1', '2']);
});

test('Of a thousand messages none is lost, and none sent twice, though the receiver is down half of the time', async () => {
  const { sent, clock } = await delivered(
    1000,
    (_, { now }) => void (Math.floor(now / 5000) % 2 === 0 ? down() : undefined),
  );
  expect(sent.toSorted((one, other) => Number(one) - Number(other))).toEqual(
    Array.from({ length: 1000 }, (_, index) => String(index)),
  );
  expect(clock.now).toBeLessThan(HOUR_MS);
});

test('A receiver that takes nothing is left alone for longer and longer, a minute at most', async () => {
  let failures = 0;
  const { told } = await delivered(1, () => void (++failures <= 10 ? down() : undefined));
  const delays = told.map(text => Number(text.split(' ').at(-1)));
  expect(delays.slice(0, 3)).toEqual([375, 750, 1500]);
  expect(Math.max(...delays)).toBe(45_000);
});

test('A receiver that asks for time gets it, an hour at most', async () => {
  const asked = [5000, 10 * HOUR_MS];
  const { told } = await delivered(1, () => {
    const ms = asked.shift();
    if (ms !== undefined) throw new SendError('busy', false, ms);
  });
  expect(told).toEqual(['failed SendError: busy 5000', `failed SendError: busy ${HOUR_MS}`]);
});

test('A message that is not taken holds up no other', async () => {
  let isBad = true;
  const { sent } = await delivered(3, id => {
    if (id !== '0' || !isBad) return;
    isBad = false;
    down();
  });
  expect(sent).toEqual(['1', '2', '0']);
});

test('A message that will never be taken is given up at once, the others are sent', async () => {
  const { sent, told } = await delivered(3, id => {
    if (id === '1') throw new SendError('invalid', true);
  });
  expect([sent, told]).toEqual([['0', '2'], ['dead SendError: invalid']]);
  expect(queue.dead().map(({ reason, message }) => [reason, message.events[0]?.id])).toEqual([['invalid', '1']]);
});

test('A message that is not taken for a day is given up', async () => {
  const { sent, told, clock } = await delivered(1, () => down());
  expect([sent, told.at(-1)]).toEqual([[], 'dead SendError: down']);
  expect(clock.now).toBeGreaterThanOrEqual(24 * HOUR_MS);
  expect(clock.now).toBeLessThan(25 * HOUR_MS);
});

describe('What waits when the queue goes with its process', () => {
  const put = (id: string, dueMs: number): void =>
    queue.atomically(() => {
      const entry = { rule: 'all', receiver: 'a', group: 'digest', dueMs, isCounted: true, event: event({ id }) };
      queue.add(entry);
    });
  /** What is sent at the end, at most one message after another. */
  async function rest(answer: () => void, ending = new AbortController()): Promise<readonly string[]> {
    const sent: string[] = [];
    const receiver: Receiver = {
      send: async ({ events }) => {
        answer();
        sent.push(events.map(({ id }) => id).join('+'));
        return 'ok';
      },
    };
    const clock = new Clock();
    const telemetry: NotifyTelemetry = {
      sent: () => undefined,
      failed: () => undefined,
      dead: () => undefined,
      bug: error => {
        throw error;
      },
    };
    const common = { giveUpAfterMs: 24 * HOUR_MS, time: clock, nowMs: clock.nowMs, telemetry };
    await createDelivery({ name: 'a', receiver, queue, ...common }).sendRest(ending.signal);
    return sent;
  }

  test('is sent, a digest of tomorrow too, and what is to be tried later', async () => {
    put('0', 0);
    queue.release(0);
    queue.failed(queue.next('a', 0)?.message.id ?? '', HOUR_MS);
    put('1', 20 * HOUR_MS);
    put('2', 20 * HOUR_MS);
    expect(await rest(() => undefined)).toEqual(['0', '1+2']);
    expect(queue.length('a')).toBe(0);
  });

  test('is tried once, and stays where it is not taken', async () => {
    put('0', HOUR_MS);
    let asked = 0;
    const answer = (): void => {
      asked += 1;
      down();
    };
    expect(await rest(answer)).toEqual([]);
    expect([asked, queue.length('a')]).toEqual([1, 1]);
  });

  test('waits no longer than there is time', async () => {
    put('0', HOUR_MS);
    const ending = new AbortController();
    ending.abort();
    expect([await rest(() => undefined, ending), queue.length('a')]).toEqual([[], 1]);
  });
});
