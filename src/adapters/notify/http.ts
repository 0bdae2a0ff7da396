import { createHmac } from 'node:crypto';
import type { HttpTarget, ReceiverConfig } from '../../app/notify/config.ts';
import { type Message, type Receiver, SendError } from '../../app/notify/ports.ts';
import type { AddressLimits } from '../../app/notify/refused-addresses.ts';
import { severityOf, titleOf } from '../../app/notify/text.ts';
import { post } from './post.ts';
import { readSecret, readUrl } from './secret-file.ts';

const MOST_TITLE = 300;

/** A CloudEvent (https://github.com/cloudevents/spec, 1.0) in structured mode. Its `id` is the same however often it is sent. */
export function cloudEvent(message: Message): object {
  const { id, rule, createdMs, events, more } = message;
  return {
    ...{ specversion: '1.0', id, source: 'chokepoint/recorder', type: 'dev.chokepoint.notification.v1' },
    time: new Date(createdMs).toISOString(),
    datacontenttype: 'application/json',
    data: { rule, title: titleOf(message, MOST_TITLE), severity: severityOf(message), events, more },
  };
}

/** Bytes of a key, inclusive. */
const KEY_BYTES = { least: 24, most: 64 } as const;
const KEY = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

function keyOf(line: string, file: string): Buffer {
  const [, text = ''] = KEY.exec(line) ?? [];
  const key = Buffer.from(text, 'base64');
  if (key.length >= KEY_BYTES.least && key.length <= KEY_BYTES.most) return key;
  throw new SendError(`${file} holds no key: whsec_ and the base64 of ${KEY_BYTES.least} to ${KEY_BYTES.most} bytes`);
}

/**
 * The headers of a signed message (https://www.standardwebhooks.com): each key signs the id, the time of this attempt in seconds, and the body.
 */
export function signatureHeaders(
  keys: readonly Buffer[],
  id: string,
  nowMs: number,
  body: string,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const content = `${id}.${timestamp}.${body}`;
  const signatures = keys.map(key => `v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

async function keysIn(file: string | undefined): Promise<readonly Buffer[]> {
  if (file === undefined) return [];
  const lines = (await readSecret(file)).split('\n').map(line => line.trim());
  return lines.filter(line => line !== '').map(line => keyOf(line, file));
}

export function createHttpReceiver(
  { address, secretFile }: HttpTarget,
  { allowInsecure }: ReceiverConfig,
  limits: AddressLimits,
): Receiver {
  return {
    send: async (message, nowMs) => {
      const [url, keys] = await Promise.all([readUrl(address, allowInsecure), keysIn(secretFile)]);
      const body = JSON.stringify(cloudEvent(message));
      const signature = keys.length === 0 ? {} : signatureHeaders(keys, message.id, nowMs, body);
      const headers = { 'content-type': 'application/cloudevents+json', ...signature };
      return post({ url, headers, body, limits, nowMs });
    },
  };
}
