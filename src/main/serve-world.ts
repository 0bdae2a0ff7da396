import { readManifests } from '../adapters/files/read.ts';
import type { HealthCheck } from '../adapters/http/health.ts';
import type { AdmissionPorts } from '../app/admission/ports.ts';
import type { WorldReading } from '../app/world-reading.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { createDecoder } from '../core/kube/decode.ts';
import type { KubeObject } from '../core/kube/types.ts';
import type { Manifest, Problem } from '../core/manifest.ts';
import { buildWorld } from '../core/world.ts';
import { GateError } from '../errors.ts';
import { problemLines } from './serve-policy.ts';

/** The world that is served: of manifests, or of a live cluster. */
export interface ServedWorld extends Pick<AdmissionPorts, 'confirmPolicies' | 'confirmPods' | 'liveNamespace'> {
  /** The policy with what the world itself tells of protected networks; absent: a world that tells nothing. */
  readonly complete?: (policy: GatePolicy) => GatePolicy;
  read(): WorldReading;
  /** Milliseconds since it was known to be right; infinite where it never was. */
  ageMs(): number;
  /** Whether it can be judged by, and how it stands. */
  health(): HealthCheck;
  readonly warnings: readonly Problem[];
  /** Resolves once it is complete, or closed. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** The issues of one manifest as problems: at the line where its document starts. */
function decodeManifest(
  decode: ReturnType<typeof createDecoder>,
  manifest: Manifest,
  objects: KubeObject[],
): readonly Problem[] {
  const decoded = decode(manifest.value);
  if (decoded.kind === 'other') return [];
  if (decoded.kind === 'object') objects.push(decoded.object);
  return decoded.issues.map(({ severity, code, path, message }) => ({
    severity,
    code,
    file: manifest.file,
    line: manifest.line,
    column: 0,
    field: path,
    message,
  }));
}

/** Reads a world. Rejects with a GateError that names every problem where a part cannot be read: what is missing could be the policy that closes a server. */
export async function readFileWorld(paths: readonly string[]): Promise<ServedWorld> {
  const { manifests, problems } = await readManifests(paths, { stdin: async () => Buffer.alloc(0) });
  const decode = createDecoder();
  const objects: KubeObject[] = [];
  const all = [...problems, ...manifests.flatMap(manifest => decodeManifest(decode, manifest, objects))];
  const errors = all.filter(problem => problem.severity === 'error');
  if (errors.length > 0) throw new GateError('unreadable-world', problemLines(errors));
  const world = buildWorld(objects);
  return {
    read: () => ({ kind: 'ready', world }),
    ageMs: () => 0,
    health: () => ({ ok: true, detail: { objects: objects.length, source: paths.join(', ') } }),
    warnings: all,
    ready: Promise.resolve(),
    close: async () => undefined,
  };
}
