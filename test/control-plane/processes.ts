import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How to start one program of the control plane. */
export interface Program {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Starts again by itself when it ends by itself, as the kubelet does with a control plane's pods. */
  readonly restarts?: boolean;
}

const RESTART_DELAY_MS = 200;

/** One started program. It keeps its arguments over restarts. */
export interface RunningProgram {
  readonly pid: () => number;
  /** Undefined while it runs; how it ended otherwise. */
  readonly ended: () => string | undefined;
  readonly log: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** SIGKILL, at once, and no start again. */
  readonly kill: () => void;
  /** SIGTERM, and SIGKILL to what is still there after four seconds. Waits for the end; nothing to do if it has ended. */
  readonly stop: () => Promise<void>;
  /** Starts it again after a stop or an end of its own. */
  readonly start: () => void;
}

const PREFIX = 'chokepoint-cluster-';
const OWNER = 'owner.pid';
const GRACE_MS = 4000;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The program's whole group: it leads its own, so that a terminal's Ctrl-C reaches us first and we end it in order. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

function commandLine(pid: number): string {
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

const readPid = (path: string): number => {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    return 0;
  }
};

/**
 * Ends the programs and removes the folders of test runs that were killed before they could.
 * A pid is signalled only if its command line names the folder: pids are reused.
 */
export function cleanOrphans(): void {
  for (const name of readdirSync(tmpdir()).filter(entry => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const owner = readPid(join(folder, OWNER));
    if (owner === 0 || alive(owner)) continue;
    for (const file of readdirSync(folder).filter(entry => entry.endsWith('.pid') && entry !== OWNER)) {
      const pid = readPid(join(folder, file));
      if (pid > 1 && commandLine(pid).includes(folder)) signalGroup(pid, 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder of our own in the system's temporary folder, marked as ours for {@link cleanOrphans}. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(folder, OWNER), String(process.pid));
  return folder;
}

/** Starts a program whose output goes to `folder/NAME.log` and whose pid to `folder/NAME.pid`. */
export function startProgram(program: Program, folder: string): RunningProgram {
  const logPath = join(folder, `${program.name}.log`);
  let pid = 0;
  let ended: string | undefined;
  let end: Promise<void> = Promise.resolve();
  let wanted = true;
  const start = (): void => {
    wanted = true;
    const log = openSync(logPath, 'a');
    const child = spawn(program.path, program.args, { detached: true, stdio: ['ignore', log, log], cwd: folder });
    closeSync(log);
    pid = child.pid ?? 0;
    ended = undefined;
    writeFileSync(join(folder, `${program.name}.pid`), String(pid));
    end = new Promise(resolve => {
      child.once('error', error => {
        ended = error.message;
        resolve();
      });
      child.once('exit', (code, signal) => {
        ended = signal ?? `exit code ${code}`;
        resolve();
        if (program.restarts) setTimeout(() => wanted && ended !== undefined && start(), RESTART_DELAY_MS).unref();
      });
    });
  };
  const signal = (name: NodeJS.Signals): void => {
    if (ended === undefined && pid > 1) signalGroup(pid, name);
  };
  start();
  return {
    pid: () => pid,
    ended: () => ended,
    log: () => readFileSync(logPath, 'utf8'),
    signal,
    start: () => {
      if (ended !== undefined) start();
    },
    kill: () => {
      wanted = false;
      signal('SIGKILL');
    },
    stop: async () => {
      wanted = false;
      signal('SIGTERM');
      signal('SIGCONT');
      const timer = setTimeout(() => signal('SIGKILL'), GRACE_MS);
      await end;
      clearTimeout(timer);
    },
  };
}

const FATAL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `clean` (which must not wait) when this process ends by itself or by a signal. Returns how to take it back. */
export function onExit(clean: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    release();
    clean();
    // Whoever else listens decides about the end; if nobody does, the signal does what it would have done.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const release = (): void => {
    process.removeListener('exit', clean);
    for (const signal of FATAL_SIGNALS) process.removeListener(signal, onSignal);
  };
  process.once('exit', clean);
  for (const signal of FATAL_SIGNALS) process.once(signal, onSignal);
  return release;
}
