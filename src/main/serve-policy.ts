import { resolve } from 'node:path';
import { BUILTIN_SOURCE, DEFAULT_FILE, loadGatePolicy } from '../adapters/config/load.ts';
import { createReloadingPolicy, statusDetail } from '../adapters/config/reload.ts';
import { watchFile } from '../adapters/config/watch-file.ts';
import { createPolicyOfToday } from '../app/policy-of-today.ts';
import type { PolicyOverrides } from '../core/gate/policy-on.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { type Problem, problemLines } from '../core/manifest.ts';
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

export interface PolicyOptions extends PolicyOverrides {
  readonly config?: string | undefined;
  readonly workingFolder: string;
}

/** Loads the policy. Rejects with a GateError that names every problem. */
export async function servePolicy(options: PolicyOptions): Promise<ServedPolicy> {
  const { config: file, workingFolder } = options;
  const load = () => loadGatePolicy({ file, workingFolder });
  const initial = await load();
  if (initial.kind === 'refused') throw new GateError('bad-configuration', problemLines(initial.problems));
  const reloading = createReloadingPolicy(initial, { load, now: Date.now });
  return {
    current: createPolicyOfToday(reloading.current, options, Date.now),
    detail: () => statusDetail(reloading.status()),
    warnings: initial.problems,
    watch: (pollMs, onReload) => {
      if (initial.source === BUILTIN_SOURCE) return () => undefined;
      const path = resolve(workingFolder, file ?? DEFAULT_FILE);
      return watchFile(path, pollMs, () => void reloading.reload().then(onReload));
    },
  };
}
