import { beforeEach, expect, test } from 'vitest';
import { createHandOver, HAND_OVER_MS, type HandOver, keptHere } from '../../../src/app/recorder/hand-over.ts';
import type { Position, RecordReader } from '../../../src/app/recorder/ports.ts';

/** A record of letters, two to a batch; the capital ones tell an event. */
let record: string;
let committed: Position;
let nowMs: number;
let told: boolean[];
let kept: number;
let handOver: HandOver;

const reader: RecordReader = {
  position: () => committed,
  read: from => {
    const lines = [...record].slice(from.offset, from.offset + 2);
    const to = { segment: 1, offset: from.offset + lines.length };
    return lines.length === 0 ? undefined : { batch: { lines, from, to }, isFull: false };
  },
  commit: (_, position) => {
    committed = position;
  },
};

beforeEach(() => {
  record = 'AbcdE';
  committed = { segment: 1, offset: 0 };
  nowMs = 1000;
  told = [];
  kept = 0;
  handOver = createHandOver({
    ...{ name: 'notifications', reader, time: { nowMs: () => nowMs } },
    isTold: line => line === line.toUpperCase(),
    onKept: lines => {
      kept += lines;
    },
    onAsked: isAsked => void told.push(isAsked),
  });
});

/** What this recorder would tell by itself now. */
const left = (): readonly string[] => {
  const found = handOver.left.read(committed);
  return found !== undefined && 'batch' in found ? found.batch.lines : [];
};

test('A controller gets the lines that tell an event, and what it has kept is done with', () => {
  const first = handOver.next('');
  expect([first, committed.offset]).toEqual([{ lines: ['A'], mark: '1:2' }, 0]);
  const second = handOver.next('1:2');
  expect([second, committed.offset, kept]).toEqual([{ lines: [], mark: '1:4' }, 2, 2]);
  const third = handOver.next('1:4');
  expect(third).toEqual({ lines: ['E'], mark: '1:5' });
  expect(handOver.next('1:5')).toEqual({ lines: [], mark: '' });
  expect([committed.offset, kept]).toEqual([5, 5]);
});

test('What is not known to be kept is handed over again', () => {
  const first = handOver.next('');
  expect(handOver.next('')).toEqual(first);
  expect(handOver.next('9:9')).toEqual(first);
  expect(committed.offset).toBe(0);
});

test('What this recorder has told meanwhile does not come back with a late mark', () => {
  const mark = handOver.next('')?.mark ?? '';
  nowMs += HAND_OVER_MS;
  handOver.left.commit('notifications', { segment: 1, offset: 4 });
  expect(handOver.next(mark)).toEqual({ lines: ['E'], mark: '1:5' });
  expect([committed.offset, kept]).toEqual([4, 0]);
});

test('What was set aside and deleted is passed over', () => {
  const moved = { segment: 2, offset: 0 };
  const reading: RecordReader = { ...reader, read: from => (from.segment === 1 ? { moved } : reader.read(from)) };
  const other = createHandOver({
    ...{ name: 'notifications', reader: reading, time: { nowMs: () => nowMs } },
    ...{ isTold: () => true, onKept: () => undefined, onAsked: () => undefined },
  });
  expect(other.next('')).toEqual({ lines: ['A', 'b'], mark: '1:2' });
  expect(committed).toEqual(moved);
});

test('Where no controller asks within a minute of the start, this recorder tells by itself, and says so', () => {
  expect([left(), told]).toEqual([[], []]);
  nowMs += HAND_OVER_MS;
  expect([left(), left(), told]).toEqual([['A', 'b'], ['A', 'b'], [false]]);
});

test('As long as a controller asks, this recorder tells nothing; a minute after the last question it does', () => {
  handOver.next('');
  nowMs += HAND_OVER_MS - 1;
  expect([left(), told]).toEqual([[], [true]]);
  nowMs += 1;
  expect([left(), told]).toEqual([
    ['A', 'b'],
    [true, false],
  ]);
  handOver.next('');
  expect([left(), told]).toEqual([[], [true, false, true]]);
});

test('At its end the recorder tells what no controller has asked for, and hands nothing over any more', () => {
  handOver.next('');
  handOver.end();
  expect([left(), handOver.next(''), told]).toEqual([['A', 'b'], undefined, [true]]);
});

test('Where nothing is handed over, this recorder tells all of it', () => {
  const kept = keptHere(reader);
  expect([kept.next(''), kept.left.position('notifications')]).toEqual([undefined, committed]);
});
