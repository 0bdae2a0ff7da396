import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readProbePod } from '../../../src/adapters/kubernetes/writes/probe-cluster.ts';
import { attempt, GREETING, type TriedEnd } from '../../../src/adapters/probe/connect.ts';
import { listen } from '../../../src/adapters/probe/listen.ts';

let server: Server | undefined;
let socket: Socket | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
  socket?.close();
  socket = undefined;
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

const over = (protocol: TriedEnd['protocol'], port: number, isAnybody = false): TriedEnd => ({
  ...{ address: '127.0.0.1', port, protocol, isAnybody },
});

test.each([
  ['a target', GREETING, 'o'],
  ['something else that listens', 'SSH-2.0-OpenSSH_9.2\r\n', 'x'],
  ['something that says nothing', '', 'x'],
])('%s is reached or not', async (_, text, expected) => {
  expect(await attempt(over('TCP', await saying(text)), 300)).toBe(expected);
});

test('where anybody will do, whoever takes the connection is reached', async () => {
  expect(await attempt(over('TCP', await saying(''), true), 300)).toBe('o');
});

test('a port that nobody listens on is not reached', async () => {
  const port = await saying('');
  await new Promise(resolve => server?.close(resolve));
  expect(await attempt(over('TCP', port), 300)).toBe('x');
});

/** Port of what answers every datagram with this, but for the first few. */
async function answering(text: string, lost = 0): Promise<number> {
  const started = createSocket('udp4');
  socket = started;
  let heard = 0;
  started.on('message', (_, { port, address }) => {
    heard += 1;
    if (text !== '' && heard > lost) started.send(text, port, address);
  });
  await new Promise<void>(resolve => started.bind(0, '127.0.0.1', resolve));
  return started.address().port;
}

test.each([
  ['a target', GREETING, 0, false, 'o'],
  ['a target that did not hear the first datagrams', GREETING, 2, false, 'o'],
  ['something else that answers', 'pong', 0, false, 'x'],
  ['something else, where anybody will do', 'pong', 0, true, 'o'],
  ['something that says nothing', '', 0, true, 'x'],
])('over UDP %s is reached or not', async (_title, text, lost, isAnybody, expected) => {
  expect(await attempt(over('UDP', await answering(text, lost), isAnybody), 600)).toBe(expected);
});

test('over UDP a port that nobody listens on is not reached', async () => {
  const port = await answering('');
  await new Promise<void>(resolve => socket?.close(resolve));
  socket = undefined;
  expect(await attempt(over('UDP', port), 300)).toBe('x');
});

test('a target listens over TCP and UDP, in both families', async () => {
  const port = await saying('');
  await new Promise(resolve => server?.close(resolve));
  const listening = listen([
    { number: port, protocol: 'TCP' },
    { number: port, protocol: 'UDP' },
  ]);
  listening.catch(() => undefined);
  expect(await attempt(over('TCP', port), 2_000)).toBe('o');
  expect(await attempt(over('UDP', port), 2_000)).toBe('o');
  await expect(listen([{ number: port, protocol: 'UDP' }])).rejects.toMatchObject({ code: 'cannot-listen' });
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
