import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../support/developer-command.ts';
import { createRandom } from '../support/random.ts';
import { findMutants, type Mutant } from './find-mutants.ts';
import type { Reached } from './record.ts';
import type { RunAnswer, RunRequest, SessionStart } from './session.ts';
import type { Numbered } from './with-switches.ts';

/** Puts small faults into the sources, one at a time, and tells which the tests do not notice. See README.md. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['src/core', 'src/app', 'src/adapters/kubernetes'];

const { values } = commandLine({
  name: 'npm run mutants',
  does: 'Puts small faults into the sources, one at a time, and tells which of them no test notices.',
  options: {
    count: { value: 'N', means: 'size of the sample', default: 300 },
    seed: { value: 'N', means: 'which sample: the same seed and sources give the same one', default: 1 },
    only: {
      value: 'TEXT',
      means: 'only files whose path holds this text; with :LINE at its end, only this line of them',
      default: '',
    },
    again: { value: 'FILE', means: 'only what a file of --out tells as not noticed' },
    tests: { value: 'GLOB', means: 'which test files may notice one', default: 'test/**/*.test.ts' },
    workers: { value: 'N', means: 'test files at the same time', default: 2 },
    out: { value: 'FILE', means: 'a JSON file of every outcome, with the test that noticed it first' },
  },
});

const [, ONLY_PATH = values.only, ONLY_LINE] = /^(.*):(\d+)$/.exec(values.only) ?? [];
const ONLY = { path: ONLY_PATH, line: ONLY_LINE === undefined ? undefined : Number(ONLY_LINE) };

interface Outcome extends Numbered {
  readonly outcome: 'noticed' | 'survived' | 'not reached' | 'does not end';
  /** The first test that failed; empty where none did. */
  readonly by: string;
  readonly seconds: number;
}

const allMutants = (): readonly Mutant[] =>
  FOLDERS.flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => `${folder}/${name}`)
      .sort(),
  )
    .filter(file => file.includes(ONLY.path))
    .flatMap(file => findMutants(file, readFileSync(join(ROOT, file), 'utf8')))
    .filter(({ line }) => ONLY.line === undefined || line === ONLY.line);

const isNoticed = ({ outcome }: Pick<Outcome, 'outcome'>): boolean =>
  outcome === 'noticed' || outcome === 'does not end';

/** What tells a mutant from others although the file was edited since. */
const editOf = ({ file, text, operator, before, after }: Mutant): string =>
  JSON.stringify([file, text, operator, before, after]);

/** Those of `all` that an earlier run's file tells as not noticed. */
function notNoticed(all: readonly Mutant[], outFile: string): readonly Mutant[] {
  const { outcomes } = JSON.parse(readFileSync(outFile, 'utf8')) as { readonly outcomes: readonly Outcome[] };
  const edits = new Set(outcomes.filter(one => !isNoticed(one)).map(editOf));
  return all.filter(mutant => edits.has(editOf(mutant)));
}

const byPlace = (a: Mutant, b: Mutant): number => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1);

/** Mutants whose numbers are their places in the list. */
function sample(all: readonly Mutant[]): readonly Numbered[] {
  const chosen = createRandom(values.seed).shuffle(all).slice(0, values.count);
  return chosen.sort(byPlace).map((mutant, index) => ({ ...mutant, id: index + 1 }));
}

/** A session, with all that it has started, which is ended as one where it hangs. */
class Runner {
  readonly #start: SessionStart;
  #child: ChildProcess | undefined;

  constructor(start: SessionStart) {
    this.#start = start;
    process.on('exit', () => this.end());
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(2));
  }

  /** `undefined`: there was no answer in time. */
  async run(request: RunRequest, limitMs: number): Promise<RunAnswer | undefined> {
    const child = this.#running();
    const answer = await new Promise<RunAnswer | undefined>(resolve => {
      const timer = setTimeout(resolve, limitMs, undefined);
      child.once('message', (message: RunAnswer) => {
        clearTimeout(timer);
        resolve(message);
      });
      child.send(request);
    });
    if (answer === undefined) this.end();
    return answer;
  }

  end(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  }

  #running(): ChildProcess {
    if (this.#child === undefined) {
      const script = join(ROOT, 'test/mutants/session.ts');
      this.#child = fork(script, { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      this.#child.send(this.#start);
    }
    return this.#child;
  }
}

