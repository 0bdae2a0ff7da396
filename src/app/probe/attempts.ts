/** What is tried over; other protocols a program without rights does not speak. */
export const TRIED_PROTOCOLS = ['TCP', 'UDP'] as const;
export type TriedProtocol = (typeof TRIED_PROTOCOLS)[number];

/** A port as a probe's Pod is told of it. */
export interface TriedPort {
  readonly number: number;
  readonly protocol: TriedProtocol;
}

/** `53/UDP`. */
export const portText = ({ number, protocol }: TriedPort): string => `${number}/${protocol}`;

/** Reads {@link portText}; a number alone is of TCP. */
export function readPort(text: string): TriedPort {
  const [number = '', protocol] = text.split('/');
  return { number: Number(number), protocol: protocol === 'UDP' ? 'UDP' : 'TCP' };
}

/** What a client of a probe tells: of each address that it was given, in that order, how its attempts to connect ended, the first first. */
export type Attempts = readonly string[];

/** One attempt in {@link Attempts}. */
export const CONNECTED = 'o';
export const REFUSED = 'x';

/** How many attempts each client makes at each address, and how far apart they begin. A dataplane takes up to some seconds to program what is new. */
export const ROUNDS = 12;
export const ROUND_MS = 1000;
/** Milliseconds until an attempt counts as refused. */
export const ATTEMPT_MS = 900;

/** What the attempts at one address show: the last three are to agree. `unsettled`: they do not, or there are none. */
export type Seen = 'open' | 'closed' | 'unsettled';

const LAST = 3;

/** What one line of {@link Attempts} shows. */
export function seenBy(line: string): Seen {
  const last = line.slice(-LAST);
  if (last.length < LAST) return 'unsettled';
  if (!last.includes(REFUSED)) return 'open';
  return last.includes(CONNECTED) ? 'unsettled' : 'closed';
}

/** Milliseconds from the first attempt to the last one that got through; 0 where none did. */
export function openForMs(line: string): number {
  return (line.lastIndexOf(CONNECTED) + 1) * ROUND_MS;
}

const LINE = /^[ox]*$/;

/** Reads the termination message of a client for so many addresses; `undefined` where it is something else. */
export function readAttempts(message: string, addresses: number): Attempts | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== addresses) return undefined;
  const lines = value.filter((line): line is string => typeof line === 'string' && LINE.test(line));
  return lines.length === addresses ? lines : undefined;
}
