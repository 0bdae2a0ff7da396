import type { ReceiverConfig, SlackTarget } from '../../app/notify/config.ts';
import type { Message, Receiver } from '../../app/notify/ports.ts';
import type { AddressLimits } from '../../app/notify/refused-addresses.ts';
import { fitted, paragraphsOf, titleOf } from '../../app/notify/text.ts';
import { createWebhookReceiver } from './webhook.ts';

/**
 * Limits of Block Kit (https://docs.slack.dev/reference/block-kit/blocks): 150 characters of a header, 3,000 of a section, 50 blocks. All blocks together are
 * refused from some 13,000 characters on (msg_blocks_too_long, which is not documented).
 */
const LIMITS = { header: 150, event: 2_900, all: 10_000, events: 40 } as const;

/** The three characters that Slack reads: `<!channel>` and `<@U123>` are mentions, `<https://…|text>` is a link. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** In a `plain_text` object there is no formatting either, and no name of an emoji is one. */
const plain = (text: string): object => ({ type: 'plain_text', text, emoji: false });

/** What an incoming webhook is sent: blocks, and beside them the text that notifications of a phone show. */
export function slackBody(message: Message): object {
  const header = fitted(titleOf(message, LIMITS.header), LIMITS.header, escaped);
  const sections = paragraphsOf(message, LIMITS, escaped).map(text => ({ type: 'section', text: plain(text) }));
  return {
    text: header,
    ...{ link_names: false, parse: 'none', unfurl_links: false, unfurl_media: false },
    blocks: [{ type: 'header', text: plain(header) }, ...sections],
  };
}

export function createSlackReceiver(
  { address }: SlackTarget,
  { allowInsecure }: ReceiverConfig,
  limits: AddressLimits,
): Receiver {
  return createWebhookReceiver(address, allowInsecure, limits, message => JSON.stringify(slackBody(message)));
}
