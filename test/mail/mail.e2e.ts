import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fields } from '../app/audit-query/lines.ts';
import { PROGRAM } from '../cli/run.ts';
import { eventually } from '../control-plane/eventually.ts';
import { writeRecorderConfig } from '../support/recorder-config.ts';
import { createPostfix, LOGIN, type Postfix } from './postfix.ts';

/** Mail by Debian's Postfix, and by the program in processes of its own. */

let postfix: Postfix;
beforeAll(async () => {
  postfix = await createPostfix();
  await postfix.start();
});
afterAll(() => postfix?.remove());

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-mail-'));
  writeFileSync(join(folder, 'ca.pem'), postfix.authority);
  writeFileSync(join(folder, 'password'), `${LOGIN.password}\n`);
  writeFileSync(join(folder, 'wrong'), 'wrong');
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const LOGS_IN = (): string => `username: ${LOGIN.username}, passwordFile: ${join(folder, 'password')}`;

function configure(email: string, more = '', to = 'security@example.com'): void {
  const addresses = `from: chokepoint@example.com, to: ["${to}"]`;
  writeRecorderConfig(
    folder,
    `{name: mail, email: {host: localhost, ${addresses}, ${email}}, allowAddresses: [127.0.0.0/8, "::1/128"]${more}}`,
    '{name: all, to: [mail], groupBy: [server], groupSeconds: 0, events: [refused]}',
  );
}

