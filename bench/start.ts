/**
 * What it takes until something can be judged, as whole processes run in turn with an empty Node.js: a gate that serves a folder, and the library.
 * Run: `npm run build && node bench/start.ts [--runs N]`. Prints medians; a gate should be ready within 250 ms.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandLine } from '../test/support/developer-command.ts';
import { median } from './processor.ts';

const { values } = commandLine({
  name: 'node bench/start.ts',
  does: 'Milliseconds until a gate is ready and until the library has judged, beside an empty Node.js.',
  options: { runs: { value: 'N', means: 'how often each is run', default: 9 } },
});
/** A process that has not said anything by then will not. */
const LIMIT_MS = 30_000;

const WORLD = path.resolve('policies', 'demo', 'gke', 'world');
const LIBRARY = pathToFileURL(path.resolve('dist', 'index.js')).href;
const JUDGE = `import{judgeManifests,presetPolicy}from${JSON.stringify(LIBRARY)};
judgeManifests([{apiVersion:'v1',kind:'Pod',metadata:{name:'a'},spec:{containers:[{name:'a',image:'mcp/fetch'}]}}],presetPolicy('baseline'));
console.log('judged');`;

/** What is started, and how one sees that it is there: by its first output. */
const STARTED: readonly (readonly [title: string, args: readonly string[]])[] = [
  ['an empty Node.js', ['-e', 'console.log(0)']],
  ['a gate, until it is ready', ['dist/chokepoint.js', 'serve', '--world', WORLD, '--port', '0', '--health-port', '0']],
  ['the library, until it has judged', ['--input-type=module', '-e', JUDGE]],
];

/** Milliseconds until a process says something; it is ended then. */
async function startMs(args: readonly string[], cache: string): Promise<number> {
  const startedMs = performance.now();
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
  if (child.stdout === null) throw new Error('no standard output');
  const ended = once(child, 'exit');
  const isSaid = once(child.stdout, 'data', { signal: AbortSignal.timeout(LIMIT_MS) }).then(() => true);
  if ((await Promise.race([isSaid, ended.then(() => false)])) === false)
    throw new Error(`${args.join(' ')} ended without a word`);
  const tookMs = performance.now() - startedMs;
  child.kill('SIGKILL');
  await ended;
  return tookMs;
}

const cache = mkdtempSync(path.join(tmpdir(), 'start-bench-'));
try {
  const times = STARTED.map((): number[] => []);
  for (let run = 0; run <= values.runs; run += 1)
    for (const [index, [, args]] of STARTED.entries()) {
      const tookMs = await startMs(args, cache);
      // The first run fills the cache of compiled code.
      if (run > 0) times[index]?.push(tookMs);
    }
  for (const [index, [title]] of STARTED.entries())
    process.stdout.write(
      `${title.padEnd(34)} ${median(times[index] ?? [])
        .toFixed(0)
        .padStart(5)} ms\n`,
    );
} finally {
  rmSync(cache, { recursive: true });
}
