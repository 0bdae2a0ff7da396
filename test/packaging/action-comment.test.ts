import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLOSED, CONFIG, OPEN, SERVER } from '../cli/manifests.ts';
import { BUNDLE } from '../cli/run.ts';
import { type ActionFolder, actionFolder, checkoutOf } from './action-folder.ts';
import { type Job, runAction } from './action-runner.ts';

interface Comment {
  readonly id: number;
  readonly user: { readonly type: string };
  body: string;
}

/** The comments of one pull request, as the API of GitHub gives and takes them. */
class Comments {
  readonly all: Comment[] = [];
  readonly asked: string[] = [];
  readonly #server: Server;

  /** `status`: of every answer. */
  constructor(status = 200) {
    this.#server = createServer(async (request, response) => {
      this.asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      const answer = await this.#answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    if (request.method === 'GET') return this.all;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { body } = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    const id = Number(/comments\/(\d+)$/.exec(request.url ?? '')?.[1]);
    const known = this.all.find(one => one.id === id);
    if (known === undefined) this.all.push({ id: this.all.length + 1, user: { type: 'Bot' }, body });
    else known.body = body;
    return {};
  }

  start(): Promise<string> {
    return new Promise(resolve => {
      this.#server.listen(0, '127.0.0.1', () => {
        const { port } = this.#server.address() as AddressInfo;
        resolve(`http://127.0.0.1:${port}`);
      });
    });
  }

  stop(): void {
    this.#server.close();
  }
}

let at: ActionFolder;
let comments: Comments;
beforeEach(() => {
  at = actionFolder();
  comments = new Comments();
});
afterEach(() => {
  comments.stop();
  at.remove();
});

const run = (api: string, base: string, inputs: Readonly<Record<string, string>> = {}, github = {}): Promise<Job> =>
  runAction(
    at.folder,
    { paths: 'm', comment: 'true', category: 'chokepoint', ...inputs },
    {
      done: { install: { program: BUNDLE } },
      github: {
        ...{ token: 'secret', api_url: api, repository: 'owner/name' },
        ...{ 'event.pull_request.base.sha': base, 'event.pull_request.number': '7', ...github },
      },
    },
  );

const pull = (): string =>
  checkoutOf(at, {
    base: { 'chokepoint.yaml': CONFIG, 'm/a.yaml': [SERVER, CLOSED].join('---\n') },
    head: { 'chokepoint.yaml': CONFIG, 'm/a.yaml': [SERVER, CLOSED, OPEN].join('---\n') },
  });

test('A pull request is told in a comment what it newly opens, and a later run updates it', async () => {
  const api = await comments.start();
  comments.all.push({ id: 1, user: { type: 'User' }, body: '<!-- chokepoint chokepoint -->\nforged' });
  const base = pull();
  const job = await run(api, base);
  expect([job.log, job.isFailed]).toEqual([job.log, true]);
  expect(comments.all).toHaveLength(2);
  expect(comments.all[1]?.body).toMatch(
    /^<!-- chokepoint chokepoint -->\n### Chokepoint: [\s\S]*\*\*Newly open\*\*\n\n- all pods in every namespace can reach Deployment shop\/orders/,
  );
  at.write('workspace/m/a.yaml', [SERVER, CLOSED].join('---\n'));
  expect((await run(api, base)).isFailed).toBe(false);
  expect(comments.all).toHaveLength(2);
  expect(comments.all[1]?.body).toContain('Nothing reaches anything that it did not reach before.');
  expect(comments.asked.every(one => one.endsWith('Bearer secret'))).toBe(true);
});

test.each([
  ['nothing asks for it', { comment: 'false' }, {}],
  ['the pull request is from a fork', {}, { 'event.pull_request.head.repo.fork': 'true' }],
  ['it is no pull request', {}, { 'event.pull_request.number': '' }],
])('No comment is written where %s', async (_, inputs, github) => {
  const api = await comments.start();
  await run(api, pull(), inputs, github);
  expect(comments.asked).toEqual([]);
});

test('Where it may not be written, that is said, and the verdict stays', async () => {
  comments = new Comments(403);
  const api = await comments.start();
  const job = await run(api, pull());
  expect(job.log).toMatch(
    /::warning::the comment could not be written, which needs pull-requests: write: .*status 403/,
  );
  expect(job.isFailed).toBe(true);
});
