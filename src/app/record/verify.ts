import type { Fields } from '../../core/kube/reading.ts';
import { beginChain, type ChainEnd, type Hashing, NO_HASH } from './chain.ts';
import { checkHead, type SignatureCheck } from './head.ts';
import type { ChainedLine } from './line.ts';
import { type ReadLine, readLine } from './read-line.ts';

/** What is wrong with a line, or with where it stands. */
export type Fault =
  /** What it says is not what its hash was made of, or its `prev` is not the hash of the line before. */
  | 'edited'
  /** It says what it said, in other words than RFC 8785 writes. */
  | 'not-canonical'
  /** Lines before it are missing. */
  | 'gap'
  /** It stands after lines that follow it. */
  | 'reordered'
  /** A line of its number stands before it. */
  | 'duplicated'
  /** Lines at the end are missing: a head that is known is not among them, or the last line is not whole. */
  | 'cut'
  /** The signature of a head is not that of a key that is given. */
  | 'forged'
  /** A chain has no head that is signed by a key that is given, or there is no chain. */
  | 'unsigned'
  /** It is no line of a record. */
  | 'foreign';

export interface AuditProblem {
  readonly file: string;
  /** From 1; 0 where it is about no line. */
  readonly line: number;
  readonly fault: Fault;
  readonly message: string;
}

/** What a chain came to. */
export interface VerifiedChain {
  readonly writer: string;
  /** First and last `seq`. */
  readonly first: number;
  readonly last: number;
  readonly lines: number;
  /** Hash of the last line: whoever notes it can prove later that nothing is missing up to it. */
  readonly head: string;
  /** `seq` up to which a known head proves that nothing was cut and nothing written anew; 0: no head is known. */
  readonly proven: number;
  /** When the line `proven` was made, where it is a head that is signed by a key that is given: a cut after it cannot be seen. */
  readonly signedAt?: string;
  /** Signed heads in it. */
  readonly signed: number;
}

export interface Verification {
  readonly lines: number;
  readonly chains: readonly VerifiedChain[];
  /** The first {@link MAX_PROBLEMS}, in the order of the files and lines. */
  readonly problems: readonly AuditProblem[];
  /** All of them. */
  readonly problemCount: number;
}

const MAX_PROBLEMS = 100;
/** Gaps of one chain that lines may still turn up for. */
const MAX_GAPS = 1000;

