import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openNotifyQueue } from '../../src/adapters/notify/queue.ts';
import { type AnsweringServer, answeringServer } from '../adapters/notify/answering-server.ts';
import { event } from '../app/notify/events.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
let server: AnsweringServer;
let status = 200;
beforeEach(async () => {
  folder = temporaryFolder();
  status = 200;
  server = await answeringServer(response => response.writeHead(status).end('it is read'));
  folder.write('url', server.url);
  folder.write('recorder.yaml', config());
});
afterEach(() => {
  server.close();
  folder.remove();
});

const config = (
  receiver = `allowInsecure: true, allowAddresses: [127.0.0.0/8]`,
): string => `apiVersion: chokepoint.dev/v1alpha1
kind: RecorderConfig
spec:
  notifications:
    receivers:
    - {name: platform, slack: {urlFile: ${join(folder.path, 'url')}}, ${receiver}}
    rules:
    - {name: all, to: [platform]}
`;

describe('notify test', () => {
  const run = (name = 'platform') => folder.run(['notify', 'test', name, '--config', 'recorder.yaml']);

  test('sends a message that says what it is, and prints what was answered', async () => {
    expect(await run()).toEqual({ status: 0, stdout: 'platform answered: 200 it is read\n', stderr: '' });
    expect(JSON.parse(server.asked[0]?.body ?? '').text).toBe('Chokepoint: test message: Receiver platform');
  });

  test('ends with 1 where it is not taken, and says why', async () => {
    status = 404;
    expect(await run()).toEqual({
      status: 1,
      stdout: '',
      stderr: `platform did not take the message: ${new URL(server.url).host} answered 404 it is read\n`,
    });
  });

  test('connects to no address of the inside, unless it is allowed', async () => {
    folder.write('recorder.yaml', config('allowInsecure: true'));
    const { status: ended, stderr } = await run();
    expect([ended, server.asked.length]).toEqual([1, 0]);
    expect(stderr).toContain('127.0.0.1 is at 127.0.0.1, which no message is sent to: allowAddresses can allow it');
  });

  test.each<[what: string, name: string, text: string | undefined, message: string]>([
    ['there is no receiver of the name', 'other', undefined, 'has no receiver "other": it has platform'],
    [
      'there are no notifications',
      'platform',
      'kind: RecorderConfig\napiVersion: chokepoint.dev/v1alpha1\nspec: {sinks: [{name: a, stdout: {}}]}\n',
      'it has none',
    ],
    ['the configuration cannot be used', 'platform', 'kind: RecorderConfig\nspec: {}\n', 'recorder.yaml:1:'],
  ])('ends with 2 where %s', async (_, name, text, message) => {
    if (text !== undefined) folder.write('recorder.yaml', text);
    const { status: ended, stderr } = await run(name);
    expect(ended).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('notify dead', () => {
  const FILE = 'record.jsonl.notify';
  const run = (...args: readonly string[]) => folder.run(['notify', 'dead', '--record', 'record.jsonl', ...args]);
  const giveUp = (): void => {
    const queue = openNotifyQueue(join(folder.path, FILE));
    queue.atomically(() =>
      queue.add({ rule: 'all', receiver: 'platform', group: '', dueMs: 0, isCounted: false, event: event() }),
    );
    queue.release(0);
    const id = queue.next('platform', 0)?.message.id ?? '';
    queue.failed(id, 1);
    queue.giveUp(id, Date.parse('2026-11-27T08:00:00Z'), 'hooks.example answered 410 no_service');
    queue.close();
  };

  test('lists what was given up, and why', async () => {
    giveUp();
    expect(await run()).toEqual({
      status: 0,
      stdout: `2026-11-27T08:00:00.000Z  platform  Chokepoint: MCP server opened: Deployment tools/search
  given up after 2 attempts: hooks.example answered 410 no_service
1 message given up
`,
      stderr: '',
    });
    const { items } = JSON.parse((await run('--output', 'json')).stdout);
    expect(items).toMatchObject([
      {
        rule: 'all',
        receiver: 'platform',
        created: '1970-01-01T00:00:00.000Z',
        givenUp: '2026-11-27T08:00:00.000Z',
        attempts: 2,
        events: [event()],
      },
    ]);
  });

  test('has it wait again', async () => {
    giveUp();
    expect((await run('--send-again')).stdout).toContain('1 message put back into the queue');
    expect((await run()).stdout).toBe('0 messages given up\n');
    const queue = openNotifyQueue(join(folder.path, FILE));
    expect(queue.length('platform')).toBe(1);
    queue.close();
  });

  test('ends with 2 where there is no queue, and makes none', async () => {
    const { status: ended, stderr } = await run();
    expect(ended).toBe(2);
    expect(stderr).toContain('there is no record.jsonl.notify');
    expect((await run()).status).toBe(2);
  });
});
