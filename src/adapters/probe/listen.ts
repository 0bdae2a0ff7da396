import { createServer } from 'node:net';
import { GateError, messageOf } from '../../errors.ts';
import { GREETING } from './connect.ts';

/** Greets whoever connects to one of the ports of any address, of both families where there are both. Resolves never; rejects with a GateError where it cannot listen. */
export const listen = (ports: readonly number[]): Promise<never> => Promise.race(ports.map(listenOn));

function listenOn(port: number): Promise<never> {
  return new Promise((_, reject) => {
    const server = createServer(socket => {
      socket.on('error', () => undefined);
      socket.end(GREETING);
    });
    server.on('error', cause =>
      reject(new GateError('cannot-listen', `port ${port} cannot be listened on: ${messageOf(cause)}`, { cause })),
    );
    server.listen(port);
  });
}
