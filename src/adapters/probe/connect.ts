import { connect } from 'node:net';
import { CONNECTED, REFUSED } from '../../app/probe/attempts.ts';

/** What a target says to whoever connects: something else that answers in its place is not taken for it. */
export const GREETING = 'chokepoint probe\n';

/** Whether a target is reached at an address within so many milliseconds; `isAnybody`: whoever takes the connection is it. Never rejects. */
export function attempt(
  address: string,
  port: number,
  limitMs: number,
  isAnybody = false,
): Promise<typeof CONNECTED | typeof REFUSED> {
  return new Promise(resolve => {
    let heard = '';
    const socket = connect({ host: address, port });
    const end = (result: typeof CONNECTED | typeof REFUSED): void => {
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
