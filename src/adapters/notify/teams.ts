import type { ReceiverConfig, TeamsTarget } from '../../app/notify/config.ts';
import type { Message, Receiver } from '../../app/notify/ports.ts';
import type { AddressLimits } from '../../app/notify/refused-addresses.ts';
import { paragraphsOf, titleOf } from '../../app/notify/text.ts';
import { createWebhookReceiver } from './webhook.ts';

/** A message of Teams takes 28 KB (https://learn.microsoft.com/microsoftteams/limits-specifications-teams); some of it is for what Teams puts around the card. */
const MOST_BYTES = 24 * 1024;
const LIMITS = { title: 200, event: 1_500, all: 12_000, events: 20 } as const;

/** Cards replace `{{DATE(…)}}` and `{{TIME(…)}}` in any text. */
const written = (text: string): string => text.replaceAll('{{', '{ {');

/** A paragraph. Text in a TextRun is shown as it is: Markdown, which can hold links, is read in TextBlock and in facts alone; a mention needs an entity, and there is none. */
const paragraph = (text: string, style: object = {}): object => ({
  type: 'RichTextBlock',
  ...{ inlines: [{ type: 'TextRun', text, ...style }] },
});

function cardOf(message: Message, events: number): object {
  const title = paragraph(written(titleOf(message, LIMITS.title)), { weight: 'Bolder', size: 'Large' });
  const lines = paragraphsOf(message, { ...LIMITS, events }, written).flatMap(text => text.split('\n'));
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          ...{ type: 'AdaptiveCard', version: '1.4' },
          msteams: { width: 'Full' },
          body: [title, ...lines.map(line => paragraph(line))],
        },
      },
    ],
  };
}

/** What a workflow is sent: a message with an Adaptive Card, with as many events as there is room for. */
export function teamsBody(message: Message): string {
  for (let events: number = LIMITS.events; ; events -= 1) {
    const text = JSON.stringify(cardOf(message, events));
    if (events === 0 || Buffer.byteLength(text) <= MOST_BYTES) return text;
  }
}

export function createTeamsReceiver(
  { address }: TeamsTarget,
  { allowInsecure }: ReceiverConfig,
  limits: AddressLimits,
): Receiver {
  return createWebhookReceiver(address, allowInsecure, limits, teamsBody);
}
