import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { loadRecorderConfig } from '../adapters/config/recorder-file.ts';
import { createReceiver } from '../adapters/notify/create-receiver.ts';
import type { Message } from '../app/notify/ports.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError, messageOf } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';

/** A message that says of itself that it is none. */
function testMessage(receiver: string, nowMs: number): Message {
  const id = `msg_${randomUUID().replaceAll('-', '')}`;
  const event = {
    ...({
      id: `test/${id}`,
      kind: 'test',
      severity: 'info',
      namespace: '',
      user: '',
      rules: [],
      annotated: [],
    } as const),
    time: new Date(nowMs).toISOString(),
    subject: { kind: 'Receiver', namespace: '', name: receiver },
    details: ['This is what a notification looks like. Nothing has happened.'],
  };
  return { id, rule: 'test', receiver, createdMs: nowMs, events: [event], more: 0 };
}

/** `notify test NAME`: 0 where the receiver took the message, else 1. Rejects with a GateError where the configuration names no such receiver. */
export async function runNotifyTest(name: string, { config }: CommandSpecific['notifyTest'], io: Io): Promise<number> {
  const { notifications } = loadRecorderConfig(resolve(io.workingFolder, config), config);
  const found = notifications?.receivers.find(receiver => receiver.name === name);
  if (notifications === undefined || found === undefined) {
    const names = notifications?.receivers.map(receiver => receiver.name).join(', ') ?? 'none';
    throw new GateError('bad-usage', `${config} has no receiver "${visibleText(name)}": it has ${names}`);
  }
  const receiver = await createReceiver(found, notifications.refused);
  const nowMs = Date.now();
  try {
    await io.stdout.write(`${name} answered: ${await receiver.send(testMessage(name, nowMs), nowMs)}\n`);
    return 0;
  } catch (error) {
    await io.stderr.write(`${name} did not take the message: ${messageOf(error)}\n`);
    return 1;
  }
}
