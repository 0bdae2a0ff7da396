import { type Agent, request } from 'node:https';
import { reviewBody } from './reviews.ts';

/** Sends one recorded review, by its name, to a gate of this machine. Resolves to the status once it is answered; rejects where it is not. */
export function askGate(port: number, agent: Agent, name: string, uid: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: '/validate?timeout=5s',
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json' },
      },
      response => {
        response.on('end', () => resolve(response.statusCode));
        response.on('error', reject);
        response.resume();
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(reviewBody(name, { uid })));
  });
}
