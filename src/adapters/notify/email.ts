import { connect, isIP, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { EmailTarget, ReceiverConfig } from '../../app/notify/config.ts';
import { type Message, type Receiver, SendError } from '../../app/notify/ports.ts';
import type { AddressLimits } from '../../app/notify/refused-addresses.ts';
import { paragraphsOf, titleOf } from '../../app/notify/text.ts';
import { cutText, visibleText } from '../../core/visible-text.ts';
import { messageOf } from '../../errors.ts';
import { pinned } from './post.ts';
import { resolveHost } from './resolve.ts';
import { readSecret } from './secret-file.ts';

/** Milliseconds. */
const TIMEOUT = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 30_000 } as const;
const MOST_ANSWER_BYTES = 64 * 1024;
const MOST_TOLD = 200;

const LIMITS = { title: 200, event: 4_000, all: 200_000, events: 100 } as const;

const HTML: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
  ['\n', '<br>'],
]);

const escaped = (text: string): string => text.replace(/[&<>"'\n]/g, character => HTML.get(character) ?? '');

/** The texts of a mail. The subject is one line: nothing in it can begin another header. */
export function mailTexts(message: Message): {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
} {
  const subject = titleOf(message, LIMITS.title);
  const paragraphs = paragraphsOf(message, LIMITS, text => text);
  return {
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html><html><body>${paragraphs.map(text => `<p>${escaped(text)}</p>`).join('\n')}</body></html>`,
  };
}

/** Connects to one of the addresses of the host that were found once. */
async function connected({ host, port }: EmailTarget, limits: AddressLimits): Promise<Socket> {
  const lookup = pinned(await resolveHost(host, limits));
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup, autoSelectFamily: true });
    const fail = (cause: Error): void => {
      socket.destroy();
      reject(new SendError(`${host}: ${cause.message}`, false, undefined, { cause }));
    };
    socket.setTimeout(TIMEOUT.connectionTimeout, () => fail(new Error('it does not answer')));
    // It stays: a connection may break before anybody else listens.
    socket.on('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

async function loginOf({ login }: EmailTarget): Promise<{ readonly user: string; readonly pass: string } | undefined> {
  return login && { user: login.username, pass: await readSecret(login.passwordFile) };
}

/** Status of an answer of SMTP. 5xx is the server's last word (RFC 5321, 4.2.1), but about who signs in, and about TLS, which are mended here. */
function isFinal(error: unknown): boolean {
  const { responseCode, code } = error as { readonly responseCode?: unknown; readonly code?: unknown };
  const isOurs = code === 'EAUTH' || code === 'ETLS';
  return typeof responseCode === 'number' && responseCode >= 500 && !isOurs;
}

async function sendMail(
  target: EmailTarget,
  isSafe: boolean,
  limits: AddressLimits,
  message: Message,
): Promise<string> {
  const { host, port, implicitTls, from, to } = target;
  const login = await loginOf(target);
  const connection = await connected(target, limits);
  const transport = createTransport({
    ...{ host, port, connection, secure: implicitTls, ...TIMEOUT },
    // Certificates are held against the name, not against the address that it was resolved to.
    ...(isIP(host) === 0 && { servername: host }),
    // A password never travels in the clear.
    requireTLS: isSafe || login !== undefined,
    maxResponseSize: MOST_ANSWER_BYTES,
    tls: { minVersion: 'TLSv1.2' },
    ...(login && { auth: login }),
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
  });
  try {
    const { response, rejected } = await transport.sendMail({
      ...{ from, to: [...to], ...mailTexts(message) },
      messageId: `<${message.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    const others = rejected.length === 0 ? '' : `; it does not take mail for ${rejected.join(', ')}`;
    return cutText(visibleText(`${response}${others}`), MOST_TOLD);
  } finally {
    transport.close();
    connection.destroy();
  }
}

/** Mail by SMTP, over a connection to what the name of the host was resolved to once. */
export function createEmailReceiver(
  target: EmailTarget,
  { allowInsecure }: ReceiverConfig,
  limits: AddressLimits,
): Receiver {
  return {
    send: async message => {
      try {
        return await sendMail(target, !allowInsecure, limits, message);
      } catch (cause) {
        if (cause instanceof SendError) throw cause;
        const said = cutText(visibleText(messageOf(cause)), MOST_TOLD);
        throw new SendError(`${target.host}: ${said}`, isFinal(cause), undefined, { cause });
      }
    },
  };
}
