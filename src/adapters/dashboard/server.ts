import type { Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Dashboard } from '../../app/dashboard/keep.ts';
import { createEventStreams } from './event-streams.ts';
import { type DashboardPlace, refusalOf } from './guard.ts';

/** A page that is served. */
interface ServedPage {
  readonly html: string;
  /** Content Security Policy of it, for its header. */
  readonly securityPolicy: string;
}

export interface DashboardServerOptions {
  readonly page: ServedPage;
  readonly dashboard: Pick<Dashboard, 'current' | 'standing' | 'follow'>;
  /** Asked at each request: the port is not known before it listens. */
  readonly place: () => DashboardPlace;
}

/** Milliseconds in which a whole request must have arrived: it is a line and some headers. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Connections at a time; a browser keeps up to six beside its stream. */
const MAX_CONNECTIONS = 256;

/** Nothing is kept, framed, guessed at, or given to a page of another origin. No header lets another origin in: there is no CORS. */
const headersFor = (securityPolicy: string): Readonly<Record<string, string>> => ({
  'cache-control': 'no-store',
  'content-security-policy': securityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

function addRoutes<Raw extends Server | HttpsServer>(
  app: FastifyInstance<Raw>,
  { page, dashboard, place }: DashboardServerOptions,
): void {
  const streams = createEventStreams(dashboard);
  const headers = headersFor(page.securityPolicy);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    const refusal = refusalOf(request, place());
    if (refusal === undefined) done();
    else void reply.code(refusal.status).type('text/plain').send(`${refusal.reason}\n`);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('there is no such page\n'));
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page.html));
  app.get('/model', (_request, reply) => {
    const model = dashboard.current();
    if (model === undefined) return reply.code(404).type('text/plain').send('nothing has been judged yet\n');
    return reply.header('etag', `"${model.version}"`).type('application/json').send(model.text);
  });
  app.get<{ Querystring: { readonly id?: unknown } }>('/server', async ({ query: { id } }, reply) => {
    const detail = typeof id === 'string' ? await dashboard.current()?.detail(id) : undefined;
    if (detail === undefined) return reply.code(404).type('text/plain').send('there is no such server\n');
    return reply.type('application/json').send(detail);
  });
  app.get('/events', (_request, reply) => {
    reply.hijack();
    for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
    if (!streams.open(reply.raw)) reply.raw.writeHead(503, { 'content-type': 'text/plain' }).end('too many pages\n');
  });
  app.addHook('preClose', done => {
    streams.closeAll();
    done();
  });
}

const OPTIONS = {
  logger: false,
  requestTimeout: REQUEST_TIMEOUT_MS,
  exposeHeadRoutes: false,
  forceCloseConnections: true,
} as const;

/**
 * The dashboard over plain HTTP, for a loopback address, not yet listening: the page, the model and the details of each server as JSON, and a stream that says when there is another
 * one. Nothing can be changed by it.
 */
export function buildDashboardServer(options: DashboardServerOptions): FastifyInstance<Server> {
  const app = Fastify(OPTIONS);
  app.server.maxConnections = MAX_CONNECTIONS;
  addRoutes(app, options);
  return app;
}

/** The same over HTTPS, for a proxy. `tls`: it asks for a certificate of the proxy. */
export function buildProxiedDashboardServer(
  tls: TlsOptions,
  options: DashboardServerOptions,
): FastifyInstance<HttpsServer> {
  const app = Fastify({ ...OPTIONS, https: tls });
  app.server.maxConnections = MAX_CONNECTIONS;
  addRoutes(app, options);
  return app;
}
