import type { CommandSpecific } from './commands.ts';

/** Where text goes. */
export interface Output {
  isTerminal(): boolean;
  /** Its reader has gone (`| head`): what is written is dropped, and nobody has a use for more of it. */
  isClosed(): boolean;
  /** Resolves once more can be taken: whoever writes much waits for it. Standard output rejects with a GateError where it cannot be written. */
  write(text: string): Promise<void>;
}

/** The process as the commands see it: nothing else of it may be touched. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Standard output may be coloured. */
  readonly isColoured: boolean;
  /** Width of the terminal that standard output is; absent: it is none. */
  readonly columns?: number | undefined;
  readonly workingFolder: string;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** `YYYY-MM-DD`, UTC. */
  today(): string;
  /**
   * Asks the person at the terminal on standard error, and resolves to the line that was typed, without blanks around it. `undefined`: nobody is there
   * (standard input or standard error is no terminal), or there is no answer (Ctrl+C, Ctrl+D).
   */
  ask(question: string): Promise<string | undefined>;
  /** Aborts when the process is to end (SIGINT, SIGTERM), which from the first call on no longer ends by that: whoever asked does. */
  interrupted(): AbortSignal;
  /** All of standard input. */
  readStdin(): Promise<Buffer>;
  /** A file in big pieces; `-` is standard input. Throws a GateError where it cannot be opened. */
  readPieces(file: string): AsyncIterable<Buffer>;
}

/** Commands that run servers are put together in main. Each resolves to the exit status. */
export interface Mains {
  serve(options: CommandSpecific['serve'], io: Io): Promise<number>;
  controller(options: CommandSpecific['controller'], io: Io): Promise<number>;
  recorder(options: CommandSpecific['recorder'], io: Io): Promise<number>;
  dashboard(options: CommandSpecific['dashboard'], io: Io): Promise<number>;
  demo(paths: readonly string[], options: CommandSpecific['demo'], io: Io): Promise<number>;
}
