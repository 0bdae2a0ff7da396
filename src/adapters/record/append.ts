import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, ftruncateSync, statSync, write, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { beginChain, type ChainEnd, lengthOf, type Members, membersOf, placed } from '../../app/record/chain.ts';
import { headMembers, type Signer } from '../../app/record/head.ts';
import type { LostLine, StartedLine } from '../../app/record/line.ts';
import type { Appender } from '../../app/record/recorder.ts';
import { messageOf } from '../../errors.ts';
import { HASHING } from './hashing.ts';
import { endsWithLine, type OpenedRecord, openRecord } from './open-record.ts';

/** When lines are sure to be on the disk: with `group` before they are answered, with `none` when the system writes them. */
export type Fsync = 'none' | 'group';

/** Told of what becomes of the lines; must never throw. */
interface RecordTelemetry {
  written(lines: number, bytes: number): void;
  /** Lines that are in no file, and why. */
  lost(lines: number, reason: string): void;
  /** What the file was found to be when it was opened: cut, replaced, written by another. */
  told(what: string): void;
}

export interface AppendOptions {
  readonly file: string;
  readonly fsync: Fsync;
  /** Of this program. */
  readonly version: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly time: () => string;
  readonly telemetry: RecordTelemetry;
  /** Signs the end of the chain at intervals, where it has moved, and when the file is closed. Absent: nobody does. */
  readonly signer?: Signer | undefined;
  /** Milliseconds between two signatures. */
  readonly signEveryMs?: number;
}

/** A record that is appended to. */
export interface RecordFile extends Appender {
  /** Writes what waits, and closes the file. What comes after is lost, and counted. */
  close(): Promise<void>;
}

/** UTF-16 units of lines that may wait while the disk does not answer. */
const MAX_WAITING = 32 * 1024 * 1024;

/** Milliseconds between two signatures, where nothing else is asked for. */
const SIGN_EVERY_MS = 60_000;

interface Waiting {
  /** `end`: where the chain stands before the line. */
  readonly members: (end: ChainEnd) => Members;
  readonly length: number;
  readonly take: (isWritten: boolean) => void;
}

const writePart = promisify(write);
const sync = promisify(fdatasync);

/**
 * Hands all bytes to the kernel. By calls that wait: they copy into memory, in a tenth of the time that it takes to have another thread do it and to be told;
 * a disk that is far behind holds up the process then.
 */
function writeNow(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** Has all bytes on the disk. A disk may take long for that, so another thread waits for it. */
async function writeThrough(descriptor: number, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await writePart(descriptor, bytes, done, bytes.length - done, null)).bytesWritten;
  await sync(descriptor);
}

/** The host's name, and a part that no other chain has. */
const newWriter = (): string => `${hostname()}-${randomBytes(6).toString('hex')}`;

class AppendedFile implements RecordFile {
  readonly #options: AppendOptions;
  #opened: OpenedRecord;
  #end: ChainEnd;
  /** Bytes of the file that are whole lines of ours, or were there before. */
  #size: number;
  /** What ends a line that another process left open. */
  #begin: '' | '\n' = '';
  /** A write failed in the middle, and what it left could not be cut off yet. */
  #isTorn = false;
  #waiting: Waiting[] = [];
  #waitingLength = 0;
  #lost = 0;
  #lostReason = '';
  #flushing: Promise<void> | undefined;
  #isClosed = false;
  /** Of the last head; the chain has not moved since while its end is there. */
  #signed = 0;
  #isSigning = false;
  readonly #signing: ReturnType<typeof setInterval>;

  constructor(options: AppendOptions) {
    this.#options = options;
    this.#signing = setInterval(() => this.#sign(), options.signEveryMs ?? SIGN_EVERY_MS);
    this.#signing.unref();
    this.#opened = openRecord(options.file, newWriter);
    this.#end = this.#opened.end;
    this.#size = this.#opened.size;
    this.#tellStart();
  }

