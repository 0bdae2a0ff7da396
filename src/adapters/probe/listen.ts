import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { TriedPort } from '../../app/probe/attempts.ts';
import { GateError, messageOf } from '../../errors.ts';
import { GREETING } from './connect.ts';

/** Greets whoever connects to one of the ports of any address, or sends something there, of both families where there are both. Resolves never; rejects with a GateError where it cannot listen. */
export const listen = (ports: readonly TriedPort[]): Promise<never> =>
  Promise.race(
    ports.flatMap(({ number, protocol }) =>
      protocol === 'UDP' ? [answerOn(number, 'udp4'), answerOn(number, 'udp6')] : listenOn(number),
    ),
  );

const cannotListen = (port: string, cause: unknown): GateError =>
  new GateError('cannot-listen', `port ${port} cannot be listened on: ${messageOf(cause)}`, { cause });

function listenOn(port: number): Promise<never> {
  return new Promise((_, reject) => {
    const server = createServer(socket => {
      socket.on('error', () => undefined);
      socket.end(GREETING);
    });
    server.on('error', cause => reject(cannotListen(`${port}`, cause)));
    server.listen(port);
  });
}

function answerOn(port: number, type: 'udp4' | 'udp6'): Promise<never> {
  return new Promise((_, reject) => {
    const socket = createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('message', (_message, { port: from, address }) => socket.send(GREETING, from, address, () => undefined));
    socket.on('error', cause => {
      // There may be no IPv6 on the machine.
      if (type === 'udp4') reject(cannotListen(`${port}/UDP`, cause));
    });
    socket.bind(port);
  });
}
