import type { Sink } from '../../app/recorder/ports.ts';

/** Writes each line to a stream, as it stands in the record. */
export const createStdoutSink = (stream: NodeJS.WritableStream): Sink => ({
  gatherMs: 0,
  send: ({ lines }) =>
    new Promise((resolve, reject) => {
      stream.write(`${lines.join('\n')}\n`, error => (error ? reject(error) : resolve()));
    }),
  close: async () => undefined,
});
