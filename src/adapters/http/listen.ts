import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { GateError } from '../../errors.ts';

/** Listens, and resolves to the port. Rejects with a GateError where it cannot. */
export async function listen(
  app: FastifyInstance<never> | FastifyInstance,
  host: string,
  port: number,
): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw new GateError('cannot-listen', `cannot listen on ${host} port ${port}: ${String(cause)}`, { cause });
  }
  return (app.server.address() as AddressInfo).port;
}
