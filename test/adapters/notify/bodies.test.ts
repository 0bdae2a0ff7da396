import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { alertsBody } from '../../../src/adapters/notify/alertmanager.ts';
import { createReceiver } from '../../../src/adapters/notify/create-receiver.ts';
import { mailTexts } from '../../../src/adapters/notify/email.ts';
import { cloudEvent } from '../../../src/adapters/notify/http.ts';
import { slackBody } from '../../../src/adapters/notify/slack.ts';
import { teamsBody } from '../../../src/adapters/notify/teams.ts';
import type { ReceiverConfig, Target } from '../../../src/app/notify/config.ts';
import type { NotifyEvent } from '../../../src/app/notify/event.ts';
import type { Message } from '../../../src/app/notify/ports.ts';
import { NO_ADDRESSES } from '../../../src/core/net/addresses.ts';
import { specifiedByAny } from '../../../src/core/net/cidr.ts';
import { event, message } from '../../app/notify/events.ts';
import { answeringServer } from './answering-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-notify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a stranger would write into a name, a user or a message. */
const HOSTILE = [
  '<!channel> <@U123> <#C123> <https://evil.example|click> & *bold* :bomb: @here',
  '[click](https://evil.example) <at>Everyone</at> **bold** {{DATE(2026-11-27T08:00:00Z,SHORT)}}',
  '<script>alert(1)</script><img src=x onerror=alert(1)> "\' &amp;',
  'a\r\nBcc: everyone@example.com\r\n\r\nbody',
  'right\u202eto left\u200b\u0000\u001b[31m',
] as const;
const hostile = HOSTILE.map((text, index) => event({ id: `a/1/${index}`, user: text, details: [text] }));
const many = (count: number, detail = 'd'): readonly NotifyEvent[] =>
  Array.from({ length: count }, (_, index) =>
    event({ id: `a/${index}/0`, details: Array(5).fill(detail.repeat(300)) as string[] }),
  );

interface SlackShape {
  readonly text: string;
  readonly blocks: readonly {
    readonly type: string;
    readonly text: { readonly type: string; readonly text: string };
  }[];
}
interface Paragraph {
  readonly type: string;
  readonly inlines: readonly { readonly type: string; readonly text: string }[];
}
const slack = (of: Message): SlackShape => slackBody(of) as SlackShape;
const paragraphs = (of: Message): readonly Paragraph[] => JSON.parse(teamsBody(of)).attachments[0].content.body;

/** Limits that the receivers publish. */
describe('A message keeps to the limits', () => {
  test.each<[what: string, of: Message]>([
    ['of one event', message(event())],
    ['of a hundred', message(...many(100))],
    ['of a hundred of characters that are escaped', message(...many(100, '&'))],
    ['of a hundred of characters of three bytes', message(...many(100, '漢'))],
    ['of a hundred of characters that JSON escapes', message(...many(100, '"'))],
    ['of hostile texts', message(...hostile)],
    ['with more events than it has room for', { ...message(...many(100)), more: 10_000 }],
  ])('%s', (_, of) => {
    const { text, blocks } = slack(of);
    const [header, ...sections] = blocks;
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect([header?.type, header?.text.type, (header?.text.text.length ?? 0) <= 150]).toEqual([
      'header',
      'plain_text',
      true,
    ]);
    expect(sections.filter(block => block.text.text.length > 3000 || block.text.text === '')).toEqual([]);
    expect(blocks.reduce((sum, block) => sum + block.text.text.length, 0)).toBeLessThan(12_000);
    expect(text.length).toBeLessThanOrEqual(4000);
    expect(Buffer.byteLength(teamsBody(of))).toBeLessThanOrEqual(28 * 1024);
    expect(mailTexts(of).subject.length).toBeLessThanOrEqual(200);
  });

  test('and counts what it has no room for', () => {
    const of = { ...message(...many(100)), more: 7 };
    const shown = slack(of).blocks.length - 2;
    expect(slack(of).blocks.at(-1)?.text.text).toBe(`And ${107 - shown} more: the record has them.`);
    expect(mailTexts(of).text).toContain('And 7 more: the record has them.');
    expect(paragraphs(of).at(-1)?.inlines[0]?.text).toMatch(/^And \d+ more: the record has them\.$/);
  });
});

