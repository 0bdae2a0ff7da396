import { request } from 'node:http';

/** Milliseconds until a recorder must have answered: it reads a MiB of its record, or writes one to its queue. */
const DEADLINE_MS = 5_000;

/** What the recorder of a socket answers. Rejects where none listens, or it answers otherwise than with 2xx. */
function ask(socketPath: string, method: 'GET' | 'POST', path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const sent = request({ socketPath, method, path, headers, signal, agent: false }, response => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode < 200 || statusCode > 299) reject(new Error(`the recorder answers ${statusCode}`));
        else resolve(Buffer.concat(pieces).toString());
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Asks the recorder of this Pod for lines of its record, after those of a mark: JSON, as it answers. Rejects where there is none. */
export const askRecorder = (socketPath: string, mark: string): Promise<string> =>
  ask(socketPath, 'GET', `/lines?${new URLSearchParams({ mark })}`);

/** Hands lines of others to the recorder of this Pod. Resolves once they are in its queue, on the disk. Rejects where they are not. */
export async function handToRecorder(socketPath: string, lines: readonly string[]): Promise<void> {
  await ask(socketPath, 'POST', '/lines', JSON.stringify({ lines, mark: '' }));
}
