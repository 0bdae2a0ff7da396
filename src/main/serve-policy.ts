import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BUILTIN_SOURCE, DEFAULT_FILE, loadGatePolicy } from '../adapters/config/load.ts';
import { createReloadingPolicy } from '../adapters/config/reload.ts';
import { policyOn } from '../core/gate/policy-on.ts';
import type { AbsentPolicy, GatePolicy, Mode } from '../core/gate/types.ts';
import type { Problem } from '../core/manifest.ts';
import { GateError } from '../errors.ts';

/** The policy that is served: read again when its file changes. */
export interface ServedPolicy {
  /** As it holds today. The same object until something changes. */
  current(): GatePolicy;
  /** Where it came from and how the last reload went, for readiness and logs. */
  detail(): Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
  /** Looks at the file regularly. Returns what stops that. */
  watch(pollMs: number, onReload: (isGood: boolean) => void): () => void;
}

export interface PolicyOptions {
  readonly config?: string | undefined;
  readonly workingFolder: string;
  readonly absentPolicy?: AbsentPolicy | undefined;
  readonly mode?: Mode | undefined;
  readonly modeLimit?: Mode | undefined;
  /** A controller creates policies and lifts holds, so that the document's own `absentPolicy` holds where nothing else is asked for. */
  readonly hasController?: boolean;
}

/** What the log says of a reload. */
export const reloadText = (what: 'policy' | 'certificate', isGood: boolean): string =>
  isGood ? `${what} reloaded` : `${what} not reloaded: the last good one is kept`;

/** `file:line:column: field: message`, a line each. */
export function problemLines(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, column, field, message }) => {
      const place = [file, ...(line > 0 ? [line] : []), ...(line > 0 && column > 0 ? [column] : [])].join(':');
      return [...(place === '' ? [] : [`${place}:`]), ...(field === '' ? [] : [`${field}:`]), message].join(' ');
    })
    .join('\n');
}

/** The document under the command line's flags. Without a controller nobody creates policies or lifts holds, so that what nobody asked for is `reject`. */
function withFlags(
  policy: GatePolicy,
  { absentPolicy, mode, modeLimit, hasController = false }: PolicyOptions,
): GatePolicy {
  const byDocument = policy.isAbsentPolicyGiven || hasController ? policy.absentPolicy : 'reject';
  return {
    ...policy,
    mode: mode ?? policy.mode,
    modeLimit: modeLimit ?? policy.modeLimit,
    absentPolicy: absentPolicy ?? byDocument,
  };
}

/** The policy of each day over one that may be replaced: computed once for each of both. */
function daily(read: () => GatePolicy, options: PolicyOptions): () => GatePolicy {
  let known: { readonly from: GatePolicy; readonly day: number; readonly policy: GatePolicy } | undefined;
  return () => {
    const from = read();
    const day = Math.floor(Date.now() / 86_400_000);
    if (known?.from !== from || known.day !== day) {
      const today = new Date(day * 86_400_000).toISOString().slice(0, 10);
      known = { from, day, policy: policyOn(withFlags(from, options), today) };
    }
    return known.policy;
  };
}

/** Changes with the file's content; empty where it cannot be looked at. A mounted ConfigMap swaps the file behind its name. */
function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}

/** Loads the policy. Rejects with a GateError that names every problem. */
export async function servePolicy(options: PolicyOptions): Promise<ServedPolicy> {
  const { config: file, workingFolder } = options;
  const load = () => loadGatePolicy({ ...(file !== undefined && { file }), workingFolder });
  const initial = await load();
  if (initial.kind === 'refused') throw new GateError('bad-configuration', problemLines(initial.problems));
  const reloading = createReloadingPolicy(initial, { load, now: Date.now });
  const path = resolve(workingFolder, file ?? DEFAULT_FILE);
  return {
    current: daily(reloading.current, options),
    detail: () => {
      const { source, loadedAt, lastError } = reloading.status();
      return {
        source,
        loadedAt: new Date(loadedAt).toISOString(),
        lastError: lastError === undefined ? '' : problemLines(lastError.problems),
      };
    },
    warnings: initial.problems,
    watch: (pollMs, onReload) => {
      if (initial.source === BUILTIN_SOURCE) return () => undefined;
      let version = versionOf(path);
      const look = (): void => {
        const next = versionOf(path);
        if (next === version) return;
        version = next;
        reloading.reload().then(onReload, () => onReload(false));
      };
      const timer = setInterval(look, pollMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
