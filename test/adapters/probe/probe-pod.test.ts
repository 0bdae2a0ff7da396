import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readProbePod } from '../../../src/adapters/kubernetes/writes/probe-cluster.ts';
import { attempt, GREETING } from '../../../src/adapters/probe/connect.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** Port of a server that says this to whoever connects. */
async function saying(text: string): Promise<number> {
  const started = createServer(socket => {
    socket.on('error', () => undefined);
    if (text !== '') socket.write(text);
  });
  server = started;
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test.each([
  ['a target', GREETING, 'o'],
  ['something else that listens', 'SSH-2.0-OpenSSH_9.2\r\n', 'x'],
  ['something that says nothing', '', 'x'],
])('%s is reached or not', async (_, text, expected) => {
  expect(await attempt('127.0.0.1', await saying(text), 300)).toBe(expected);
});

test('where anybody will do, whoever takes the connection is reached', async () => {
  expect(await attempt('127.0.0.1', await saying(''), 300, true)).toBe('o');
});

test('a port that nobody listens on is not reached', async () => {
  const port = await saying('');
  await new Promise(resolve => server?.close(resolve));
  expect(await attempt('127.0.0.1', port, 300)).toBe('x');
});

const pod = (status: object) => readProbePod({ metadata: { name: 'open-target-1' }, status });
const waiting = (reason: string, message: string) => ({
  containerStatuses: [{ state: { waiting: { reason, message } } }],
});

test.each([
  [
    'runs',
    { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
    { state: 'running', isStuck: false, trouble: '', addresses: ['10.0.0.1', 'fd00::1'] },
  ],
  ['has not begun', { phase: 'Pending' }, { state: 'pending', isStuck: false, trouble: '' }],
  [
    'is being made',
    { phase: 'Pending', ...waiting('ContainerCreating', '') },
    { state: 'pending', isStuck: false, trouble: 'ContainerCreating' },
  ],
  [
    'has no image',
    { phase: 'Pending', ...waiting('ErrImagePull', 'not found') },
    { state: 'pending', isStuck: true, trouble: 'ErrImagePull: not found' },
  ],
  [
    'finds no node',
    {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
    },
    { state: 'pending', isStuck: true, trouble: 'Unschedulable: 0/1 nodes' },
  ],
  [
    'is past its deadline',
    { phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer' },
    { state: 'ended', trouble: 'DeadlineExceeded: Pod was active on the node longer' },
  ],
  [
    'has told what it saw',
    { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { reason: 'Completed', message: '["ooo"]' } } }] },
    { state: 'ended', message: '["ooo"]' },
  ],
] as const)('a Pod that %s is told so', (_, status, expected) => expect(pod(status)).toMatchObject(expected));
