import type { AddressInfo } from 'node:net';
import { GateError } from '../../errors.ts';

/** A Fastify server, over whatever it is built. */
interface Listening {
  listen(options: { readonly host: string; readonly port: number }): Promise<string>;
  readonly server: { address(): AddressInfo | string | null };
}

/** Listens, and resolves to the port. Rejects with a GateError where it cannot. */
export async function listen(app: Listening, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw new GateError('cannot-listen', `cannot listen on ${host} port ${port}: ${String(cause)}`, { cause });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
