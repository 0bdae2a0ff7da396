import { readManifests } from '../adapters/files/read.ts';
import type { AdmissionPorts } from '../app/admission/ports.ts';
import type { HealthCheck } from '../app/health.ts';
import { duplicateIssues } from '../app/report/alternatives.ts';
import { type Locate, problemOf } from '../app/report/build-report.ts';
import { createInputDecoder } from '../app/report/check.ts';
import { inputProblems } from '../app/report/nothing-judged.ts';
import type { WorldReading } from '../app/world-reading.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { createDecoder } from '../core/kube/decode.ts';
import { type Problem, problemLines } from '../core/manifest.ts';
import { GateError } from '../errors.ts';
import type { GatePolicySource } from './serve-policy.ts';

/** The world that is served: of manifests, or of a live cluster. */
export interface ServedWorld
  extends Pick<AdmissionPorts, 'confirmPolicies' | 'confirmPods' | 'liveNamespace' | 'inFlight'> {
  /** The GatePolicies that it holds; absent: a world that holds none. */
  readonly gatePolicies?: GatePolicySource;
  /** The policy with what the world itself tells of protected networks; absent: a world that tells nothing. */
  readonly complete?: (policy: GatePolicy) => GatePolicy;
  /** Tells whether a token is this user's, and made for the record; absent: a world that knows no users. */
  readonly tokenCheck?: (user: string) => (token: string) => Promise<boolean>;
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

/** An issue stands at the line where its document starts: nobody edits these files while they are served. */
const atDocument: Locate = ({ line }) => ({ line, column: 0 });

/** Reads a world. Rejects with a GateError that names every problem where a part cannot be read: what is missing could be the policy that closes a server. */
export async function readFileWorld(paths: readonly string[]): Promise<ServedWorld> {
  const decoder = createInputDecoder(createDecoder());
  const { problems } = await readManifests(paths, { stdin: async () => Buffer.alloc(0), onManifest: decoder.add });
  const input = decoder.finish();
  const { world, objects, issues } = input;
  const later = duplicateIssues(input.duplicates, 'this later one is judged, as kubectl apply would leave it');
  const found = [...issues, ...later].map(issue => problemOf(issue, atDocument));
  const all = [...inputProblems(input, problems, paths, false), ...found];
  const errors = all.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new GateError('unreadable-world', problemLines(errors));
  return {
    read: () => ({ kind: 'ready', world }),
    ageMs: () => 0,
    health: () => ({ ok: true, detail: { objects: objects.size, source: paths.join(', ') } }),
    warnings: all,
    ready: Promise.resolve(),
    close: async () => undefined,
  };
}
