import { expect, test } from 'vitest';
import { type ClosingStep, closeAll } from '../../../src/adapters/telemetry/close-all.ts';

/** Closes parts of which some fail, and tells what happened in order. */
async function closing(steps: readonly ClosingStep[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const log = {
    logger: {
      info: (text: string) => lines.push(text),
      error: (fields: { readonly part?: string; readonly err?: unknown }, text: string) =>
        lines.push(`${text}: ${fields.part}: ${String(fields.err)}`),
    },
    close: () => lines.push('log closed'),
  };
  const noted = steps.map(([part, close]): ClosingStep => {
    const noteAndClose: typeof close = () => {
      lines.push(part);
      return close();
    };
    return [part, noteAndClose];
  });
  await closeAll(noted, log).catch((error: unknown) => lines.push(String(error)));
  return lines;
}

const fine = (): void => undefined;

test('parts are closed in order, and the log at last', async () => {
  expect(
    await closing([
      ['queue', fine],
      ['cluster', async () => undefined],
    ]),
  ).toEqual(['queue', 'cluster', 'closed', 'log closed']);
});

test('a part that cannot be closed leaves none of the others open, and the end says so', async () => {
  expect(
    await closing([
      ['queue', fine],
      ['certificates', () => Promise.reject(new Error('no end'))],
      [
        'cluster',
        () => {
          throw new Error('away');
        },
      ],
      ['health', fine],
    ]),
  ).toEqual([
    'queue',
    'certificates',
    'not closed: certificates: Error: no end',
    'cluster',
    'not closed: cluster: Error: away',
    'health',
    'closed',
    'log closed',
    'AggregateError: 2 of 4 parts could not be closed: see the log',
  ]);
});
