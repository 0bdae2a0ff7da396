import { request } from 'node:https';
import type { Palette } from '../adapters/report/text.ts';
import { wrapperFor } from '../adapters/terminal/wrap.ts';
import type { CommandSpecific } from './commands.ts';
import { sampleScenes } from './demo-samples.ts';
import type { Question, Scene } from './demo-scene.ts';
import type { Io } from './io.ts';
import { paletteFor } from './terminal-text.ts';

/** A gate that answers at a port of this machine. */
interface DemoGate {
  readonly port: number;
  /** What its callers are to trust, PEM. */
  readonly developmentCertificate: string | undefined;
  close(): Promise<void>;
}

/** Starts a real gate over a folder of manifests. */
export type StartGate = (
  options: Pick<Scene, 'world' | 'config' | 'workingFolder' | 'mode'> & {
    readonly host: string;
    readonly port: number;
    readonly healthPort: number;
    readonly drain: { readonly delayMs: number; readonly graceMs: number };
    readonly log: string;
  },
) => Promise<DemoGate>;

/** What of an AdmissionReview's response the demo shows. */
interface ReviewAnswer {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
}

interface ResponseBody {
  readonly response: {
    readonly allowed: boolean;
    readonly status?: { readonly message?: string };
    readonly warnings?: readonly string[];
  };
}

/** Sends one review over TLS, trusting the gate's development certificate and nothing else. */
function send(gate: DemoGate, body: Buffer): Promise<ReviewAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: gate.port,
        path: '/validate?timeout=5s',
        method: 'POST',
        servername: 'localhost',
        ca: gate.developmentCertificate,
        headers: { 'content-type': 'application/json', 'content-length': body.byteLength },
        timeout: 5000,
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { response: said } = JSON.parse(Buffer.concat(chunks).toString()) as ResponseBody;
          resolve({ allowed: said.allowed, message: said.status?.message ?? '', warnings: said.warnings ?? [] });
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer within 5 seconds')));
    call.on('error', reject);
    call.end(body);
  });
}

/** How answers are printed. */
interface Page {
  readonly palette: Palette;
  readonly wrap: (text: string, hang: number) => string;
  readonly write: (text: string) => Promise<void>;
}

/** How many of the reviews were answered how. */
interface Counts {
  readonly refused: number;
  readonly warned: number;
  /** Let through without a word. */
  readonly silent: number;
  /** Answered otherwise than they should be. */
  readonly wrong: number;
}

const NONE: Counts = { refused: 0, warned: 0, silent: 0, wrong: 0 };

const sumOf = (all: readonly Counts[]): Counts =>
  all.reduce(
    (sum, one) => ({
      refused: sum.refused + one.refused,
      warned: sum.warned + one.warned,
      silent: sum.silent + one.silent,
      wrong: sum.wrong + one.wrong,
    }),
    NONE,
  );

/** Wider than this no line is, however wide the terminal: a demo is shown to others. */
const WIDEST = 80;

/** Columns before what is said of an answer. */
const SAID_INDENT = 11;

const LEADING = /^ */;

/** Lines of an answer under its review, each wrapped under its own beginning. */
function saidText(text: string, { wrap }: Page): string {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const hang = SAID_INDENT + (LEADING.exec(line)?.[0].length ?? 0);
      return `${' '.repeat(hang)}${wrap(line.trim(), hang)}\n`;
    })
    .join('');
}

const CONTINUED = '  ';

/** Warnings as they were before they were broken into lines that each fit into one. */
function wholeWarnings(warnings: readonly string[]): readonly string[] {
  const whole: string[] = [];
  for (const warning of warnings) {
    const last = warning.startsWith(CONTINUED) ? whole.pop() : undefined;
    whole.push(last === undefined ? warning : `${last} ${warning.trim()}`);
  }
  return whole;
}

function answerText({ asks, expected }: Question, answer: ReviewAnswer, page: Page): string {
  const { bad, good, doubtful } = page.palette;
  const verdict = answer.allowed ? good('allowed') : bad('DENIED ');
  const isWrong = expected !== undefined && (expected === 'allow') !== answer.allowed;
  return [
    `  ${verdict}  ${page.wrap(asks, SAID_INDENT)}\n`,
    saidText(answer.message, page),
    ...wholeWarnings(answer.warnings).map(warning => saidText(`${doubtful('warning:')} ${warning}`, page)),
    isWrong ? saidText(bad(`^ it should be: ${expected}`), page) : '',
  ].join('');
}

function countsOf({ expected }: Question, { allowed, warnings }: ReviewAnswer): Counts {
  const wrong = expected !== undefined && (expected === 'allow') !== allowed ? 1 : 0;
  if (!allowed) return { ...NONE, refused: 1, wrong };
  return warnings.length > 0 ? { ...NONE, warned: 1, wrong } : { ...NONE, silent: 1, wrong };
}

