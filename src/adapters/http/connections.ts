import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { AdmissionTelemetry } from '../../app/admission/ports.ts';

interface Connection {
  readonly socket: Socket;
  /** What it is at: shaking hands, waiting for its first request, waiting for its next one, or being answered. */
  stage: 'shaking' | 'silent' | 'idle' | 'busy';
  /** Answers that all connections had got when it began to wait for its next request. */
  idleSince: number;
}

/** Both ends as the socket below TLS and the one above tell them. */
const endsOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/**
 * The one that makes room for another: of those that have not asked anything yet the oldest, while they take half of the places; else the one that
 * has waited longest for its next request. So a flood of either kind takes no place from the other, and who has just come may ask.
 * `connections`: in the order in which they came. `undefined`: all are being answered.
 */
function firstToYield(connections: readonly Connection[], maxConnections: number): Connection | undefined {
  const strangers = connections.filter(({ stage }) => stage === 'shaking' || stage === 'silent');
  const [idle] = connections.filter(({ stage }) => stage === 'idle').sort((a, b) => a.idleSince - b.idleSince);
  return strangers.length * 2 >= maxConnections ? strangers[0] : (idle ?? strangers[0]);
}

/**
 * Holds the connections of a server to a number. Beyond it, the one that yields first is closed; where all are being answered, the new one is.
 * A handshake that fails is told of too, but for those from the gate's own address: it looks at its own port.
 */
export function limitConnections(
  server: Server,
  maxConnections: number,
  onRefused: AdmissionTelemetry['refusedConnection'],
): void {
  const open = new Map<string, Connection>();
  const overTls = new WeakMap<Socket, Connection>();
  let answers = 0;

  /** Whether there is room for one more. */
  const makeRoom = (): boolean => {
    if (open.size < maxConnections) return true;
    onRefused('limit');
    const yielding = firstToYield([...open.values()], maxConnections);
    if (yielding === undefined) return false;
    open.delete(endsOf(yielding.socket));
    yielding.socket.destroy();
    return true;
  };
  server.on('connection', (socket: Socket) => {
    if (!makeRoom()) {
      socket.destroy();
      return;
    }
    const ends = endsOf(socket);
    const isOwn = socket.remoteAddress === socket.localAddress;
    const connection: Connection = { socket, stage: 'shaking', idleSince: 0 };
    open.set(ends, connection);
    socket.once('close', () => {
      if (open.get(ends) !== connection) return;
      open.delete(ends);
      if (connection.stage === 'shaking' && !isOwn) onRefused('handshake');
    });
  });
  server.on('secureConnection', socket => {
    const connection = open.get(endsOf(socket));
    if (connection === undefined) return;
    connection.stage = 'silent';
    overTls.set(socket, connection);
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = overTls.get(socket);
    if (connection === undefined) return;
    connection.stage = 'busy';
    response.once('close', () => {
      answers += 1;
      connection.stage = 'idle';
      connection.idleSince = answers;
    });
  });
}
