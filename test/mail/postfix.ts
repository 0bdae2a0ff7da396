import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../control-plane/eventually.ts';
import { createAuthority, serverPair } from '../control-plane/pki.ts';
import { serveAuthentication } from './authentication.ts';

/** Debian's Postfix on loopback, with a configuration, a queue and mailboxes of its own: nothing of the machine's is read or changed. It needs root. */

/** Whom it knows. */
export const LOGIN = { username: 'chokepoint@example.com', password: 'correct horse battery staple' } as const;

export interface Postfix {
  /** STARTTLS is offered here, and is asked for before a login. */
  readonly port: number;
  /** No TLS here. */
  readonly plainPort: number;
  /** TLS from the beginning. */
  readonly tlsPort: number;
  /** PEM: signs its certificate, which is for `localhost`. */
  readonly authority: string;
  /** Mails that have arrived, as they were delivered. */
  mails(): readonly string[];
  /** Begins to take mail, or ends it: who connects meanwhile is refused. */
  start(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

const idOf = (option: '-u' | '-g', name: string): number =>
  Number(execFileSync('id', [option, name], { encoding: 'utf8' }));

/** Services that Postfix is made of, as master(5) lists them; none in a chroot. */
const masterText = (smtpd: readonly string[]): string => `${smtpd.join('\n')}
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
tlsmgr    unix - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
`;

const mainText = (
  folder: string,
  user: { readonly uid: number; readonly gid: number },
): string => `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = ${folder}/mail.log
maillog_file_prefixes = ${folder}
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.1/32
alias_maps =
alias_database =
virtual_mailbox_domains = example.com
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 1
virtual_uid_maps = static:${user.uid}
virtual_gid_maps = static:${user.gid}
smtpd_tls_cert_file = ${folder}/cert.pem
smtpd_tls_key_file = ${folder}/key.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${folder}/authentication
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
message_size_limit = 1048576
`;

/** Writes what Postfix reads. */
function prepare(folder: string, ports: readonly [starttls: number, plain: number, tls: number]): string {
  const user = { uid: idOf('-u', 'postfix'), gid: idOf('-g', 'postfix') };
  for (const name of ['etc', 'queue', 'data', 'mail']) mkdirSync(join(folder, name));
  for (const name of ['data', 'mail']) chownSync(join(folder, name), user.uid, user.gid);
  chmodSync(folder, 0o755);
  const authority = createAuthority();
  const { cert, key } = serverPair(authority, ['localhost']);
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 });
  const login = '-o smtpd_sasl_auth_enable=yes -o smtpd_sasl_security_options=noanonymous -o smtpd_tls_auth_only=yes';
  const [starttls, plain, tls] = ports;
  const smtpd = [
    `127.0.0.1:${starttls} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt ${login}`,
    `127.0.0.1:${plain} inet n - n - - smtpd`,
    `127.0.0.1:${tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes ${login} -o smtpd_client_restrictions=permit_sasl_authenticated,reject`,
  ];
  writeFileSync(join(folder, 'etc', 'main.cf'), mainText(folder, user));
  writeFileSync(join(folder, 'etc', 'master.cf'), masterText(smtpd));
  return authority.cert;
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** Makes a mail server, which does not run yet. */
export async function createPostfix(): Promise<Postfix> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-postfix-'));
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const authority = prepare(folder, ports);
  const config = ['-c', join(folder, 'etc')];
  const authentication = await serveAuthentication(join(folder, 'authentication'), LOGIN);
  let ended: Promise<unknown> | undefined;
  const stop = async (): Promise<void> => {
    if (ended === undefined) return;
    execFileSync('postfix', [...config, 'stop'], { stdio: 'ignore' });
    await ended;
    ended = undefined;
  };
  return {
    port: ports[0],
    plainPort: ports[1],
    tlsPort: ports[2],
    authority,
    mails: () => {
      const inbox = join(folder, 'mail', 'inbox', 'new');
      return existsSync(inbox)
        ? readdirSync(inbox)
            .sort()
            .map(name => readFileSync(join(inbox, name), 'utf8'))
        : [];
    },
    start: async () => {
      const child = spawn('postfix', [...config, 'start-fg'], { stdio: 'ignore' });
      ended = new Promise(resolve => child.once('exit', resolve));
      await eventually('Postfix takes mail', () => accepts(ports[1]));
    },
    stop,
    remove: async () => {
      await stop();
      authentication.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
