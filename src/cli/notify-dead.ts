import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { notifyQueueOf, openNotifyQueue } from '../adapters/notify/queue.ts';
import type { DeadLetter } from '../app/notify/ports.ts';
import { titleOf } from '../app/notify/text.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';

const MOST_TITLE = 120;

const timeText = (ms: number): string => new Date(ms).toISOString();

const lettersText = (letters: readonly DeadLetter[]): string =>
  letters
    .map(({ message, attempts, atMs, reason }) => {
      const head = `${timeText(atMs)}  ${message.receiver}  ${titleOf(message, MOST_TITLE)}`;
      return `${head}\n  given up after ${attempts + 1} attempts: ${visibleText(reason)}\n`;
    })
    .join('');

const letterData = ({ message, attempts, atMs, reason }: DeadLetter): object => ({
  ...message,
  createdMs: undefined,
  created: timeText(message.createdMs),
  givenUp: timeText(atMs),
  attempts: attempts + 1,
  reason,
});

/** `notify dead`: 0, whether there are any or not. Rejects with a GateError where there is no queue. */
export async function runNotifyDead(
  { record, sendAgain = false, output }: CommandSpecific['notifyDead'],
  io: Io,
): Promise<number> {
  const file = notifyQueueOf(resolve(io.workingFolder, record));
  if (!existsSync(file)) throw new GateError('unreadable-file', `there is no ${notifyQueueOf(record)}`);
  const queue = openNotifyQueue(file);
  try {
    const letters = queue.dead();
    if (sendAgain) queue.revive(Date.now());
    const report = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'DeadLetters', items: letters.map(letterData) };
    const what = sendAgain ? 'put back into the queue' : 'given up';
    const text = `${lettersText(letters)}${letters.length} ${letters.length === 1 ? 'message' : 'messages'} ${what}\n`;
    await io.stdout.write(output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : text);
    return 0;
  } finally {
    queue.close();
  }
}
