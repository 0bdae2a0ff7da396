import { spawn, spawnSync } from 'node:child_process';

/** How a command ended that was run for its output. */
export interface CommandResult {
  /** -1 where the command is not there, or was ended. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command and keeps what it says; never throws. */
export function capture(command: string, ...args: readonly string[]): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  return { code: status ?? -1, stdout: stdout ?? '', stderr: error?.message ?? stderr ?? '' };
}

/** Runs a command in sight. An error where it fails. */
export function run(command: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

/** Runs a command in sight, beside others; resolves to its exit code. */
export function runBeside(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve(code ?? 1));
  });
}
