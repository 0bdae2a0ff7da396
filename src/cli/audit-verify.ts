import { notGzip } from '../adapters/audit-query/not-gzip.ts';
import { HASHING } from '../adapters/record/hashing.ts';
import { readSignatureCheck } from '../adapters/record/keys.ts';
import { recordLines } from '../adapters/record/lines.ts';
import { type AuditProblem, type Verification, type VerifiedChain, Verifier } from '../app/record/verify.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';

const HASH = /\b[0-9a-f]{64}\b/g;
const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** As much is read of the end of a file that a head is in: a line of a record has room in it. */
const MAX_HEAD_BYTES = 2 * 1024 * 1024;

/** The hash that the last line of a record bears, or the last one of another text. */
function headIn(text: string): string | undefined {
  const [last = ''] = text.trim().split('\n').slice(-1);
  const [, hash] = /"hash":"([0-9a-f]{64})"/.exec(last) ?? [];
  return hash ?? [...text.matchAll(HASH)].map(([one]) => one).at(-1);
}

async function readHead(file: string, io: Io): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const piece of io.readPieces(file)) {
    bytes = Buffer.concat([bytes, piece]).subarray(-MAX_HEAD_BYTES);
  }
  const head = headIn(bytes.toString('utf8'));
  if (head === undefined) throw new GateError('bad-usage', `--head: there is no hash in ${file}`);
  return head;
}

const placeText = ({ file, line }: AuditProblem): string => (line === 0 ? file : `${file}:${line}`);

/** What a chain that ends with a signed head is proven by. Whoever cuts a record at an earlier head leaves one that ends so, too. */
function signedText({ proven, signedAt }: VerifiedChain): string {
  if (signedAt === undefined) return '';
  return `  proven up to line ${proven}, signed at ${visibleText(signedAt)}; a cut after that cannot be seen: give --head a hash that was noted later\n`;
}

/** What is not proven of a chain; empty where its end is known by its hash. `isLost`: a head that was given is in none of the files. */
function tailText(chain: VerifiedChain, isLost: boolean): string {
  const { last, proven, signedAt, signed } = chain;
  if (proven === last) return signedText(chain);
  const at = signedAt === undefined ? '' : `, signed at ${visibleText(signedAt)}`;
  const what = proven === 0 ? 'nothing proves that' : `it is proven up to line ${proven}${at}, and no further, that`;
  if (isLost && proven === 0) return `  ${what} nothing was cut off at the end, or written anew\n`;
  const key = signed > 0 && proven === 0 ? `, or --public-key the key of its ${signed} signed heads` : '';
  return `  ${what} nothing was cut off at the end, or written anew: give --head a hash that was noted before${key}\n`;
}

function chainText(chain: VerifiedChain, isLost: boolean): string {
  const { writer, first, last, lines, head } = chain;
  const count = `lines ${first} to ${last}${lines === last - first + 1 ? '' : ` (${lines} are here)`}`;
  return `chain ${visibleText(writer)}: ${count}, head ${head}\n${tailText(chain, isLost)}`;
}

function verificationText({ lines, chains, problems, problemCount }: Verification): string {
  const wrong = problems.map(problem => `${placeText(problem)}: ${problem.fault}: ${problem.message}\n`);
  const more = problemCount > problems.length ? [`and ${problemCount - problems.length} more\n`] : [];
  const result = problemCount === 0 ? 'nothing is wrong' : `wrong: ${problemCount}`;
  const isLost = problems.some(({ fault, line }) => fault === 'cut' && line === 0);
  const none = lines === 0 ? ['nothing proves that there never was a line\n'] : [];
  return [
    ...wrong,
    ...more,
    ...none,
    ...chains.map(chain => chainText(chain, isLost)),
    `${lines} lines: ${result}\n`,
  ].join('');
}

/** `audit verify FILE…`: 0, or 1 where something is wrong. Rejects with a GateError where a file cannot be read. */
export async function runAuditVerify(
  files: readonly string[],
  { head = [], after, publicKey = [], output }: CommandSpecific['auditVerify'],
  io: Io,
): Promise<number> {
  const heads = await Promise.all(head.map(text => (isHash(text) ? text : readHead(text, io))));
  const keys = new Map(publicKey.map(readSignatureCheck));
  const verifier = new Verifier({ hashing: HASHING, heads, after, keys });
  for (const file of files) {
    for await (const { number, text, isWhole } of recordLines(notGzip(io.readPieces(file), file, 'verify')))
      verifier.add({ file, line: number }, text, isWhole);
  }
  const verification = verifier.finish(files.at(-1) ?? '');
  const isOk = verification.problemCount === 0;
  const report = {
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'RecordVerification',
    ok: isOk,
    files,
    ...verification,
  };
  await io.stdout.write(output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : verificationText(verification));
  return isOk ? 0 : 1;
}
