import type { Problem } from '../../core/manifest.ts';
import { cutText, visibleText } from '../../core/visible-text.ts';
import { runProgram } from '../system/run-program.ts';
import { fileProblem } from '../yaml/text.ts';
import type { Build } from './plan.ts';

/** Bounds on builds; all inclusive. */
export interface BuildLimits {
  /** Milliseconds of one build, and of all. */
  readonly buildMs: number;
  readonly allMs: number;
  /** Of the output of one build, and of all. */
  readonly buildBytes: number;
  readonly allBytes: number;
}

const MIB = 1024 * 1024;
export const BUILD_LIMITS: BuildLimits = { buildMs: 60_000, allMs: 600_000, buildBytes: 32 * MIB, allBytes: 256 * MIB };

/** Builds that run at the same time: each keeps a processor busy, and its output is held until it is its turn. */
const AT_ONCE = 2;
/** Of what a builder says, in UTF-16 units. */
const MAX_MESSAGE = 600;

export type Built = { readonly output: Buffer } | { readonly problem: Problem };

function failure({ file, folder, tool, isOptional }: Build, reason: string, says: string): Problem {
  const said = cutText(visibleText(says).trim(), MAX_MESSAGE);
  if (!isOptional) {
    const verb = tool === 'helm' ? 'rendered by helm' : 'built by kustomize';
    return fileProblem('build-failed', file, `${folder} cannot be ${verb}: ${reason}${said === '' ? '' : `: ${said}`}`);
  }
  const message = `${folder} is a Component that no kustomization of the input uses, and cannot be built alone: it is not judged`;
  return { ...fileProblem('unused-component', file, message), severity: 'warning' };
}

/** Runs builds, two at a time, and gives the outcome of each in their order. Never throws for what a build does. */
export async function* runBuilds(
  builds: readonly Build[],
  limits: BuildLimits = BUILD_LIMITS,
): AsyncIterable<{ readonly build: Build; readonly built: Built }> {
  const endMs = performance.now() + limits.allMs;
  let bytesLeft = limits.allBytes;
  const start = async (build: Build): Promise<Built> => {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return { problem: failure(build, `the builds before it took ${limits.allMs / 1000} s`, '') };
    const timeoutMs = Math.min(limits.buildMs, leftMs);
    // What a build may print is set aside before it runs: another one runs beside it.
    const maxBytes = Math.min(limits.buildBytes, bytesLeft);
    bytesLeft -= maxBytes;
    const end = await runProgram({ ...build, timeoutMs, maxBytes });
    bytesLeft += maxBytes - (end.kind === 'failed' ? 0 : end.output.length);
    if (end.kind === 'failed') return { problem: failure(build, end.reason, end.says) };
    return { output: end.output };
  };
  const running = builds.slice(0, AT_ONCE).map(start);
  for (const [index, build] of builds.entries()) {
    const next = builds[index + AT_ONCE];
    const built = await running[index];
    if (built === undefined) continue;
    if (next !== undefined) running.push(start(next));
    yield { build, built };
    delete running[index];
  }
}