  append(members: Members): Promise<boolean> {
    const length = lengthOf(members);
    if (this.#isClosed || this.#waitingLength + length > MAX_WAITING) {
      this.#lose(1, this.#isClosed ? 'the file is closed' : 'too many lines wait for the disk');
      return Promise.resolve(false);
    }
    this.#waitingLength += length;
    const written = new Promise<boolean>(take => this.#waiting.push({ members: () => members, length, take }));
    this.#flushSoon();
    return written;
  }

  lose(reason: string): void {
    this.#lose(1, reason);
  }

  async close(): Promise<void> {
    clearInterval(this.#signing);
    this.#isClosed = true;
    await this.#flushing;
    this.#sign();
    await this.#flushing;
    closeSync(this.#opened.descriptor);
  }

  #lose(lines: number, reason: string): void {
    this.#lost += lines;
    this.#lostReason = reason;
    this.#options.telemetry.lost(lines, reason);
  }

  /** Where the file was not as a writer that ended by itself leaves it, a line says so. */
  #tellStart(): void {
    const { torn, after } = this.#opened;
    const { file, version, time, telemetry } = this.#options;
    if (torn > 0) telemetry.told(`${file}: ${torn} bytes of an unfinished last line were cut off`);
    if (after !== '') telemetry.told(`${file}: a new chain begins: ${after}`);
    if (torn === 0 && after === '') return;
    const said = { ...(torn > 0 && { torn }), ...(after !== '' && { after }) };
    const members = membersOf<StartedLine>({ type: 'started', time: time(), version, ...said }, HASHING);
    this.#tell(() => members);
  }

  /** Signs the end of the chain, where it has moved. */
  #sign(): void {
    const { signer, time } = this.#options;
    if (signer === undefined || this.#isSigning || this.#end.seq === this.#signed) return;
    this.#isSigning = true;
    const head = (end: ChainEnd): Members => {
      this.#signed = end.seq + 1;
      return headMembers(end, time(), signer, HASHING);
    };
    this.#tell(head, () => {
      this.#isSigning = false;
    });
  }

  /** A line of our own, which nobody waits for. */
  #tell(members: Waiting['members'], take: Waiting['take'] = () => undefined): void {
    this.#waiting.push({ members, length: 0, take });
    this.#flushSoon();
  }

  /** All lines of one turn of the event loop go with one write, and so do those that come while another one is under way. */
  #flushSoon(): void {
    this.#flushing ??= new Promise<void>(resolve => setImmediate(resolve)).then(() => this.#flush());
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const isWritten = await this.#write(group);
      for (const { length, take } of group) {
        this.#waitingLength -= length;
        take(isWritten);
      }
    }
    this.#flushing = undefined;
  }

  /** Writes a group at once, as the next lines of the chain. Where that fails, the chain and the file stand as before. */
  async #write(group: readonly Waiting[]): Promise<boolean> {
    try {
      this.#follow();
      let end = this.#end;
      const lines = [...this.#lostLine(), ...group.map(({ members }) => members)].map(membersAt => {
        const line = placed(end, membersAt(end), HASHING);
        ({ end } = line);
        return line.text;
      });
      const bytes = Buffer.from(`${this.#begin}${lines.join('\n')}\n`);
      await this.#writeAll(bytes);
      this.#end = end;
      this.#size += bytes.length;
      this.#begin = '';
      this.#lost = 0;
      this.#options.telemetry.written(group.length, bytes.length);
      return true;
    } catch (error) {
      this.#lose(group.length, messageOf(error));
      return false;
    }
  }

  #lostLine(): readonly Waiting['members'][] {
    if (this.#lost === 0) return [];
    const line = { type: 'lost', time: this.#options.time(), lines: this.#lost, reason: this.#lostReason } as const;
    const members = membersOf<LostLine>(line, HASHING);
    return [() => members];
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    const { descriptor } = this.#opened;
    try {
      if (this.#options.fsync === 'none') writeNow(descriptor, bytes);
      else await writeThrough(descriptor, bytes);
    } catch (error) {
      this.#isTorn = true;
      this.#cut();
      throw error;
    }
  }

  /** Takes away what a write left that failed in the middle. Throws where that fails too. */
  #cut(): void {
    if (!this.#isTorn) return;
    ftruncateSync(this.#opened.descriptor, this.#size);
    this.#isTorn = false;
  }

  /**
   * Looks where the file is before each write: one that was moved away goes on under its name as a new file, with the same chain; one that was emptied goes on
   * from its beginning. Where another process wrote to it, this one begins a chain of its own, so that the two do not become one with doubled numbers.
   */
  #follow(): void {
    this.#cut();
    const { file } = this.#options;
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.ino !== this.#opened.inode) this.#reopen();
    else if (found.size !== this.#size) this.#takeSize(found.size);
  }

  #takeSize(size: number): void {
    const { file, telemetry } = this.#options;
    if (size < this.#size) telemetry.told(`${file}: it was made shorter: the chain goes on`);
    else {
      telemetry.told(`${file}: another process writes to it: a new chain begins`);
      this.#end = beginChain(newWriter());
      this.#begin = endsWithLine(this.#opened.descriptor, size) ? '' : '\n';
    }
    this.#size = size;
  }

  #reopen(): void {
    const { file, telemetry } = this.#options;
    const opened = openRecord(file, () => this.#end.writer);
    closeSync(this.#opened.descriptor);
    this.#opened = opened;
    this.#size = opened.size;
    telemetry.told(`${file}: it was moved away: the chain goes on in a new file`);
  }
}

/** Opens a record and appends to it. Throws a GateError where the file cannot be a record. */
export const openRecordFile = (options: AppendOptions): RecordFile => new AppendedFile(options);
