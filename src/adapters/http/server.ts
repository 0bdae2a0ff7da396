import type { Server } from 'node:https';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AdmissionTelemetry } from '../../app/admission/ports.ts';
import { refuse } from '../../app/admission/response.ts';
import type { AdmissionResponse, Review } from '../../app/admission/review.ts';
import type { Ring } from '../../app/witness/ring.ts';
import { visibleText } from '../../core/visible-text.ts';
import { type BodyLimits, BodyRefused, createBodyReader, parseBody } from './body.ts';
import { type ServedTls, tlsOptions } from './certificate.ts';
import { limitConnections } from './connections.ts';
import { createKnownBodies, type KnownBodies } from './known-bodies.ts';
import { type DecodedReview, decodeReview, encodeResponse } from './review.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** When the answer must be there, on the server's clock. */
    deadlineMs: number;
  }
}

/** Judges reviews: the use case behind the server. `deadlineMs`: when the answer must be there, on the server's clock. Never rejects. */
type Reviewer = (review: Review, deadlineMs: number) => Promise<AdmissionResponse>;

/** What the controller asks for: what was put on record last, and the lines that are to be told. */
export interface RecordedEndpoint {
  /** Whether a token is our own controller's. Never rejects. */
  isController(token: string): Promise<boolean>;
  readonly ring: Pick<Ring, 'since'>;
  /** Lines of the record after those of a mark, as JSON: the recorder beside this process answers. Rejects where there is none that notifies. */
  lines(mark: string): Promise<string>;
}

export interface AdmissionServerOptions {
  readonly validate: Reviewer;
  readonly mutate: Reviewer;
  readonly observe: Reviewer;
  /** Absent: there is no such endpoint. */
  readonly recorded?: RecordedEndpoint | undefined;
  readonly tls: ServedTls;
  readonly telemetry: AdmissionTelemetry;
  /** Milliseconds on a clock that never goes back; the reviewers' own. */
  readonly nowMs: () => number;
  readonly limits?: Partial<ServerLimits>;
}

export interface ServerLimits extends BodyLimits {
  /** Milliseconds in which a whole request must have arrived. */
  readonly requestTimeoutMs: number;
  /** Milliseconds between looks for requests that take too long. */
  readonly checkIntervalMs: number;
  /** Most connections at a time, those that shake hands included. */
  readonly maxConnections: number;
}

const MIB = 1024 * 1024;

/** The API server closes idle connections after 90 s (Go's http.DefaultTransport); ours must stay longer, or a request meets a closed socket. */
const KEEP_ALIVE_MS = 110_000;
/** Milliseconds kept back of the API server's timeout, for the way back. */
const DEADLINE_MARGIN_MS = 500;
const DEFAULT_TIMEOUT_S = 10;
const MAX_TIMEOUT_S = 30;

const DEFAULT_LIMITS: ServerLimits = {
  // Two objects of up to 3 MiB as JSON, and the envelope (controller-runtime derives 7 MiB in the same way).
  maxBytes: 8 * MIB,
  maxBytesInFlight: 64 * MIB,
  // Ten times a usual review: most never meet the budget.
  freeBytes: 64 * 1024,
  // From the first byte to the last one, and from the connection to the first request: an API server takes milliseconds.
  requestTimeoutMs: 5_000,
  checkIntervalMs: 1_000,
  // An API server opens one for each review that it waits for, and keeps them. This many take 50 MiB.
  maxConnections: 500,
};

/** The server, and how it is taken out of service without losing a request. */
export interface AdmissionServer {
  readonly app: FastifyInstance<Server>;
  /** From now on every answer closes its connection, so that the API server moves on to another replica. */
  beginDrain(): void;
  /** Reviews that are being answered. */
  inFlight(): number;
}

/** `?timeout=10s`, as the API server writes it (rounded up to seconds); milliseconds, less a margin. */
function timeLeft(url: string): number {
  const seconds = Number(/[?&]timeout=(\d{1,4})s(?:&|$)/.exec(url)?.[1] ?? DEFAULT_TIMEOUT_S);
  return Math.max(Math.min(seconds, MAX_TIMEOUT_S) * 1000 - DEADLINE_MARGIN_MS, 100);
}

/** The review in a whole body. Throws a BodyRefused. */
function readReview(bytes: Buffer, known: KnownBodies): DecodedReview {
  const found = known.find(bytes);
  if (found !== undefined) return { kind: 'review', review: found };
  const decoded = decodeReview(parseBody(bytes), bytes.length);
  return decoded.kind === 'bad' ? decoded : { kind: 'review', review: known.remembering(bytes, decoded.review) };
}

/** Fastify's own errors bear a status, and so do ours; an error without one is a bug. */
function statusOf({ statusCode = 500 }: Partial<FastifyError>): number {
  return statusCode >= 400 && statusCode < 600 ? statusCode : 500;
}

