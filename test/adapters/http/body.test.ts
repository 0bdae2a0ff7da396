import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { type BodyReader, createBodyReader } from '../../../src/adapters/http/body.ts';

const LIMITS = { maxBytes: 1000, maxBytesInFlight: 100, freeBytes: 50 };

/** A request whose body the test sends; `said` is what came of it: the JSON value, or the status. */
function sending(reader: BodyReader) {
  const request = new IncomingMessage(new Socket());
  const said: unknown[] = [];
  reader.read(request, (error, value) => said.push(error ? error.statusCode : value));
  return {
    said,
    /** Sends so many bytes of a text. */
    send: (bytes: number) => request.emit('data', Buffer.from('x'.repeat(bytes))),
    open: () => request.emit('data', Buffer.from('"')),
    end: () => {
      request.emit('data', Buffer.from('"'));
      request.emit('end');
      request.emit('close');
    },
    breakOff: () => request.emit('close'),
  };
}

test('bytes that are free are not counted, however many bodies bring them', () => {
  const reader = createBodyReader(LIMITS);
  const bodies = Array.from({ length: 20 }, () => sending(reader));
  for (const body of bodies) {
    body.open();
    body.send(48);
  }
  for (const body of bodies) body.end();
  expect(bodies.map(({ said }) => said)).toEqual(bodies.map(() => ['x'.repeat(48)]));
});

test('where the budget is spent the oldest body that counts is given up, and those that do not count stay', () => {
  const reader = createBodyReader(LIMITS);
  const [small, holder, newer] = [sending(reader), sending(reader), sending(reader)];
  for (const body of [small, holder, newer]) body.open();
  small.send(40);
  holder.send(149);
  expect(holder.said).toEqual([]);
  newer.send(60);
  expect([small.said, holder.said, newer.said]).toEqual([[], [503], []]);
  for (const body of [small, newer]) body.end();
  expect([small.said, newer.said]).toEqual([['x'.repeat(40)], ['x'.repeat(60)]]);
});

test('a body that is larger than the budget by itself is given up', () => {
  const body = sending(createBodyReader(LIMITS));
  body.open();
  body.send(150);
  expect(body.said).toEqual([503]);
});

test.each<readonly [string, (body: ReturnType<typeof sending>) => unknown, number | string]>([
  ['has ended', body => body.end(), 'x'.repeat(120)],
  ['is broken off', body => body.breakOff(), 400],
  ['is too large', body => body.send(1000), 413],
])('a body gives back what it took once it %s', (_how, finish, expected) => {
  const reader = createBodyReader(LIMITS);
  for (let turn = 0; turn < 5; turn += 1) {
    const body = sending(reader);
    body.open();
    body.send(120);
    finish(body);
    expect(body.said).toEqual([expected]);
  }
});
