import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FailedFile, failedFiles } from './failed-files.ts';
import { buildProgram } from './gate.ts';
import { LANE_VARIABLE, LANES, type Lane } from './lane.ts';
import { ended, passOn } from './lane-process.ts';

/**
 * `node run-lanes.ts [FILTER…]` runs the end-to-end suite: the files that share a cluster one after the other, and beside them those that start
 * clusters of their own, which mostly wait. Each lane has a private network of its own. With an argument, only what it chooses, one file after the
 * other.
 */

const PRIVATE = fileURLToPath(new URL('../control-plane/in-private-network.ts', import.meta.url));
const SUITE = [PRIVATE, 'vitest', 'run', '--config', 'vitest.e2e.config.ts'];

/** A lane that ended, or a second run of files. */
interface Ended {
  readonly title: string;
  readonly code: number;
  readonly seconds: number;
  /** Undefined: it did not come to its end, and nobody knows. */
  readonly failed: readonly FailedFile[] | undefined;
}

const REPORTS = mkdtempSync(join(tmpdir(), 'chokepoint-lanes-'));

/** Runs the suite with its output passed on line by line. */
async function runSuite(title: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const started = Date.now();
  const report = join(REPORTS, `${title}.json`);
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [...SUITE, ...reporters, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  passOn(child.stdout, process.stdout);
  passOn(child.stderr, process.stderr);
  const code = await ended(child);
  return { title, code, seconds: Math.round((Date.now() - started) / 1000), failed: failedFiles(report) };
}

const runLane = (lane: Lane): Promise<Ended> => runSuite(lane, [], { ...process.env, [LANE_VARIABLE]: lane });

const lineAbout = ({ title, code, seconds, failed }: Ended): string =>
  `${title}: ${code === 0 ? 'passed' : failed === undefined ? 'CAME TO NO END' : 'FAILED'} in ${seconds} s`;

/** What failed, file by file; this comes last, since who keeps only the end of an output is to see it. */
const failuresIn = ({ failed = [] }: Ended): readonly string[] =>
  failed.flatMap(({ path, failures }) => [
    `FAIL ${path}`,
    ...failures.map(text => `  ${text.replaceAll('\n', '\n    ')}`),
  ]);

/** Files that are run once more at most: where more fail, it is not for want of a processor. */
const MOST_AGAIN = 5;

/**
 * Four lanes starve one another on a small machine. A file that failed beside the others is run once more by itself, and both are told; a lane that
 * did not come to its end has failed.
 */
async function runLanes(): Promise<number> {
  const lanes = await Promise.all(LANES.map(runLane));
  const bad = lanes.filter(({ code }) => code !== 0);
  const files = bad.flatMap(({ failed }) => failed ?? []).map(({ path }) => path);
  const isOfFiles = bad.length > 0 && bad.every(({ failed }) => failed !== undefined && failed.length > 0);
  const again =
    isOfFiles && files.length <= MOST_AGAIN ? await runSuite('by themselves', files, process.env) : undefined;
  const all = again === undefined ? lanes : [...lanes, again];
  process.stdout.write(`\n${[...all.flatMap(failuresIn), ...all.map(lineAbout)].join('\n')}\n`);
  return bad.length === 0 ? 0 : (again?.code ?? 1);
}

const args = process.argv.slice(2);
if (args.length > 0) {
  process.exitCode = await ended(spawn(process.execPath, [...SUITE, ...args], { stdio: 'inherit' }));
} else {
  buildProgram();
  // What is missing of the control plane is built by one, not by all at once.
  process.exitCode = await ended(spawn(process.execPath, [PRIVATE, 'true'], { stdio: 'inherit' }));
  if (process.exitCode === 0) process.exitCode = await runLanes();
  rmSync(REPORTS, { recursive: true, force: true });
}
