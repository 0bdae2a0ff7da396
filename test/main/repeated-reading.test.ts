import { expect, test } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { repeat } from '../../src/main/keep-dashboard.ts';

/** Reads once in this way, and stops. */
async function readOnce(read: () => Promise<string>) {
  const ending = new AbortController();
  const bugs: unknown[] = [];
  let readings = 0;
  const repeated = repeat(
    async () => {
      readings += 1;
      queueMicrotask(() => setTimeout(() => ending.abort(), 0));
      return read();
    },
    60_000,
    { watched: { ended: ending.signal }, onBug: error => void bugs.push(error) },
  );
  await repeated.run(
    () => true,
    () => undefined,
  );
  return { current: repeated.current(), trouble: repeated.trouble(), bugs, readings };
}

test('What was read is there, and nothing is wrong', async () => {
  expect(await readOnce(async () => 'read')).toEqual({ current: 'read', trouble: '', bugs: [], readings: 1 });
});

test('Why nothing could be read is told', async () => {
  const failing = (): Promise<string> => Promise.reject(new GateError('unreachable-cluster', 'nobody answers'));
  expect(await readOnce(failing)).toEqual({ current: undefined, trouble: 'nobody answers', bugs: [], readings: 1 });
});

test('An error of ours is told as one', async () => {
  const bug = new Error('it broke');
  expect(await readOnce(() => Promise.reject(bug))).toMatchObject({ trouble: '', bugs: [bug] });
});