/** Whether nothing but time made it fail: another program that keeps the machine busy does that too. */
const isByTime = (answer: RunAnswer | undefined): boolean =>
  answer === undefined || (answer.failed.length > 0 && answer.failed.every(why => / timed out in \d+ms/.test(why)));

/** Which files of tests reach a mutant, the fastest first, and how often any of them does. */
interface Reach {
  readonly testFiles: readonly string[];
  /** What these took together without it. */
  readonly ms: number;
  readonly most: number;
}

function readReach(folder: string, { durations }: RunAnswer): ReadonlyMap<number, Reach> {
  const ms = new Map(durations);
  const byId = new Map<number, { testFile: string; count: number }[]>();
  for (const name of readdirSync(folder)) {
    const { testFile, counts } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Reached;
    for (const [id, count] of counts) byId.set(id, [...(byId.get(id) ?? []), { testFile, count }]);
  }
  const msOf = (testFile: string): number => ms.get(testFile) ?? 0;
  return new Map(
    [...byId].map(([id, some]) => [
      id,
      {
        testFiles: some.map(({ testFile }) => testFile).sort((a, b) => msOf(a) - msOf(b)),
        ms: some.reduce((sum, { testFile }) => sum + msOf(testFile), 0),
        most: Math.max(...some.map(({ count }) => count)),
      },
    ]),
  );
}

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 67)}...` : line;
};

const lineOf = ({ file, line, operator, before, after, outcome }: Outcome): string =>
  `${outcome.padEnd(12)} ${file}:${line}  ${operator}: ${oneLine(before)} -> ${oneLine(after)}`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const all = values.again === undefined ? allMutants() : notNoticed(allMutants(), values.again);
  const mutants = sample(all);
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-mutants-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const runner = new Runner({ mutants, tests: values.tests, workers: values.workers, folder });
  say(`${mutants.length} of ${all.length} mutants, seed ${values.seed}; first the tests without any of them`);
  const started = performance.now();
  const whole = await runner.run({ active: 0, limit: 0 }, 30 * 60_000);
  if (whole === undefined || whole.failed.length > 0) {
    say(`the tests fail as they are: ${whole?.failed.join('; ') ?? 'they do not end'}`);
    return 2;
  }
  const reach = readReach(folder, whole);

  const judge = async (mutant: Numbered): Promise<Pick<Outcome, 'outcome' | 'by'>> => {
    const { testFiles, ms, most } = reach.get(mutant.id) ?? { testFiles: [], ms: 0, most: 0 };
    if (testFiles.length === 0) return { outcome: 'not reached', by: '' };
    const request = { active: mutant.id, limit: 100_000 + 100 * most, testFiles };
    const attempt = async (): Promise<RunAnswer | undefined> => await runner.run(request, 60_000 + 3 * ms);
    const first = await attempt();
    const answer = isByTime(first) ? await attempt() : first;
    if (answer === undefined) return { outcome: 'does not end', by: '' };
    const [by] = answer.failed;
    return by === undefined ? { outcome: 'survived', by: '' } : { outcome: 'noticed', by };
  };

  const outcomes: Outcome[] = [];
  for (const mutant of mutants) {
    const from = performance.now();
    const outcome: Outcome = { ...mutant, ...(await judge(mutant)), seconds: (performance.now() - from) / 1000 };
    outcomes.push(outcome);
    say(`${outcomes.length}/${mutants.length} ${outcome.seconds.toFixed(1)} s ${lineOf(outcome)}`);
  }
  runner.end();
  const noticed = outcomes.filter(isNoticed).length;
  const minutes = (performance.now() - started) / 60_000;
  const percent = ((100 * noticed) / Math.max(1, outcomes.length)).toFixed(1);
  const sum = `${noticed} of ${outcomes.length} noticed (${percent} %), seed ${values.seed}, in ${minutes.toFixed(1)} minutes`;
  process.stdout.write(`${[...outcomes.filter(one => !isNoticed(one)).map(lineOf), sum].join('\n')}\n`);
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify({ sum, outcomes }, null, 2)}\n`);
  return 0;
}

process.exit(await main());
