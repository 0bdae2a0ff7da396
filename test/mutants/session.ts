import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest, type Reporter, type TestModule, type TestSpecification, type Vitest } from 'vitest/node';
import type {} from './record.ts';
import { type Numbered, withSwitches } from './with-switches.ts';

/** A process that holds a warm vitest. It is told what to run, and can be ended where it hangs. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What it is sent first. */
export interface SessionStart {
  readonly mutants: readonly Numbered[];
  /** A pattern of files. */
  readonly tests: string;
  readonly workers: number;
  readonly folder: string;
}

/** What it is sent then. `testFiles` are run in this order until one fails; absent: all are. */
export interface RunRequest {
  readonly active: number;
  readonly limit: number;
  readonly testFiles?: readonly string[];
}

/** What it answers. */
export interface RunAnswer {
  /** What failed: tests, and files that could not be run, each with the first line of the reason. */
  readonly failed: readonly string[];
  /** Milliseconds that each file took. */
  readonly durations: readonly (readonly [testFile: string, ms: number])[];
}

/**
 * Tests of what is built or packed do not run the sources, those that count steps count the switches too, and the tests of the mutants would start
 * themselves.
 */
const ELSEWHERE = ['test/e2e/**', 'test/packaging/**', 'test/cost/**', 'test/mutants/**'];

/** In the order in which they were asked for. */
class AsAsked {
  shard(specifications: TestSpecification[]): TestSpecification[] {
    return specifications;
  }
  sort(specifications: TestSpecification[]): TestSpecification[] {
    return specifications;
  }
}

/** Keeps what has ended since it was last emptied: vitest's own state holds results of earlier runs too. */
class Ended implements Reporter {
  modules: TestModule[] = [];
  onTestModuleEnd(module: TestModule): void {
    this.modules.push(module);
  }
}

async function open({ mutants, tests, workers }: SessionStart, ended: Ended): Promise<Vitest> {
  const byFile = Map.groupBy(mutants, ({ file }) => file);
  return await createVitest(
    'test',
    {
      root: ROOT,
      config: false,
      watch: false,
      // What is kept between runs does not know of the switches.
      fsModuleCache: false,
      include: [tests],
      exclude: ELSEWHERE,
      setupFiles: ['test/mutants/record.ts'],
      reporters: [ended],
      maxWorkers: workers,
      testTimeout: 30_000,
      hookTimeout: 30_000,
      sequence: { sequencer: AsAsked },
    },
    {
      plugins: [
        {
          name: 'mutants',
          enforce: 'pre',
          load(id: string) {
            const file = relative(ROOT, id.split('?')[0] ?? id);
            const some = byFile.get(file);
            return some === undefined ? null : withSwitches(readFileSync(join(ROOT, file), 'utf8'), some);
          },
        },
      ],
    },
  );
}

const firstLine = (error: unknown): string =>
  String(
    error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
      ? error.message
      : error,
  ).split('\n')[0] ?? '';

function whyOf(module: TestModule): string {
  const [test] = module.children.allTests('failed');
  const [error] = test?.result().errors ?? module.errors();
  return `${relative(ROOT, module.moduleId)}: ${test?.fullName ?? 'the file'}: ${firstLine(error)}`;
}

interface Session {
  readonly start: SessionStart;
  readonly ended: Ended;
  readonly vitest: Promise<Vitest>;
}

const testMs = (module: TestModule): number => {
  const { duration, collectDuration, setupDuration, prepareDuration, environmentSetupDuration } = module.diagnostic();
  return duration + collectDuration + setupDuration + prepareDuration + environmentSetupDuration;
};

/** As many at a time as there are workers. Vitest's own `bail` is not used: what it cancels may be the next run, which then finds nothing. */
function inBatches(all: readonly TestSpecification[], size: number): readonly TestSpecification[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

async function run({ start, ended, vitest: opening }: Session, request: RunRequest): Promise<RunAnswer> {
  const { active, limit, testFiles } = request;
  const vitest = await opening;
  vitest.provide('mutants', { active, limit, folder: start.folder });
  const all = await vitest.globTestSpecifications();
  const asked = testFiles?.flatMap(file => all.filter(({ moduleId }) => moduleId === file));
  ended.modules = [];
  const failed: string[] = [];
  for (const batch of asked === undefined ? [all] : inBatches(asked, start.workers)) {
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(batch);
    if (testModules.length < batch.length) failed.push('vitest did not run all files');
    failed.push(
      ...ended.modules.filter(module => module.state() === 'failed').map(whyOf),
      ...unhandledErrors.map(firstLine),
    );
    if (failed.length > 0) break;
  }
  return { failed, durations: ended.modules.map(module => [module.moduleId, testMs(module)] as const) };
}

let session: Session | undefined;

process.on('message', async (message: SessionStart | RunRequest) => {
  if ('mutants' in message) {
    const ended = new Ended();
    session = { start: message, ended, vitest: open(message, ended) };
  } else if (session !== undefined) process.send?.(await run(session, message));
});
