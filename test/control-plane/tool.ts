import { execFile } from 'node:child_process';
import type { ClusterAddress } from './address.ts';
import type { User } from './users.ts';

/** How a run of kubectl or helm ended. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface ToolOptions {
  /** For `-f -`: text, or objects, which become one List. */
  readonly stdin?: string | readonly unknown[];
  /** The administrator where absent. */
  readonly as?: User;
  /** How long it may take, in milliseconds; a minute where absent. */
  readonly timeoutMs?: number;
}

const TOOL_TIMEOUT_MS = 60_000;

const stdinText = (stdin: ToolOptions['stdin']): string | undefined =>
  stdin === undefined || typeof stdin === 'string'
    ? stdin
    : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: stdin });

/** Runs the real kubectl or helm against the cluster; never throws for its exit code. */
export function runTool(
  path: string,
  address: ClusterAddress,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolResult> {
  const config = options.as?.kubeconfig ?? address.kubeconfig;
  return new Promise(resolve => {
    const child = execFile(
      path,
      args,
      {
        env: { PATH: process.env.PATH, HOME: address.folder, KUBECONFIG: config },
        timeout: options.timeoutMs ?? TOOL_TIMEOUT_MS,
        maxBuffer: 1 << 26,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ stdout, stderr, code });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdinText(options.stdin));
  });
}
