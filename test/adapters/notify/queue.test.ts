import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MOST_KEPT, openNotifyQueue } from '../../../src/adapters/notify/queue.ts';
import type { NotifyRule } from '../../../src/app/notify/config.ts';
import { dueMs } from '../../../src/app/notify/due.ts';
import { type EventPart, isAtLeast, type NotifyEvent, type Severity } from '../../../src/app/notify/event.ts';
import { planEvent } from '../../../src/app/notify/plan.ts';
import { type Message, MOST_EVENTS, type NotifyQueue } from '../../../src/app/notify/ports.ts';
import { takeLines } from '../../../src/app/notify/take-lines.ts';
import { fields } from '../../app/audit-query/lines.ts';
import { event, rule } from '../../app/notify/events.ts';

let folder: string;
let queue: NotifyQueue;
const file = (): string => join(folder, 'record.jsonl.notify');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-queue-'));
  queue = openNotifyQueue(file());
});
afterEach(() => {
  queue.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts events into the queue, each at its time. */
function put(rules: readonly NotifyRule[], events: readonly (readonly [number, NotifyEvent])[]): void {
  for (const [now, one] of events) {
    queue.release(now);
    queue.atomically(() => {
      for (const entry of planEvent(one, rules, queue, now)) queue.add(entry);
    });
  }
}

/** Sends all that waits at a time. */
function drain(receiver: string, now: number): readonly Message[] {
  const messages: Message[] = [];
  queue.release(now);
  for (let next = queue.next(receiver, now); next !== undefined; next = queue.next(receiver, now)) {
    messages.push(next.message);
    queue.sent(next.message);
  }
  return messages;
}

const nth = (index: number, given: Partial<NotifyEvent> = {}): NotifyEvent =>
  event({ id: `a/${index}/0`, kind: 'refused', ...given });
const ids = (messages: readonly Message[]): readonly (readonly string[])[] =>
  messages.map(({ events }) => events.map(({ id }) => id));

describe('Events', () => {
  test('of a bad deploy are one message', () => {
    const pods = Array.from({ length: 50 }, (_, index) => [index * 100, nth(index)] as const);
    put([rule({ groupMs: 30_000 })], pods);
    expect(drain('platform', 29_999)).toEqual([]);
    expect(drain('platform', 30_000).map(({ events, more }) => [events.length, more])).toEqual([[50, 0]]);
  });

  test('that come after it are the next message', () => {
    put(
      [rule({ groupMs: 1000 })],
      [
        [0, nth(1)],
        [1000, nth(2)],
      ],
    );
    expect(ids(drain('platform', 5000))).toEqual([['a/1/0'], ['a/2/0']]);
  });

  test('beyond what a message holds are the next one, and none is lost', () => {
    put(
      [rule({ groupMs: 1000 })],
      Array.from({ length: 250 }, (_, index) => [0, nth(index)] as const),
    );
    expect(
      drain('platform', 1000)
        .map(({ events }) => events.length)
        .sort(),
    ).toEqual([100, 100, 50].sort());
  });

  test('beyond what a digest holds are counted', () => {
    put(
      [rule({ digest: { timeZone: 'UTC', at: 0 } })],
      Array.from({ length: 250 }, (_, index) => [0, nth(index)] as const),
    );
    expect(drain('platform', 86_400_000).map(({ events, more }) => [events.length, more])).toEqual([[100, 150]]);
  });

  test('that cannot wait take with them those that can', () => {
    const quietHours = {
      timeZone: 'UTC',
      from: 0,
      to: 600,
      days: new Set(['Thu'] as const),
      unless: 'critical',
    } as const;
    const rules = [rule({ quietHours, groupBy: [] })];
    put(rules, [
      [0, nth(1)],
      [1000, nth(2, { severity: 'critical' })],
    ]);
    expect(ids(drain('platform', 1000))).toEqual([['a/1/0', 'a/2/0']]);
  });

  test('that come twice are in the message once', () => {
    put(
      [rule({ groupMs: 1000 })],
      [
        [0, nth(1)],
        [10, nth(1)],
      ],
    );
    expect(ids(drain('platform', 1000))).toEqual([['a/1/0']]);
  });
});

describe('A queue', () => {
  test('that is opened again has what waited, what was gathered, and what was known', () => {
    put(
      [rule({ groupMs: 1000 })],
      [
        [0, nth(1)],
        [2000, nth(2)],
      ],
    );
    queue.set('a', { since: '', severity: 'low', rules: [] }, 5000);
    queue.setLastSeq('w', 7);
    queue.close();
    queue = openNotifyQueue(file());
    expect([queue.lastSeq('w'), queue.get('a', 4999)?.severity, queue.get('a', 5000)]).toEqual([7, 'low', undefined]);
    expect(ids(drain('platform', 3000))).toEqual([['a/1/0'], ['a/2/0']]);
  });

  test('gives a message the same id each time', () => {
    put([rule()], [[0, nth(1)]]);
    queue.release(0);
    const first = queue.next('platform', 0);
    queue.failed(first?.message.id ?? '', 10);
    expect(queue.next('platform', 9)).toBeUndefined();
    expect(queue.next('platform', 10)).toEqual({ ...first, attempts: 1 });
  });

  test('has another message first, while one waits', () => {
    put(
      [rule()],
      [
        [0, nth(1)],
        [1, nth(2)],
      ],
    );
    queue.release(1);
    queue.failed(queue.next('platform', 1)?.message.id ?? '', 100);
    expect(queue.next('platform', 200)?.message.events[0]?.id).toBe('a/2/0');
  });

  test('keeps what is given up, and has it wait again', () => {
    put([rule()], [[0, nth(1)]]);
    queue.release(0);
    const waiting = queue.next('platform', 0);
    queue.giveUp(waiting?.message.id ?? '', 5, 'no');
    expect([queue.length('platform'), queue.dead()]).toEqual([
      0,
      [{ message: waiting?.message, attempts: 0, atMs: 5, reason: 'no' }],
    ]);
    queue.revive(9);
    expect([queue.next('platform', 9), queue.dead()]).toEqual([
      { message: { ...waiting?.message, createdMs: 9 }, attempts: 0 },
      [],
    ]);
  });

  test('has room for so many messages: beyond, the oldest is given up, and not lost without a word', () => {
    queue.atomically(() => {
      for (let index = 0; index < MOST_KEPT.waiting + 2; index += 1)
        queue.add({
          rule: 'all',
          receiver: 'platform',
          group: String(index),
          dueMs: 0,
          isCounted: false,
          event: nth(index),
        });
    });
    queue.release(0);
    expect([queue.length('platform'), queue.dead().length, queue.dead()[0]?.reason]).toEqual([
      MOST_KEPT.waiting,
      2,
      expect.stringContaining('the queue is full'),
    ]);
  });

  test('is for its owner alone to read', () => {
    put([rule()], [[0, nth(1)]]);
    const modes = readdirSync(folder).map(name => statSync(join(folder, name)).mode & 0o777);
    expect(modes.length).toBeGreaterThan(1);
    expect(modes.filter(mode => mode !== 0o600)).toEqual([]);
  });

  test('gives up what waits, or is gathered, for who is not there any more', () => {
    const to = (receiver: string, groupMs: number) => rule({ name: `${receiver}-${groupMs}`, to: [receiver], groupMs });
    put([to('old', 0), to('old', 60_000), to('platform', 0), to('platform', 60_000)], [[0, nth(1)]]);
    queue.keepOnly(['platform', 'new'], 10);
    expect(
      queue
        .dead()
        .map(({ message, reason }) => `${message.rule}: ${reason}`)
        .sort(),
    ).toEqual([
      'old-0: the configuration has no such receiver any more',
      'old-60000: the configuration has no such receiver any more',
    ]);
    expect([queue.length('old'), drain('platform', 60_000).length]).toEqual([0, 2]);
  });

  test('does all of a piece of work or nothing', () => {
    expect(() =>
      queue.atomically(() => {
        queue.setLastSeq('w', 7);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(queue.lastSeq('w')).toBe(0);
  });

  test.each(['no database', ''])('is not made of another file: %j', text => {
    const other = join(folder, 'notes');
    writeFileSync(other, text.padEnd(text === '' ? 0 : 4096, '.'));
    const open = () => openNotifyQueue(other);
    if (text === '') open().close();
    else expect(open).toThrow('is no queue of notifications');
  });
});

describe('What was so first is not told last', () => {
  const [A, B] = ['a', 'b'].map(name => ({ subject: { kind: 'Deployment', namespace: 'tools', name } }));
  const opened = (index: number, of: Partial<NotifyEvent> = {}) => nth(index, { kind: 'opened', ...B, ...of });
  const closed = (index: number, of: Partial<NotifyEvent> = {}): NotifyEvent =>
    nth(index, { kind: 'closed', severity: 'info', resolves: { since: '', severity: 'critical' }, ...B, ...of });
  const together = (...events: readonly NotifyEvent[]): void =>
    queue.atomically(() => {
      for (const one of events) for (const entry of planEvent(one, [rule()], queue, 0)) queue.add(entry);
    });
  /** Puts events into messages of their own. */
  const oneByOne = (...events: readonly NotifyEvent[]): void => {
    events.forEach((one, index) => {
      put([rule()], [[index, one]]);
      queue.release(index);
    });
  };
  const fail = (now: number, againMs: number): void =>
    queue.failed(queue.next('platform', now)?.message.id ?? '', againMs);

  test('in one batch: an end waits for its opening, though its group began before', () => {
    together(closed(3, A), opened(4), closed(5), opened(6, A));
    expect(ids(drain('platform', 1))).toEqual([['a/3/0'], ['a/4/0', 'a/6/0'], ['a/5/0']]);
  });

  test('where the opening was not taken, and the end was: it is not told any more', () => {
    oneByOne(opened(1), closed(2));
    fail(1, 100);
    expect([ids(drain('platform', 50)), ids(drain('platform', 200)), queue.length('platform')]).toEqual([
      [['a/2/0']],
      [],
      0,
    ]);
  });

  test('and the others of its message are', () => {
    together(opened(1), opened(2, A));
    queue.release(0);
    fail(0, 100);
    put([rule()], [[1, closed(3)]]);
    expect([ids(drain('platform', 1)), ids(drain('platform', 100))]).toEqual([[['a/3/0']], [['a/2/0']]]);
  });

  test('nor after the queue was opened again', () => {
    oneByOne(opened(1), closed(2));
    fail(1, 100);
    queue.close();
    queue = openNotifyQueue(file());
    expect(ids(drain('platform', 50))).toEqual([['a/2/0']]);
    expect(ids(drain('platform', 200))).toEqual([]);
  });

  test('nor by what is gathered, or was given up and is sent again', () => {
    const rules = [rule({ name: 'slow', groupMs: 1000 })];
    put(rules, [[0, opened(1)]]);
    oneByOne(opened(2), closed(3));
    queue.giveUp(queue.next('platform', 2)?.message.id ?? '', 2, 'no');
    expect(ids(drain('platform', 3))).toEqual([['a/3/0']]);
    queue.revive(4);
    expect(ids(drain('platform', 2000))).toEqual([]);
  });

  test('An end that comes after the server was opened again ends what it was before', () => {
    oneByOne(closed(1), opened(2));
    fail(1, 100);
    expect(ids(drain('platform', 50))).toEqual([['a/2/0']]);
    expect(drain('platform', 200).map(({ events }) => events[0]?.resolves?.again)).toEqual([['high']]);
  });

  test('An end of what was told already is told, and of another server nothing changes', () => {
    oneByOne(opened(1));
    expect(ids(drain('platform', 1))).toEqual([['a/1/0']]);
    oneByOne(opened(2, A), closed(3));
    fail(1, 100);
    expect([ids(drain('platform', 50)), ids(drain('platform', 200))]).toEqual([[['a/3/0']], [['a/2/0']]]);
  });

  test('Of another receiver, and in a digest, nothing is left out', () => {
    const digest = rule({ name: 'daily', digest: { timeZone: 'UTC', at: 0 } });
    put([rule({ to: ['other'] }), digest], [[0, opened(1)]]);
    put([rule(), digest], [[1, closed(2)]]);
    expect(ids(drain('platform', 2))).toEqual([['a/2/0']]);
    expect(ids(drain('other', 3))).toEqual([['a/1/0']]);
    expect(ids(drain('platform', 86_400_000))).toEqual([['a/1/0', 'a/2/0']]);
  });
});

test('Lines that come again tell nothing', () => {
  const line = (seq: number): string => JSON.stringify(fields({ seq, allowed: false }));
  const options = { queue, rules: [rule()], severity: () => 7, nowMs: () => 0 };
  takeLines([line(1), line(2)], options);
  takeLines([line(1), line(2), line(3), 'no line', '{}', '[]'], options);
  expect(ids(drain('platform', 0)).flat()).toEqual(['webhook-0/1/0', 'webhook-0/2/0', 'webhook-0/3/0']);
});

/** What rules say, by themselves: what is told to whom, looked at one event after the other. */
const severities: readonly Severity[] = ['info', 'medium', 'critical'];
const kinds = ['refused', 'changed', 'modeLowered'] as const;
const anyEvent = fc.record({
  kind: fc.constantFrom(...kinds),
  severity: fc.constantFrom(...severities),
  namespace: fc.constantFrom('tools', 'shop', ''),
  user: fc.constantFrom('alice', 'bob'),
});
const anyRule = fc.record({
  events: fc.subarray([...kinds]).map(list => new Set(list)),
  namespaces: fc.constantFrom(undefined, new Set(['tools']), new Set(['shop', 'tools'])),
  minSeverity: fc.constantFrom(...severities),
  groupMs: fc.constantFrom(0, 1000, 60_000),
  groupBy: fc.subarray<EventPart>(['event', 'namespace', 'user']),
  to: fc.constantFrom(['one'], ['two'], ['one', 'two']),
  digest: fc.constantFrom(undefined, undefined, { timeZone: 'UTC', at: 1 }),
});

type Sent = Message & { readonly sentMs: number };
type Timed = readonly [time: number, event: NotifyEvent];

/** Puts events into a new queue, sends what is due before each, and all of it in the end. */
function sentOf(rules: readonly NotifyRule[], events: readonly Timed[]): readonly Sent[] {
  queue.close();
  rmSync(file(), { force: true });
  queue = openNotifyQueue(file());
  const sentAt = (now: number): readonly Sent[] =>
    ['one', 'two'].flatMap(receiver => drain(receiver, now).map(message => ({ ...message, sentMs: now })));
  const before = events.flatMap(timed => {
    const sent = sentAt(timed[0]);
    put(rules, [timed]);
    return sent;
  });
  return [...before, ...sentAt((events.at(-1)?.[0] ?? 0) + 200_000_000)];
}

const isWanted = (
  { events, namespaces, minSeverity }: NotifyRule,
  { kind, namespace, severity }: NotifyEvent,
): boolean => events.has(kind) && (namespaces?.has(namespace) ?? true) && isAtLeast(severity, minSeverity);

const PARTS: Readonly<Record<string, (event: NotifyEvent) => string>> = {
  event: ({ kind }) => kind,
  user: ({ user }) => user,
  namespace: ({ namespace }) => namespace,
};
/** What events of one message agree in. */
const belonging = ({ digest, groupBy }: NotifyRule, one: NotifyEvent): string =>
  JSON.stringify(digest ? [] : groupBy.map(part => PARTS[part]?.(one)));

/** What one receiver was told by one rule, held against what it says. */
function expectKept(one: NotifyRule, receiver: string, events: readonly Timed[], sent: readonly Sent[]): void {
  const mine = sent.filter(message => message.rule === one.name && message.receiver === receiver);
  const wanted = one.to.includes(receiver) ? events.filter(([, each]) => isWanted(one, each)) : [];
  expect(ids(mine).flat().toSorted()).toEqual(wanted.map(([, { id }]) => id).toSorted());
  for (const { events: together, more, sentMs } of mine) {
    expect(together.length + more).toBeLessThanOrEqual(MOST_EVENTS);
    expect(new Set(together.map(each => belonging(one, each))).size).toBe(1);
    const [time = 0, first] = events.find(([, { id }]) => id === together[0]?.id) ?? [];
    expect(sentMs).toBeGreaterThanOrEqual(dueMs(one, first?.severity ?? 'info', time));
  }
}

test('Every event is in exactly the messages that the rules say, once, with those that it belongs to, and not too soon', () => {
  const someEvents = fc.array(fc.tuple(fc.integer({ min: 0, max: 2000 }), anyEvent), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 3 }), someEvents, (given, waits) => {
      const rules = given.map((ofRule, index) => rule({ name: `r${index}`, ...ofRule }));
      const timeOf = (index: number): number => waits.slice(0, index + 1).reduce((sum, [wait]) => sum + wait, 0);
      const events = waits.map(([, one], index): Timed => [timeOf(index), nth(index, one)]);
      const sent = sentOf(rules, events);
      for (const one of rules) for (const receiver of ['one', 'two']) expectKept(one, receiver, events, sent);
    }),
    { numRuns: 60 },
  );
});
