import { spawn } from 'node:child_process';
import { BUILT_VARIABLE, buildProgram } from './gate.ts';
import { ended, passOn } from './lane-process.ts';

/**
 * `node run-beside.ts SCRIPT[,SCRIPT…]…` runs scripts of package.json: those of one argument one after the other, those of another beside them. All are run
 * to their end. It ends with 1 if one of them failed, and the end of what that one said comes last: who keeps only the end of an output is to see it.
 */

/** Lines of a failed script that are said again. */
const MOST_AGAIN = 80;

interface Ended {
  readonly script: string;
  readonly code: number;
  readonly seconds: number;
  readonly lastLines: readonly string[];
}

async function runScript(script: string): Promise<Ended> {
  const startMs = Date.now();
  const env = { ...process.env, [BUILT_VARIABLE]: 'yes' };
  const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    passOn(stream, process.stdout, line => {
      lastLines.push(line);
      if (lastLines.length > MOST_AGAIN) lastLines.shift();
    });
  const code = await ended(child);
  return { script, code, seconds: Math.round((Date.now() - startMs) / 1000), lastLines };
}

async function runLane(scripts: string): Promise<readonly Ended[]> {
  const ended: Ended[] = [];
  for (const script of scripts.split(',')) ended.push(await runScript(script));
  return ended;
}

// Once for all: nobody is to read a program while another one writes it.
buildProgram();
const all = (await Promise.all(process.argv.slice(2).map(runLane))).flat();
for (const { script, code, lastLines } of all)
  if (code !== 0) process.stdout.write(`\nFAIL ${script}\n${lastLines.join('\n')}\n`);
for (const { script, code, seconds } of all)
  process.stdout.write(`${script}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s\n`);
process.exitCode = all.every(({ code }) => code === 0) ? 0 : 1;
