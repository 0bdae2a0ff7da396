import type { ProgramEnd } from '../adapters/system/run-program.ts';
import { bugText } from './bug-text.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';

/** Starts a dashboard. Rejects with a GateError where it cannot. */
export type StartDashboard = (
  options: CommandSpecific['dashboard'],
  io: Io,
  onBug: (error: unknown) => void,
) => Promise<{ readonly url: string; close(): Promise<void> }>;

/** The program by which a desktop opens an address, with what it is given before the address. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [name: string, ...args: readonly string[]]>>> = {
  darwin: ['open'],
  win32: ['explorer'],
};

/** Milliseconds for a browser to start. */
const OPEN_MS = 10_000;

/** Opens an address in this machine's browser. Resolves to why that did not come about; empty: it did. */
async function openInBrowser(url: string, { env, workingFolder }: Io): Promise<string> {
  const [{ findProgram }, { runProgram }] = await Promise.all([
    import('../adapters/system/find-program.ts'),
    import('../adapters/system/run-program.ts'),
  ]);
  const [name, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const found = findProgram(name, { path: env.PATH, foreign: [workingFolder] });
  if (found.kind === 'none') return `there is no ${name}`;
  const given = Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  const ended: ProgramEnd = await runProgram({
    program: found.path,
    args: [...args, url],
    env: Object.fromEntries(given),
    timeoutMs: OPEN_MS,
    maxBytes: 64 * 1024,
  });
  return ended.kind === 'printed' ? '' : ended.reason;
}

/** `dashboard`: serves the page until the process is to end. Standard output has its address alone. Resolves to 0. */
export async function runDashboard(
  options: CommandSpecific['dashboard'],
  io: Io,
  start: StartDashboard,
): Promise<number> {
  const interrupted = io.interrupted();
  const { url, close } = await start(options, io, error => void io.stderr.write(bugText(error)));
  await io.stdout.write(`${url}\n`);
  await io.stderr.write('Ctrl+C ends it.\n');
  const trouble = options.open ? await openInBrowser(url, io) : '';
  if (trouble !== '') await io.stderr.write(`chokepoint: the browser was not opened: ${trouble}\n`);
  await new Promise<void>(resolve => {
    if (interrupted.aborted) resolve();
    else interrupted.addEventListener('abort', () => resolve());
  });
  await close();
  return 0;
}
