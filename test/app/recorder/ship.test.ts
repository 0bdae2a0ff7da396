import { describe, expect, test } from 'vitest';
import {
  type Batch,
  type RecorderTelemetry,
  type RecordReader,
  RetryAfter,
  type Sink,
} from '../../../src/app/recorder/ports.ts';
import { ship } from '../../../src/app/recorder/ship.ts';
import { createFakeTime } from '../../support/fake-time.ts';

/** A record of so many lines, two to a batch. */
function createReader(count: () => number): RecordReader & { readonly committed: () => number } {
  let committed = 0;
  return {
    committed: () => committed,
    position: () => ({ segment: 1, offset: committed }),
    read: ({ offset }) => {
      const to = Math.min(offset + 2, count());
      if (to <= offset) return undefined;
      const lines = Array.from({ length: to - offset }, (_, index) => String(offset + index + 1));
      const batch: Batch = { lines, from: { segment: 1, offset }, to: { segment: 1, offset: to } };
      return { batch, isFull: to < count() };
    },
    commit: (_, { offset }) => {
      committed = offset;
    },
  };
}

/** Ships for some time; what the sink was sent, the waits after failures, and what was committed. */
async function shipped({ count = 5, gatherMs = 0, forMs = 10_000, fail = (): Error | undefined => undefined } = {}) {
  const time = createFakeTime();
  const reader = createReader(() => count);
  const sent: string[] = [];
  const delays: number[] = [];
  const sink: Sink = {
    gatherMs,
    send: async ({ lines }) => {
      sent.push(lines.join(' '));
      const error = fail();
      if (error !== undefined) throw error;
    },
    close: async () => undefined,
  };
  const telemetry: RecorderTelemetry = {
    shipped: () => undefined,
    failed: (_sink, _error, delayMs) => void delays.push(delayMs),
    lost: () => undefined,
    bug: error => expect.fail(String(error)),
  };
  const ending = new AbortController();
  const ended = ship({ name: 'one', sink, reader, time, telemetry }, ending.signal);
  await time.advance(forMs);
  const before = [...sent];
  ending.abort();
  await time.advance(1000);
  await ended;
  return { sent, before, delays, committed: reader.committed() };
}

describe('Shipping', () => {
  test('sends every line in order, and notes what is safe', async () => {
    expect(await shipped()).toMatchObject({ sent: ['1 2', '3 4', '5'], committed: 5 });
  });

  test('sends again what failed, after longer and longer times, and nothing behind it before', async () => {
    let attempts = 0;
    const fail = (): Error | undefined => (++attempts <= 4 ? new Error('down') : undefined);
    const { sent, delays, committed } = await shipped({ fail, forMs: 60_000 });
    expect(sent).toEqual(['1 2', '1 2', '1 2', '1 2', '1 2', '3 4', '5']);
    expect(delays.map((delay, index) => delay >= 250 * 2 ** index && delay <= 500 * 2 ** index)).toEqual(
      Array(4).fill(true),
    );
    expect(committed).toBe(5);
  });

  test('waits no longer than a minute between two attempts', async () => {
    const { delays, committed } = await shipped({ fail: () => new Error('down'), forMs: 3_600_000 });
    expect(Math.max(...delays)).toBeLessThanOrEqual(60_000);
    expect(delays.length).toBeGreaterThan(60);
    expect(committed).toBe(0);
  });

  test.each([
    [7000, 7000],
    [86_400_000, 600_000],
  ])('waits %i ms where the sink asks for them, ten minutes at most', async (asked, waited) => {
    const { delays } = await shipped({ fail: () => new RetryAfter('busy', asked), forMs: 1000 });
    expect(delays).toEqual([waited]);
  });

  test('gathers lines for a sink that wants many, and sends a full batch at once', async () => {
    const { before, sent } = await shipped({ gatherMs: 60_000 });
    expect([before, sent]).toEqual([
      ['1 2', '3 4'],
      ['1 2', '3 4', '5'],
    ]);
    expect((await shipped({ gatherMs: 60_000, forMs: 61_000 })).before).toEqual(['1 2', '3 4', '5']);
  });
});