/** Node's part: TLS 1.2 or newer, HTTP/1.1 alone, as API servers speak it to webhooks. */
function createApp(tls: ServedTls, limits: ServerLimits): FastifyInstance<Server> {
  return Fastify({
    https: {
      ...tlsOptions(tls),
      handshakeTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
    },
    logger: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: limits.requestTimeoutMs,
    exposeHeadRoutes: false,
    return503OnClosing: false,
  });
}

/** What is answered where there is no review to answer: a wrong request, or an error of ours. */
function addErrorAnswers(app: FastifyInstance<Server>, telemetry: AdmissionTelemetry): void {
  app.setErrorHandler<Partial<FastifyError> & Error>((error, _request, reply) => {
    const status = statusOf(error);
    const message = visibleText(error.message);
    if (status >= 500 && !(error instanceof BodyRefused)) telemetry.bug('', error);
    else telemetry.badRequest(message);
    return reply.code(status).send({ error: status === 500 ? 'internal error' : message });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'POST /validate, /mutate and /record are all there is' }),
  );
}

/** The endpoints. They take JSON alone; bodies of requests that are for nobody are not read. */
function addEndpoints(
  app: Pick<FastifyInstance, 'addContentTypeParser' | 'addHook' | 'decorateRequest' | 'post'>,
  { validate, mutate, observe, telemetry, nowMs }: AdmissionServerOptions,
  limits: BodyLimits,
  count: (change: 1 | -1) => void,
): void {
  const known = createKnownBodies();
  const bodies = createBodyReader(limits, bytes => readReview(bytes, known));
  app.decorateRequest('deadlineMs', 0);
  app.addContentTypeParser('application/json', (_request, payload, done) => bodies.read(payload, done));
  app.addHook('onRequest', (request, _reply, done) => {
    request.deadlineMs = nowMs() + timeLeft(request.url);
    done();
  });

  type Asked = FastifyRequest<{ Body: DecodedReview | undefined }>;
  const answer = async (request: Asked, reply: FastifyReply, reviewer: Reviewer): Promise<unknown> => {
    const decoded = request.body ?? decodeReview(undefined);
    if (decoded.kind === 'bad') {
      telemetry.badRequest(decoded.message);
      if (decoded.uid === undefined) return reply.code(400).send({ error: decoded.message });
      return encodeResponse(decoded.uid, refuse(400, decoded.message));
    }
    const response = await reviewer(decoded.review, request.deadlineMs);
    // Not an answer to the review: the API server asks again where it is told when to, and applies its failurePolicy in the end.
    if (response.code === 503) return reply.code(503).send({ error: response.message });
    return encodeResponse(decoded.review.uid, response);
  };
  const endpoint = (reviewer: Reviewer) => async (request: Asked, reply: FastifyReply) => {
    count(1);
    try {
      reply.type('application/json');
      return await answer(request, reply, reviewer);
    } finally {
      count(-1);
    }
  };
  app.post('/validate', endpoint(validate));
  app.post('/mutate', endpoint(mutate));
  app.post('/record', endpoint(observe));
}

/** `GET /recorded?instance=…&position=…` and `GET /recorded/lines?mark=…`. To anybody but our controller there are no such paths. */
function addRecorded(app: Pick<FastifyInstance, 'get'>, { isController, ring, lines }: RecordedEndpoint): void {
  type Asked = FastifyRequest<{ Querystring: Readonly<Record<string, unknown>> }>;
  const isAllowed = async ({ headers }: Pick<FastifyRequest, 'headers'>): Promise<boolean> => {
    const [, token] = /^Bearer ([\w.~+/=-]{1,8192})$/.exec(headers.authorization ?? '') ?? [];
    return token !== undefined && (await isController(token));
  };
  app.get('/recorded', async (request: Asked, reply) => {
    if (!(await isAllowed(request))) return reply.callNotFound();
    const { instance = '', position = '0' } = request.query;
    return ring.since(String(instance), Number.parseInt(String(position), 10) || 0);
  });
  app.get('/recorded/lines', async (request: Asked, reply) => {
    if (!(await isAllowed(request))) return reply.callNotFound();
    const text = await lines(String(request.query.mark ?? '')).catch(() => undefined);
    return text === undefined ? reply.callNotFound() : reply.type('application/json').send(text);
  });
}

/** The admission endpoints over TLS; not yet listening. */
export function buildAdmissionServer(options: AdmissionServerOptions): AdmissionServer {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = createApp(options.tls, limits);
  limitConnections(app.server, limits.maxConnections, options.telemetry.refusedConnection);
  let isDraining = false;
  let inFlight = 0;
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode === 503) reply.header('retry-after', '1');
    if (isDraining || reply.statusCode >= 400) reply.header('connection', 'close');
    done(null, payload);
  });
  app.removeAllContentTypeParsers();
  addErrorAnswers(app, options.telemetry);
  if (options.recorded) addRecorded(app, options.recorded);
  app.register(async endpoints => {
    addEndpoints(endpoints, options, limits, change => {
      inFlight += change;
    });
  });
  return {
    app,
    beginDrain: () => {
      isDraining = true;
    },
    inFlight: () => inFlight,
  };
}
