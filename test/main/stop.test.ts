import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForStop } from '../../src/main/run-until-stopped.ts';

test.each([
  ['SIGTERM takes its time', ['SIGTERM'], false],
  ['SIGINT hurries: somebody waits in a terminal', ['SIGINT'], true],
  ['a second SIGTERM hurries', ['SIGTERM', 'SIGTERM'], true],
  ['SIGINT hurries what SIGTERM began', ['SIGTERM', 'SIGINT'], true],
])('%s', async (_what, signals, isHurried) => {
  const events = new EventEmitter();
  const { asked, hurry } = listenForStop(events);
  for (const signal of signals) events.emit(signal);
  expect(await asked).toBe('signal');
  expect(hurry.aborted).toBe(isHurried);
});

test('an error that nobody caught stops it too', async () => {
  const events = new EventEmitter();
  const { asked } = listenForStop(events);
  const error = new Error('broken');
  events.emit('uncaughtException', error);
  events.emit('SIGTERM');
  expect(await asked).toEqual({ error });
});
