import type { AddressSource } from '../../app/notify/config.ts';
import type { Message, Receiver } from '../../app/notify/ports.ts';
import type { AddressLimits } from '../../app/notify/refused-addresses.ts';
import { post } from './post.ts';
import { readUrl } from './secret-file.ts';

/** A receiver whose address is its secret: it takes JSON, and asks for nothing else. The address is read for each message. */
export const createWebhookReceiver = (
  address: AddressSource,
  allowInsecure: boolean,
  limits: AddressLimits,
  bodyOf: (message: Message) => string,
): Receiver => ({
  send: async (message, nowMs) => {
    const url = await readUrl(address, allowInsecure);
    const headers = { 'content-type': 'application/json' };
    return post({ url, headers, body: bodyOf(message), limits, nowMs });
  },
});
