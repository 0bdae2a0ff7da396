import { expect, test } from 'vitest';
import { drain } from '../../../src/adapters/http/drain.ts';
import { testServer } from '../../support/serving.ts';

const HOUR_MS = 3_600_000;

test('connections are closed by their answers from the beginning of the delay, and the server once that is over', async () => {
  const server = testServer();
  const noted: string[] = [];
  server.app.addHook('onClose', async () => {
    noted.push('closed');
  });
  const hurry = new AbortController();
  const beginDrain = (): void => void noted.push('draining');
  const drained = drain({ ...server, beginDrain }, { delayMs: HOUR_MS, graceMs: HOUR_MS }, hurry.signal);
  expect(noted).toEqual(['draining']);
  hurry.abort();
  await drained;
  expect(noted).toEqual(['draining', 'closed']);
});
