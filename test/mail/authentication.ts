import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Answers Postfix who may sign in, by PLAIN alone, as a Dovecot would: the client's half of its authentication protocol, version 1.1
 * (https://doc.dovecot.org/main/core/developers/design/auth_protocol.html).
 */
export async function serveAuthentication(
  path: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Server> {
  const expected = Buffer.from(`\0${username}\0${password}`).toString('base64');
  const server = createServer(socket => {
    socket.write(
      'VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n',
    );
    socket.on('error', () => undefined);
    createInterface(socket).on('line', line => {
      const [command, id = '', , ...parameters] = line.split('\t');
      if (command !== 'AUTH') return;
      const isRight = parameters.includes(`resp=${expected}`);
      socket.write(isRight ? `OK\t${id}\tuser=${username}\n` : `FAIL\t${id}\tuser=${username}\n`);
    });
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  // Postfix connects as a user of its own.
  chmodSync(path, 0o666);
  return server;
}