const env = (): NodeJS.ProcessEnv => ({ ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') });

/** `notify test`: its status, and what it said. */
const tried = (given: NodeJS.ProcessEnv = env()): Promise<string> =>
  new Promise(resolve => {
    const args = [PROGRAM, 'notify', 'test', 'mail', '--config', 'recorder.yaml'];
    execFile(process.execPath, args, { cwd: folder, env: given }, (error, stdout, stderr) =>
      resolve(`${error?.code ?? 0} ${stdout}${stderr}`.trim()),
    );
  });

const arrived = (count: number): Promise<readonly string[]> =>
  eventually(`${count} mails`, () => (postfix.mails().length >= count ? postfix.mails() : undefined), {
    timeoutMs: 60_000,
  });

const headerOf = (mail: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(mail.split('\n\n')[0] ?? '')?.[1];

test('A mail arrives by STARTTLS, with what a mail must have', async () => {
  configure(`port: ${postfix.port}`);
  expect(await tried()).toMatch(/^0 mail answered: 250 2\.0\.0 Ok: queued as \w+$/);
  const mail = (await arrived(1)).at(-1) ?? '';
  expect(['From', 'To', 'Subject', 'Auto-Submitted', 'MIME-Version'].map(name => headerOf(mail, name))).toEqual([
    'chokepoint@example.com',
    'security@example.com',
    'Chokepoint: test message: Receiver mail',
    'auto-generated',
    '1.0',
  ]);
  expect(headerOf(mail, 'Message-ID')).toMatch(/^<msg_[0-9a-f]{32}@example\.com>$/);
  expect(mail).toContain('with ESMTPS');
  expect(mail).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/);
});

test('Who signs in does so by STARTTLS, and by TLS from the beginning', async () => {
  configure(`port: ${postfix.port}, ${LOGS_IN()}`);
  const before = postfix.mails().length;
  expect(await tried()).toMatch(/^0 mail answered: 250/);
  configure(`port: ${postfix.tlsPort}, implicitTLS: true, ${LOGS_IN()}`);
  expect(await tried()).toMatch(/^0 mail answered: 250/);
  const [first = '', second = ''] = (await arrived(before + 2)).slice(before);
  expect([first, second].every(mail => mail.includes('with ESMTPSA'))).toBe(true);
});

test.each<[what: string, email: () => string, more: string, says: RegExp]>([
  [
    'with a wrong password',
    () => `port: ${postfix.port}, username: ${LOGIN.username}, passwordFile: ${join(folder, 'wrong')}`,
    '',
    /^1 mail did not take the message: localhost: Invalid login: 535/,
  ],
  ['without a login where one is asked for', () => `port: ${postfix.tlsPort}, implicitTLS: true`, '', /554 5\.7\.1/],
  ['without TLS', () => `port: ${postfix.plainPort}`, '', /^1 .*(STARTTLS|TLS)/],
  [
    'with a password and without TLS, whatever is allowed',
    () => `port: ${postfix.plainPort}, ${LOGS_IN()}`,
    ', allowInsecure: true',
    /^1 .*(STARTTLS|TLS)/,
  ],
])('A mail is not sent %s', async (_, email, more, says) => {
  configure(email(), more);
  const before = postfix.mails().length;
  expect(await tried()).toMatch(says);
  expect(postfix.mails().length).toBe(before);
});

test('A mail is not sent to a server whose certificate nobody knows, nor to one of another name', async () => {
  configure(`port: ${postfix.port}`);
  expect(await tried(process.env)).toMatch(/^1 .*(self-signed|unable to verify|unable to get)/);
  writeFileSync(join(folder, 'recorder.yaml'), configurationAt('127.0.0.1'));
  expect(await tried()).toMatch(/^1 .*(altnames|does not match)/);
});

const configurationAt = (host: string): string => `apiVersion: chokepoint.dev/v1alpha1
kind: RecorderConfig
spec:
  notifications:
    receivers:
    - {name: mail, email: {host: ${host}, port: ${postfix.port}, from: a@example.com, to: [b@example.com]}, allowAddresses: [127.0.0.0/8]}
    rules: [{name: all, to: [mail]}]
`;

test('A mail goes without TLS where that is allowed', async () => {
  configure(`port: ${postfix.plainPort}`, ', allowInsecure: true');
  const before = postfix.mails().length;
  expect(await tried()).toMatch(/^0 mail answered: 250/);
  expect((await arrived(before + 1)).at(-1)).toContain('with ESMTP ');
});

test('A mail to somebody whom the server does not know is told', async () => {
  configure(`port: ${postfix.plainPort}`, ', allowInsecure: true', 'somebody@elsewhere.example');
  expect(await tried()).toMatch(/^1 mail did not take the message: .*554 5\.7\.1/);
});

test('Of 60 mails none is lost, though the mail server is stopped and the recorder killed meanwhile', async () => {
  const COUNT = 60;
  configure(`port: ${postfix.port}`);
  const before = postfix.mails().length;
  const line = (seq: number): string =>
    `${JSON.stringify(fields({ seq, allowed: false, servers: [{ kind: 'Deployment', namespace: 'tools', name: `server-${seq}` }] }))}\n`;
  const start = (): ChildProcess => {
    const args = [PROGRAM, 'recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0'];
    const child = spawn(process.execPath, args, { cwd: folder, env: env(), stdio: 'ignore' });
    running.push(child);
    return child;
  };
  for (let round = 0; round < 3; round += 1) {
    const child = start();
    for (let index = 1; index <= COUNT / 3; index += 1)
      appendFileSync(join(folder, 'record.jsonl'), line((round * COUNT) / 3 + index));
    await new Promise(resolve => setTimeout(resolve, 1500 + Math.random() * 1000));
    if (round === 1) await postfix.stop();
    child.kill('SIGKILL');
    if (round === 2) await postfix.start();
  }
  const child = start();
  const named = (): Set<string> =>
    new Set(
      postfix
        .mails()
        .slice(before)
        .flatMap(mail => headerOf(mail, 'Subject')?.match(/server-\d+/) ?? []),
    );
  await eventually('all mails', () => (named().size === COUNT ? true : undefined), { timeoutMs: 90_000 });
  child.kill('SIGTERM');
  // A mail that came twice bears the id that it had before.
  const ids = new Set(
    postfix
      .mails()
      .slice(before)
      .map(mail => headerOf(mail, 'Message-ID')),
  );
  expect(ids.size).toBe(COUNT);
}, 180_000);
