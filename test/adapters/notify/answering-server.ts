import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server was asked. */
export interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server of this machine. */
export interface AnsweringServer {
  /** Its address, with a slash at the end. */
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): void;
}

/** Starts a server on loopback that answers each request as it is told. */
export async function answeringServer(
  answer: (response: ServerResponse, asked: Asked, count: number) => void = response => response.end('ok'),
): Promise<AnsweringServer> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const one = { method, path, headers, body: Buffer.concat(pieces).toString() };
      asked.push(one);
      answer(response, one, asked.length);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
