import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { listenForStop, runUntilStopped } from '../../src/main/run-until-stopped.ts';

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

/** A process that is stopped by what `stop` emits, with what it closes. */
async function runStopped(
  start: () => Promise<{ close(): Promise<void> }>,
  stop: (events: EventEmitter) => void = events => events.emit('SIGTERM'),
): Promise<readonly [status: number, stderr: string]> {
  let stderr = '';
  const events = Object.assign(new EventEmitter(), {
    stderr: {
      write: (text: string) => {
        stderr += text;
        return true;
      },
    },
  });
  const status = runUntilStopped('serve', start, events);
  stop(events);
  return [await status, stderr.split('\n')[0] ?? ''];
}

const closed = { close: async () => undefined };

test.each<readonly [string, Parameters<typeof runStopped>, readonly [number, string]]>([
  ['a signal', [async () => closed], [0, '']],
  [
    'an error of ours',
    [async () => closed, events => events.emit('uncaughtException', new Error('broken'))],
    [1, 'Error: broken'],
  ],
  [
    'what could not start',
    [() => Promise.reject(new GateError('cannot-listen', 'port 1 is taken'))],
    [2, 'chokepoint serve: cannot-listen: port 1 is taken'],
  ],
  [
    'what could not be closed',
    [async () => ({ close: () => Promise.reject(new Error('1 of 7 parts could not be closed')) })],
    [1, 'Error: 1 of 7 parts could not be closed'],
  ],
])('the exit status tells of %s', async (_what, [start, stop], expected) => {
  expect(await runStopped(start, stop)).toEqual(expected);
});
