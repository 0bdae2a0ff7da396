import type { ServerResponse } from 'node:http';
import type { DashboardStanding } from '../../app/dashboard/model.ts';

/** Streams that are open at once, inclusive: a page has one, and a browser as many as it has pages of it. */
const MAX_STREAMS = 32;
/** Milliseconds between two lines that say nothing, so that a connection that is gone is noticed, and no proxy ends one that is silent. */
const BEAT_MS = 15_000;
/** Bytes that may wait for a reader; one that takes nothing is let go, and asks again. */
const MAX_WAITING_BYTES = 64 * 1024;
/** After so many milliseconds a page whose stream broke asks again. */
const RETRY_MS = 1_000;

/** Tells pages how a dashboard stands, by server-sent events (WHATWG HTML, section 9.2). */
export interface EventStreams {
  /** Sends the standing now and whenever it changes, until the reader goes. False: there are too many. */
  open(response: ServerResponse): boolean;
  closeAll(): void;
}

/** What is told of a dashboard. */
export interface Followed {
  standing(): DashboardStanding;
  follow(listener: (standing: DashboardStanding) => void): () => void;
}

const eventText = (standing: DashboardStanding): string => `event: standing\ndata: ${JSON.stringify(standing)}\n\n`;

export function createEventStreams({ standing, follow }: Followed): EventStreams {
  const open = new Set<ServerResponse>();
  const send = (response: ServerResponse, text: string): void => {
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else response.write(text);
  };
  return {
    open: response => {
      if (open.size >= MAX_STREAMS) return false;
      open.add(response);
      response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'keep-alive' });
      send(response, `retry: ${RETRY_MS}\n\n`);
      const stop = follow(next => send(response, eventText(next)));
      const beat = setInterval(() => send(response, ':\n\n'), BEAT_MS);
      response.once('close', () => {
        stop();
        clearInterval(beat);
        open.delete(response);
      });
      send(response, eventText(standing()));
      return true;
    },
    closeAll: () => {
      for (const response of open) response.destroy();
    },
  };
}
