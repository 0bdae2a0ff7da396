import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';

/** Programs that a test starts in a folder, and ends at the latest with itself. */
export interface ChildPrograms {
  run(path: string, args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Kills what still runs. */
  killAll(): void;
}

export function childPrograms(folder: () => string): ChildPrograms {
  const running = new Set<ChildProcess>();
  return {
    run: (path, args, env = {}) => {
      const child = spawn(path, args, { cwd: folder(), stdio: 'ignore', env: { ...process.env, ...env } });
      running.add(child);
      child.on('exit', () => running.delete(child));
      return child;
    },
    killAll: () => {
      for (const child of running) child.kill('SIGKILL');
    },
  };
}

/** Resolves when the program is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise<void>(resolve => child.on('exit', () => resolve()));
  child.kill(signal);
  await ended;
}

/** Whether somebody listens on this port of the machine. */
export const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