/** Lines that are missing so far. */
interface Gap {
  from: number;
  to: number;
  readonly place: Place;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Chain {
  end: ChainEnd;
  readonly first: number;
  lines: number;
  proven: number;
  signedAt?: string;
  signed: number;
  gaps: Gap[];
}

const missing = ({ from, to }: Pick<Gap, 'from' | 'to'>): string =>
  from === to ? `line ${from} of the chain is missing` : `lines ${from} to ${to} of the chain are missing`;

/** Takes a number out of the gaps, if it is in one of them. */
function fill(chain: Chain, seq: number): boolean {
  const gap = chain.gaps.find(({ from, to }) => from <= seq && seq <= to);
  if (gap === undefined) return false;
  const parts = [
    { ...gap, to: seq - 1 },
    { ...gap, from: seq + 1 },
  ].filter(({ from, to }) => from <= to);
  chain.gaps = [...chain.gaps.filter(other => other !== gap), ...parts];
  return true;
}

export interface VerifierOptions {
  readonly hashing: Hashing;
  /** Hashes of lines that must be there. */
  readonly heads: readonly string[];
  /** Hash of the line that the first of a chain follows, where older files are not given; absent: chains begin with their first line. */
  readonly after?: string | undefined;
  /** By their ids, what tells signatures of heads. Empty: none is looked at. */
  readonly keys?: ReadonlyMap<string, SignatureCheck>;
}

/** Checks the lines of one or several files, in the order in which they were written; several chains may run through them. */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #missingHeads: Set<string>;
  readonly #chains = new Map<string, Chain>();
  readonly #problems: AuditProblem[] = [];
  #problemCount = 0;
  #lines = 0;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#missingHeads = new Set(options.heads);
  }

  /** The next line, without its line feed. `undefined`: it is no text that a line can be. `isWhole`: it had a line feed. */
  add(place: Place, text: string | undefined, isWhole: boolean): void {
    this.#lines += 1;
    const read = text === undefined ? undefined : readLine(text, this.#options.hashing);
    if (!isWhole) this.#report(place, 'cut', 'the file ends within this line');
    else if (read?.kind === 'line') this.#take(place, read);
    else this.#report(place, 'foreign', 'this is no line of a record');
  }

  #take(place: Place, { line, isIntact, isCanonical }: Extract<ReadLine, { kind: 'line' }>): void {
    if (!isIntact) this.#report(place, 'edited', 'its hash is not that of what it says');
    else if (!isCanonical) this.#report(place, 'not-canonical', 'it is not written as RFC 8785 has it');
    const chain = this.#chains.get(line.writer);
    if (chain === undefined) this.#begin(place, line);
    else this.#continue(place, line, chain);
    if (isIntact && this.#missingHeads.delete(line.hash)) this.#prove(line);
    if (line.type === 'head') this.#takeHead(place, line);
  }

  #takeHead(place: Place, line: ChainedLine & Fields): void {
    const { keys = new Map(), hashing } = this.#options;
    const chain = this.#chains.get(line.writer);
    if (chain !== undefined) chain.signed += 1;
    if (keys.size === 0) return;
    const worth = checkHead(line, keys, hashing);
    if (worth === 'good') this.#prove(line, line.time);
    else if (worth === 'bad') this.#report(place, 'forged', 'its signature is not that of its key');
    else this.#report(place, 'forged', 'it is signed by a key that is not given');
  }

  #report({ file, line }: Place, fault: Fault, message: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ file, line, fault, message });
  }

  #begin(place: Place, { writer, seq, prev, hash }: ChainedLine): void {
    const isExpected = prev === this.#options.after || (seq === 1 && prev === NO_HASH);
    if (!isExpected && seq === 1)
      this.#report(place, 'edited', 'it is the first line of its chain, and follows another');
    else if (!isExpected) this.#report(place, 'gap', missing({ from: 1, to: seq - 1 }));
    const end = { ...beginChain(writer), seq, hash };
    this.#chains.set(writer, { end, first: seq, lines: 1, proven: 0, signed: 0, gaps: [] });
  }

  #continue(place: Place, { writer, seq, prev, hash }: ChainedLine, chain: Chain): void {
    chain.lines += 1;
    const { end } = chain;
    if (seq <= end.seq) {
      if (fill(chain, seq)) this.#report(place, 'reordered', `line ${seq} of the chain stands after line ${end.seq}`);
      else this.#report(place, 'duplicated', `line ${seq} of the chain stands here again`);
      return;
    }
    if (seq > end.seq + 1) this.#open(chain, { from: end.seq + 1, to: seq - 1, place });
    else if (prev !== end.hash)
      this.#report(place, 'edited', 'it does not follow the line before it: one of the two was replaced');
    chain.end = { writer, seq, hash };
  }

  #open(chain: Chain, gap: Gap): void {
    if (chain.gaps.length < MAX_GAPS) chain.gaps.push(gap);
    else this.#report(gap.place, 'gap', missing(gap));
  }

  /** `signedAt`: by a signature; absent: by a hash that is known. */
  #prove({ writer, seq }: ChainedLine, signedAt?: string): void {
    const chain = this.#chains.get(writer);
    // A hash that is known of the same line proves more: that it is the last one that somebody noted.
    if (chain === undefined || seq <= chain.proven) return;
    chain.proven = seq;
    if (signedAt === undefined) delete chain.signedAt;
    else chain.signedAt = signedAt;
  }

  #reportUnsigned(file: string): void {
    if (this.#chains.size === 0)
      this.#report(
        { file, line: 0 },
        'unsigned',
        'there is no line, and so no head that is signed by a key that is given',
      );
    for (const [writer, { proven }] of this.#chains)
      if (proven === 0)
        this.#report({ file, line: 0 }, 'unsigned', `no head of the chain ${writer} is signed by a key that is given`);
  }

  /** What came of all lines. `last`: the file where a head was looked for last. */
  finish(last: string): Verification {
    for (const { gaps } of this.#chains.values()) for (const gap of gaps) this.#report(gap.place, 'gap', missing(gap));
    if ((this.#options.keys?.size ?? 0) > 0) this.#reportUnsigned(last);
    for (const head of this.#missingHeads)
      this.#report(
        { file: last, line: 0 },
        'cut',
        `no line has the hash ${head}: lines are missing at the end, or were written anew`,
      );
    return {
      lines: this.#lines,
      chains: Array.from(this.#chains, ([writer, { end, first, lines, proven, signedAt, signed }]) => {
        return { writer, first, last: end.seq, lines, head: end.hash, proven, ...(signedAt && { signedAt }), signed };
      }),
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }
}
