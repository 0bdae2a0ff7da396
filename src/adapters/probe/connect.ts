import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { CONNECTED, REFUSED, type TriedProtocol } from '../../app/probe/attempts.ts';

/** What a target says to whoever connects, or sends it something: what else answers in its place is not taken for it. */
export const GREETING = 'chokepoint probe\n';

/** Datagrams are lost now and then; one that comes through is enough. */
const DATAGRAMS = 3;

/** One end that is tried. */
export interface TriedEnd {
  readonly address: string;
  readonly port: number;
  readonly protocol: TriedProtocol;
  /** Whoever takes the connection, or answers, is the one that is meant; else a target of the probe, which greets. */
  readonly isAnybody: boolean;
}

type Result = typeof CONNECTED | typeof REFUSED;

/** Whether an end is reached within so many milliseconds. Never rejects. */
export const attempt = (end: TriedEnd, limitMs: number): Promise<Result> =>
  end.protocol === 'UDP' ? exchange(end, limitMs) : open(end, limitMs);

function open({ address, port, isAnybody }: TriedEnd, limitMs: number): Promise<Result> {
  return new Promise(resolve => {
    let heard = '';
    const socket = connect({ host: address, port });
    const end = (result: Result): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(REFUSED), limitMs);
    socket.setEncoding('latin1');
    if (isAnybody) socket.on('connect', () => end(CONNECTED));
    socket.on('data', (text: string) => {
      heard += text;
      if (heard.length >= GREETING.length) end(heard === GREETING ? CONNECTED : REFUSED);
    });
    socket.on('error', () => end(REFUSED));
    socket.on('close', () => end(REFUSED));
  });
}

function exchange({ address, port, isAnybody }: TriedEnd, limitMs: number): Promise<Result> {
  return new Promise(resolve => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    // That a datagram is refused shows no more than silence: the next one may come through.
    const send = (): void => socket.send('', port, address, () => undefined);
    const again = setInterval(send, limitMs / DATAGRAMS);
    const end = (result: Result): void => {
      clearInterval(again);
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => end(REFUSED), limitMs);
    socket.on('error', () => undefined);
    socket.on('message', message => {
      if (isAnybody || message.toString('latin1') === GREETING) end(CONNECTED);
    });
    send();
  });
}
