import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { buildProgram } from './gate.ts';
import { LANE_VARIABLE, LANES, type Lane } from './lane.ts';

/**
 * `node run-lanes.ts [FILTER…]` runs the end-to-end suite: the files that share a cluster one after the other, and beside them those that start
 * clusters of their own, which mostly wait. Each lane has a private network of its own. With an argument, only what it chooses, one file after the
 * other.
 */

const PRIVATE = fileURLToPath(new URL('../control-plane/in-private-network.ts', import.meta.url));
const SUITE = [PRIVATE, 'vitest', 'run', '--config', 'vitest.e2e.config.ts'];

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves to the exit code of what was started; signals that end us end it. */
function ended(child: ChildProcess): Promise<number> {
  for (const signal of SIGNALS) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve(code ?? 1));
  });
}

/** Whole lines, so that those of two runs do not mix. */
function passOn(from: Readable, to: Writable): void {
  createInterface(from).on('line', line => void to.write(`${line}\n`));
}

/** Resolves to a line about it, and sets our own exit code where it failed. */
async function runLane(lane: Lane): Promise<string> {
  const started = Date.now();
  const env = { ...process.env, [LANE_VARIABLE]: lane };
  const child = spawn(process.execPath, SUITE, { stdio: ['ignore', 'pipe', 'pipe'], env });
  passOn(child.stdout, process.stdout);
  passOn(child.stderr, process.stderr);
  const code = await ended(child);
  if (code !== 0) process.exitCode = 1;
  return `${lane}: ${code === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - started) / 1000)} s`;
}

const args = process.argv.slice(2);
if (args.length > 0) {
  process.exitCode = await ended(spawn(process.execPath, [...SUITE, ...args], { stdio: 'inherit' }));
} else {
  buildProgram();
  // What is missing of the control plane is built by one, not by all at once.
  process.exitCode = await ended(spawn(process.execPath, [PRIVATE, 'true'], { stdio: 'inherit' }));
  const lines = process.exitCode === 0 ? await Promise.all(LANES.map(runLane)) : [];
  process.stdout.write(`\n${lines.join('\n')}\n`);
}
