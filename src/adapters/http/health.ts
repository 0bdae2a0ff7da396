import type { Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { HealthCheck } from '../../app/health.ts';

export interface HealthOptions {
  /** By name: `world`, `policy`, `certificate`, `drain`. */
  readonly checks: () => Readonly<Record<string, HealthCheck>>;
  /** The metrics as Prometheus reads them. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * Probes and metrics in plain HTTP, for a port of their own.
 * `/healthz` says that the process answers, no more: a slow gate that is restarted is slower still. `/readyz` says whether it should be asked.
 */
export function buildHealthServer({ checks, metrics }: HealthOptions): FastifyInstance<Server> {
  const app = Fastify({ logger: false, requestTimeout: 15_000 });
  app.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok'));
  app.get('/readyz', (_request, reply) => {
    const found = checks();
    const ready = Object.values(found).every(check => check.ok);
    return reply.code(ready ? 200 : 503).send({ ready, checks: found });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics();
    return reply.type(contentType).send(text);
  });
  return app;
}
