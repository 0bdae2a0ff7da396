import { resolve } from 'node:path';
import { BUILTIN_SOURCE, builtinGatePolicy, DEFAULT_FILE, loadGatePolicy } from '../adapters/config/load.ts';
import { createReloadingPolicy, type ReloadingPolicy, statusDetail } from '../adapters/config/reload.ts';
import { loadStoredGatePolicy } from '../adapters/config/stored.ts';
import { watchFile } from '../adapters/config/watch-file.ts';
import { createPolicyOfToday } from '../app/policy-of-today.ts';
import type { PolicyOverrides } from '../core/gate/policy-on.ts';
import type { StoredGatePolicy } from '../core/gate/stored-gate-policy.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { type Problem, problemLines } from '../core/manifest.ts';
import { GateError } from '../errors.ts';

/** The policy that is served: read again when its source changes. */
export interface ServedPolicy {
  /** As it holds today. The same object until something changes. */
  current(): GatePolicy;
  /** Whether it may be judged by: not before the cluster has told whether it holds one, and not while the only one cannot be used. */
  isKnown(): boolean;
  /** Where it came from and how the last reload went, for readiness and logs. */
  detail(): Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
  /** The file that it is read from, as it was named; `undefined`: none. */
  readonly file: string | undefined;
  /** Looks at the source regularly, or listens to it. Returns what stops that. */
  watch(pollMs: number, onReload: (isGood: boolean) => void): () => void;
}

export interface PolicyOptions extends PolicyOverrides {
  readonly config?: string | undefined;
  readonly workingFolder: string;
}

/** The GatePolicy that counts among those of a cluster. */
export interface GatePolicySource {
  /** Resolves once the cluster has been read. */
  readonly ready: Promise<void>;
  /** `undefined`: there is none. */
  current(): StoredGatePolicy | undefined;
  /** Calls the listener whenever a GatePolicy changed. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

/** Milliseconds between two looks whether there is a policy. */
const LOOK_MS = 25;

/** Resolves once the policy may be judged by, or the signal aborts. */
export async function untilKnown(policy: Pick<ServedPolicy, 'isKnown'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !policy.isKnown()) await new Promise(resolve => setTimeout(resolve, LOOK_MS));
}

const served = (reloading: ReloadingPolicy, options: PolicyOptions): Pick<ServedPolicy, 'current' | 'detail'> => ({
  current: createPolicyOfToday(reloading.current, options, Date.now),
  detail: () => statusDetail(reloading.status()),
});

/** Loads the policy of a file, or of the preset. Rejects with a GateError that names every problem. */
export async function servePolicy(options: PolicyOptions): Promise<ServedPolicy> {
  const { config: file, workingFolder } = options;
  const load = () => loadGatePolicy({ file, workingFolder });
  const initial = await load();
  if (initial.kind === 'refused') throw new GateError('bad-configuration', problemLines(initial.problems));
  const reloading = createReloadingPolicy(initial, { load, now: Date.now });
  const isFile = initial.source !== BUILTIN_SOURCE;
  return {
    ...served(reloading, options),
    isKnown: () => true,
    warnings: initial.problems,
    file: isFile ? initial.source : undefined,
    watch: (pollMs, onReload) => {
      if (!isFile) return () => undefined;
      const path = resolve(workingFolder, file ?? DEFAULT_FILE);
      return watchFile(path, pollMs, () => void reloading.reload().then(onReload));
    },
  };
}

/** The policy of the GatePolicy of a cluster, where no file holds over it: the preset while there is none. `source` absent: no cluster. */
export function servePolicyOf(
  written: ServedPolicy,
  options: PolicyOptions,
  source: GatePolicySource | undefined,
): ServedPolicy {
  if (written.file !== undefined || source === undefined) return written;
  const load = () => loadStoredGatePolicy(source.current());
  const preset = { kind: 'loaded', policy: builtinGatePolicy(), source: BUILTIN_SOURCE, problems: [] } as const;
  const reloading = createReloadingPolicy(preset, { load, now: Date.now });
  let isKnown = false;
  return {
    ...served(reloading, options),
    isKnown: () => isKnown,
    warnings: [],
    file: undefined,
    watch: (_pollMs, onReload) => {
      let isRead = false;
      const reload = (): void => {
        void reloading.reload().then(isGood => {
          isKnown ||= isGood;
          onReload(isGood);
        });
      };
      void source.ready.then(() => {
        isRead = true;
        reload();
      });
      return source.onChange(() => {
        if (isRead) reload();
      });
    },
  };
}
