import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { AdmissionTelemetry } from '../../app/admission/ports.ts';

/** What a connection is at: shaking hands, waiting for its first request, waiting for its next one, or being answered. */
type Stage = 'shaking' | 'silent' | 'idle' | 'busy';

interface Connection {
  readonly socket: Socket;
  stage: Stage;
}

/** Both ends as the socket below TLS and the one above tell them. */
const endsOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/** Connections in the order in which they came, or began to be answered or to wait again. */
class Connections {
  readonly #byEnds = new Map<string, Connection>();

  get size(): number {
    return this.#byEnds.size;
  }

  add(ends: string, socket: Socket): void {
    this.#byEnds.set(ends, { socket, stage: 'shaking' });
  }

  /** Its handshake is done. */
  shaken(ends: string): void {
    const connection = this.#byEnds.get(ends);
    if (connection !== undefined) connection.stage = 'silent';
  }

  /** Moves a connection behind all others. */
  move(ends: string, stage: 'idle' | 'busy'): void {
    const connection = this.#byEnds.get(ends);
    if (connection === undefined) return;
    this.#byEnds.delete(ends);
    connection.stage = stage;
    this.#byEnds.set(ends, connection);
  }

  delete(ends: string): Connection | undefined {
    const connection = this.#byEnds.get(ends);
    this.#byEnds.delete(ends);
    return connection;
  }

  /**
   * The one that makes room for another: of those that have not asked anything yet the oldest, while they take half of the places; else the one
   * that has waited longest for its next request. So a flood of either kind takes no place from the other, and who has just come may ask.
   */
  firstToYield(maxConnections: number): [string, Connection] | undefined {
    const all = [...this.#byEnds];
    const strangers = all.filter(([, { stage }]) => stage === 'shaking' || stage === 'silent');
    const idle = all.find(([, { stage }]) => stage === 'idle');
    return strangers.length * 2 >= maxConnections ? strangers[0] : (idle ?? strangers[0]);
  }
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
  const connections = new Connections();
  const makeRoom = (): boolean => {
    const yielding = connections.firstToYield(maxConnections);
    if (yielding === undefined) return false;
    const [ends, { socket }] = yielding;
    connections.delete(ends);
    socket.destroy();
    return true;
  };
  server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket);
    const isOwn = socket.remoteAddress === socket.localAddress;
    if (connections.size >= maxConnections) {
      onRefused('limit');
      if (!makeRoom()) {
        socket.destroy();
        return;
      }
    }
    connections.add(ends, socket);
    socket.once('close', () => {
      if (connections.delete(ends)?.stage === 'shaking' && !isOwn) onRefused('handshake');
    });
  });
  server.on('secureConnection', socket => connections.shaken(endsOf(socket)));
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const ends = endsOf(socket);
    connections.move(ends, 'busy');
    response.once('close', () => connections.move(ends, 'idle'));
  });
}