/** Asks a scene's questions of a gate of its own, and shows what it answers. */
async function runScene(scene: Scene, start: StartGate, page: Page): Promise<Counts> {
  const { title, questions, ...gateOptions } = scene;
  const gate = await start({
    ...gateOptions,
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    drain: { delayMs: 0, graceMs: 1000 },
    log: '/dev/null',
  });
  try {
    const address = page.palette.faint(`https://127.0.0.1:${gate.port}/validate`);
    await page.write(`${page.wrap(`${page.palette.strong(title)}: a gate answers at ${address}`, 0)}\n\n`);
    const counts: Counts[] = [];
    for (const question of questions) {
      const answer = await send(gate, question.body);
      counts.push(countsOf(question, answer));
      const isShown = !question.isMinor || !answer.allowed || answer.warnings.length > 0;
      if (isShown) await page.write(answerText(question, answer, page));
    }
    await page.write('\n');
    return sumOf(counts);
  } finally {
    await gate.close();
  }
}

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

function countsText({ refused, warned, silent }: Counts, { palette }: Page): string {
  const { bad, good, doubtful, strong } = palette;
  const parts = [
    bad(`${refused} refused`),
    doubtful(`${warned} let through with warnings`),
    good(`${silent} let through`),
  ];
  return `${strong(`${counted(refused + warned + silent, 'review')} over TLS`)}: ${parts.join(', ')}`;
}

const NEXT = `What to try next, with C=policies/demo/gke:
  npx chokepoint demo manifests/             the same over your own files
  npx chokepoint check --config $C/chokepoint.yaml $C/world
                                             judge files, as a pipeline would
  npx chokepoint generate --config $C/chokepoint.yaml $C/world
                                             print the policies that are missing
  npx chokepoint explain egress-reaches-cluster
                                             what a rule finds, why, its fix
  npx chokepoint --help
`;

const NEXT_OF_INPUT = `What to try next, with the same paths:
  npx chokepoint check                       every finding, with its file and line
  npx chokepoint check --fix --dry-run       the changes that mend them, as a diff
  npx chokepoint generate                    print the policies that are missing
`;

async function runScenes(scenes: readonly Scene[], start: StartGate, page: Page): Promise<Counts> {
  const counts: Counts[] = [];
  for (const scene of scenes) counts.push(await runScene(scene, start, page));
  return sumOf(counts);
}

/** The bundled clusters. Resolves to 0 if every answer was as it should be, else 1. */
async function runSamples(start: StartGate, page: Page): Promise<number> {
  const counts = await runScenes(sampleScenes(), start, page);
  const isRight = counts.wrong === 0;
  const end = isRight ? 'each as it should be' : page.palette.bad(`${counts.wrong} not as they should be`);
  await page.write(`${page.wrap(`${countsText(counts, page)}: ${end}.`, 0)}\n`);
  if (isRight) await page.write(`\n${NEXT}`);
  return isRight ? 0 : 1;
}

/** One's own files. Resolves to 0 if nothing was refused, else 1. */
async function runInput(
  paths: readonly string[],
  options: CommandSpecific['demo'],
  io: Io,
  start: StartGate,
  page: Page,
): Promise<number> {
  const { inputScenes } = await import('./demo-input.ts');
  const { scenes, report, remove } = await inputScenes(paths, options, io);
  try {
    const counts = await runScenes(scenes, start, page);
    const closed = report.servers.filter(({ verdict }) => verdict === 'allow').length;
    const servers = `${closed} of ${counted(report.summary.servers, 'MCP server')} ${closed === 1 ? 'is' : 'are'} closed`;
    await page.write(`${page.wrap(`${countsText(counts, page)}.`, 0)}\n${page.palette.strong(`${servers}.`)}\n`);
    await page.write(`\n${NEXT_OF_INPUT}`);
    return counts.refused === 0 ? 0 : 1;
  } finally {
    remove();
  }
}

/**
 * The main job: starts the real gate, sends it AdmissionReviews over TLS, shows what it answers; without paths over bundled data, for two clusters;
 * with paths over what stands there, as if all of it were created in namespaces that enforce.
 * Resolves to 0 if every answer was as it should be, or nothing of one's own was refused; else 1.
 */
export async function runDemo(
  paths: readonly string[],
  options: CommandSpecific['demo'],
  io: Io,
  start: StartGate,
): Promise<number> {
  const page: Page = {
    palette: paletteFor(io.isColoured),
    wrap: wrapperFor(Math.min(io.columns ?? WIDEST, WIDEST)),
    write: text => io.stdout.write(text),
  };
  return paths.length === 0 ? runSamples(start, page) : runInput(paths, options, io, start, page);
}