describe('Strangers’ text', () => {
  test('mentions nobody in Slack, links nowhere, and formats nothing', () => {
    const { text, blocks } = slack(message(...hostile));
    expect(blocks.every(block => block.text.type === 'plain_text')).toBe(true);
    for (const one of [text, ...blocks.map(block => block.text.text)])
      expect(one).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    expect(blocks[1]?.text.text).toContain(
      'by &lt;!channel&gt; &lt;@U123&gt; &lt;#C123&gt; &lt;https://evil.example|click&gt; &amp; *bold* :bomb: @here',
    );
  });

  test('is shown as it is in Teams: no Markdown is read there, nobody is mentioned, and no date is put in', () => {
    const text = teamsBody(message(...hostile));
    expect(text).not.toMatch(/"TextBlock"|FactSet|"entities"|\{\{/);
    const inlines = paragraphs(message(...hostile)).flatMap(one => one.inlines);
    expect(inlines.every(one => one.type === 'TextRun')).toBe(true);
    expect(inlines.map(one => one.text)).toContainEqual(
      expect.stringContaining('[click](https://evil.example) <at>Everyone</at> **bold** { {DATE'),
    );
  });

  test('is text in HTML', () => {
    const { html } = mailTexts(message(...hostile));
    const ours = /<(?:!doctype html|\/?html|\/?body|\/?p|br)>/g;
    expect(html.replaceAll(ours, '')).not.toMatch(/[<>"']/);
    expect(html).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; &quot;&#39; &amp;amp;',
    );
  });

  test('begins no header', () => {
    const named = event({
      subject: { kind: 'Deployment', namespace: 'tools', name: 'a\r\nBcc: everyone@example.com' },
    });
    expect(mailTexts(message(named)).subject).toBe(
      'Chokepoint: MCP server opened: Deployment tools/a Bcc: everyone@example.com',
    );
  });

  test('shows nothing that cannot be seen', () => {
    const all = JSON.stringify([
      slackBody(message(...hostile)),
      teamsBody(message(...hostile)),
      mailTexts(message(...hostile)),
      alertsBody(message(...hostile), 0),
    ]);
    expect(all).not.toMatch(/\u202e|\u200b|\\u0000|\\u001b/);
  });
});

describe('A title', () => {
  const title = (...events: readonly NotifyEvent[]): string => mailTexts(message(...events)).subject;
  const closed = { kind: 'closed' } as const;
  test.each<[events: readonly NotifyEvent[], text: string]>([
    [[event()], 'Chokepoint: MCP server opened: Deployment tools/search'],
    [[event(), event()], 'Chokepoint: 2 MCP servers opened in tools'],
    [[event(), event({ namespace: 'shop' })], 'Chokepoint: 2 MCP servers opened'],
    [[event(closed), event(), event()], 'Chokepoint: 2 MCP servers opened, 1 MCP server closed in tools'],
    [
      [event({ kind: 'recordLost', namespace: '', subject: { kind: 'Record', namespace: '', name: 'w' } })],
      'Chokepoint: gap in the record: Record w',
    ],
  ])('of %j', (events, text) => {
    expect(title(...events)).toBe(text);
  });
});

test('A mail tells each event by a paragraph', () => {
  expect(
    mailTexts(
      message(
        event(),
        event({
          kind: 'closed',
          severity: 'info',
          details: [],
          resolves: { since: '2026-11-26T08:00:00.000Z', severity: 'high' },
        }),
      ),
    ).text,
  ).toBe(
    `MCP server opened: Deployment tools/search (high) by alice@example.com, 2026-11-27T08:00:00.000Z.
  ingress-beyond-gateway: any pod reaches it

MCP server closed: Deployment tools/search (info) by alice@example.com, 2026-11-27T08:00:00.000Z. It was open since 2026-11-26T08:00:00.000Z.
`,
  );
});

describe('An alert', () => {
  const now = Date.parse('2026-11-27T09:00:00.000Z');
  const shown = (...events: readonly NotifyEvent[]): readonly string[] =>
    alertsBody(message(...events), now).map(
      ({ labels, startsAt, endsAt }) =>
        `${Object.values(labels).join(' ')} ${startsAt.slice(5, 16)} ${endsAt.slice(5, 16)}`,
    );
  const resolves = { since: '2026-11-26T08:00:00.000Z', severity: 'medium' } as const;
  test.each<[what: string, events: readonly NotifyEvent[], alerts: readonly string[]]>([
    [
      'of what is open goes on',
      [event()],
      ['ChokepointServerOpen high tools Deployment search 11-27T08:00 12-04T09:00'],
    ],
    [
      'of what happened ends soon',
      [event({ kind: 'modeLowered' })],
      ['ChokepointModeLowered high tools Deployment search 11-27T08:00 11-27T09:05'],
    ],
    [
      'of what is closed has ended, in each severity that it may have had',
      [event({ kind: 'closed', resolves })],
      ['info', 'low', 'medium'].map(
        severity => `ChokepointServerOpen ${severity} tools Deployment search 11-26T08:00 11-27T08:00`,
      ),
    ],
    [
      'of what another gate had let through has ended',
      [event({ kind: 'closed', resolves: { since: '', severity: 'info' } })],
      ['ChokepointServerOpen info tools Deployment search 11-27T08:00 11-27T08:00'],
    ],
    [
      'of what was closed and is open again goes on',
      [event({ kind: 'closed', resolves: { ...resolves, severity: 'info' } }), event({ severity: 'info' })],
      ['ChokepointServerOpen info tools Deployment search 11-27T08:00 12-04T09:00'],
    ],
    [
      'of what was opened again before that was told stays as it is',
      [event({ kind: 'closed', resolves: { ...resolves, again: ['low', 'high'] } })],
      ['info', 'medium'].map(
        severity => `ChokepointServerOpen ${severity} tools Deployment search 11-26T08:00 11-27T08:00`,
      ),
    ],
    [
      'of what is closed and was not told is one of the moment',
      [event({ kind: 'closed', severity: 'info' })],
      ['ChokepointClosed info tools Deployment search 11-27T08:00 11-27T09:05'],
    ],
  ])('%s', (_, events, alerts) => {
    expect(shown(...events)).toEqual(alerts);
  });
});

test('A CloudEvent has what it must have, and the events', () => {
  expect(cloudEvent(message(event()))).toEqual({
    specversion: '1.0',
    id: 'msg_1',
    source: 'chokepoint/recorder',
    type: 'dev.chokepoint.notification.v1',
    time: '2026-11-27T08:00:30.000Z',
    datacontenttype: 'application/json',
    data: {
      rule: 'all',
      title: 'Chokepoint: MCP server opened: Deployment tools/search',
      severity: 'high',
      events: [event()],
      more: 0,
    },
  });
});

/** A receiver of each kind, at a server of this machine. */
const receiverAt = (target: Target): ReturnType<typeof createReceiver> => {
  const allowed = specifiedByAny(['127.0.0.0/8']);
  const config: ReceiverConfig = {
    name: 'a',
    target,
    allowInsecure: true,
    allowed,
    fromNamespaces: false,
    giveUpAfterMs: 1,
  };
  return createReceiver(config, NO_ADDRESSES);
};

const keep = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('Any endpoint gets a signature that the standard’s way of verifying accepts, by each key', async () => {
  const server = await answeringServer();
  const keys = [Buffer.alloc(24, 1), Buffer.alloc(64, 2)];
  const secretFile = keep('keys', keys.map(key => `whsec_${key.toString('base64')}\n`).join(''));
  const receiver = await receiverAt({ kind: 'http', address: { urlFile: keep('url', `${server.url}\n`) }, secretFile });
  expect(await receiver.send(message(event()), 1_700_000_000_999)).toBe('200 ok');
  server.close();
  const { headers, body } = server.asked[0] ?? { headers: {} as Record<string, string>, body: '' };
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  expect([headers['webhook-id'], headers['webhook-timestamp'], headers['content-type']]).toEqual([
    'msg_1',
    '1700000000',
    'application/cloudevents+json',
  ]);
  expect(headers['webhook-signature']).toBe(
    keys.map(key => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' '),
  );
  expect(JSON.parse(body)).toEqual(cloudEvent(message(event())));
});

test.each<[what: string, text: string, message: string]>([
  ['too short', `whsec_${Buffer.alloc(23).toString('base64')}`, 'holds no key'],
  ['too long', `whsec_${Buffer.alloc(65).toString('base64')}`, 'holds no key'],
  ['of another form', 'secret', 'holds no key'],
  ['empty', ' \n', 'holds no secret'],
])('A key that is %s is told, and not what the file holds', async (what, text, told) => {
  const receiver = await receiverAt({
    kind: 'http',
    address: { url: 'http://127.0.0.1:1' },
    secretFile: keep(`bad-${what}`, text),
  });
  const error = await receiver.send(message(event()), 0).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain(told);
  expect(String(error)).not.toContain('secret'.padEnd(7, '!'));
});

describe('An address in a file', () => {
  test.each<[what: string, text: string, told: string]>([
    ['that is none', 'hooks.example', 'must be an address of https'],
    ['with a user', 'https://u:secretword@a', 'must hold no user'],
    ['of another protocol', 'ftp://a', 'must be an address of https'],
  ])('%s is told, without the address', async (what, text, told) => {
    const receiver = await receiverAt({ kind: 'slack', address: { urlFile: keep(`url-${what}`, text) } });
    const error = await receiver.send(message(event()), 0).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(told);
    expect(String(error)).not.toContain(text);
  });

  test('is read anew for each message', async () => {
    const [first, second] = [await answeringServer(), await answeringServer()];
    const urlFile = keep('moving', first.url);
    const receiver = await receiverAt({ kind: 'teams', address: { urlFile } });
    await receiver.send(message(event()), 0);
    writeFileSync(urlFile, second.url);
    await receiver.send(message(event()), 0);
    first.close();
    second.close();
    expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
  });
});

test('Alertmanager is asked below its address, wherever that is', async () => {
  const server = await answeringServer();
  for (const url of [server.url, `${server.url}am`, `${server.url}am/`]) {
    const receiver = await receiverAt({ kind: 'alertmanager', address: { url }, tokenFile: undefined });
    await receiver.send(message(event()), 0);
  }
  server.close();
  expect(server.asked.map(({ path }) => path)).toEqual(['/api/v2/alerts', '/am/api/v2/alerts', '/am/api/v2/alerts']);
});

test('Slack and Teams are sent JSON', async () => {
  const server = await answeringServer();
  for (const kind of ['slack', 'teams'] as const)
    await (await receiverAt({ kind, address: { url: server.url } })).send(message(event()), 0);
  server.close();
  expect(server.asked.map(({ headers, body }) => [headers['content-type'], Object.keys(JSON.parse(body))])).toEqual([
    ['application/json', ['text', 'link_names', 'parse', 'unfurl_links', 'unfurl_media', 'blocks']],
    ['application/json', ['type', 'attachments']],
  ]);
});
