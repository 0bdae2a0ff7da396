import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { type HandedLines, readHandedLines } from '../../app/notify/handed-lines.ts';
import { GateError } from '../../errors.ts';

/** What a recorder does with lines that other processes of its Pod ask it for, or hand to it. */
export interface LineSocketOptions {
  /** Lines of its own record, after those of a mark. `undefined`: it hands none over. */
  give(mark: string): HandedLines | undefined;
  /** Lines of others' records: in its queue, on the disk, once it returns. */
  take(lines: readonly string[]): void;
}

/** A MiB of lines of each of some Pods. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Longest path that a socket has on every system, in bytes. */
const MOST_PATH = 103;
const OWNER_ONLY = 0o600;

function buildServer({ give, take }: LineSocketOptions): FastifyInstance<Server> {
  const app = Fastify({ logger: false, bodyLimit: MOST_BYTES, requestTimeout: 15_000 });
  app.get<{ Querystring: Readonly<Record<string, unknown>> }>('/lines', (request, reply) => {
    const handed = give(String(request.query.mark ?? ''));
    return handed ?? reply.code(404).send();
  });
  app.post('/lines', (request, reply) => {
    const handed = readHandedLines(request.body);
    if (handed === undefined) return reply.code(400).send();
    take(handed.lines);
    return reply.code(204).send();
  });
  return app;
}

/** Listens on a socket of the file system, for the owner of this process alone. Resolves to what ends it. Rejects with a GateError where it cannot. */
export async function listenForLines(path: string, options: LineSocketOptions): Promise<() => Promise<void>> {
  if (Buffer.byteLength(path) > MOST_PATH)
    throw new GateError('cannot-listen', `the path of a socket must not be longer than ${MOST_PATH} bytes: ${path}`);
  const app = buildServer(options);
  try {
    // Of a recorder that was killed.
    rmSync(path, { force: true });
    await app.listen({ path });
    chmodSync(path, OWNER_ONLY);
  } catch (cause) {
    await app.close();
    throw new GateError('cannot-listen', `cannot listen on ${path}: ${String(cause)}`, { cause });
  }
  return () => app.close();
}
