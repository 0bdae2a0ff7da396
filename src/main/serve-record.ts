import { randomUUID } from 'node:crypto';
import type { Registry } from 'prom-client';
import { askRecorder } from '../adapters/notify/line-socket.ts';
import { type Fsync, openRecordFile, type RecordFile } from '../adapters/record/append.ts';
import { HASHING } from '../adapters/record/hashing.ts';
import { readSigner } from '../adapters/record/keys.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createRecordTelemetry } from '../adapters/telemetry/record-telemetry.ts';
import type { AdmissionTelemetry, DecisionRecorder } from '../app/admission/ports.ts';
import { lineSocketOf } from '../app/notify/handed-lines.ts';
import { createDecisionRecorder } from '../app/record/recorder.ts';
import { createRing, type Ring } from '../app/witness/ring.ts';
import type { WorldReading } from '../app/world-reading.ts';
import { VERSION } from '../cli/commands.ts';

/** How a record is kept. */
export interface RecordOptions {
  /** Relative to the working folder of the process. */
  readonly file: string;
  readonly fsync: Fsync;
  /** What cannot be put on record is answered 503. */
  readonly isRequired: boolean;
  /** File of the private key that signs its ends. Absent: they are not signed. */
  readonly key?: string | undefined;
}

/** What keeps the record of a gate. */
export interface ServedRecord {
  readonly recorder: DecisionRecorder;
  readonly file: RecordFile;
  /** What was put on record last. */
  readonly ring: Ring;
  /** What the recorder beside this process has to tell, as it answers. Rejects where there is none that notifies. */
  lines(mark: string): Promise<string>;
}

interface RecordParts {
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
  readonly telemetry: AdmissionTelemetry;
  readonly world: () => WorldReading;
  /** Whether a controller may ask for what was put on record. */
  readonly isAsked: boolean;
}

/** Opens the record. Throws a GateError where it cannot be appended to. */
export function serveRecord(
  { file: path, fsync, isRequired, key }: RecordOptions,
  { log, registry, telemetry, world, isAsked }: RecordParts,
): ServedRecord {
  const time = (): string => new Date().toISOString();
  const file = openRecordFile({
    file: path,
    fsync,
    version: VERSION,
    time,
    signer: key === undefined ? undefined : readSigner(key),
    telemetry: createRecordTelemetry(log, registry),
  });
  const ring = createRing(randomUUID(), HASHING.hash);
  const recorder = createDecisionRecorder({
    appender: file,
    ...(isAsked && { onRecorded: ring.note }),
    hashing: HASHING,
    world,
    isRequired,
    time,
    nowMs: () => performance.now(),
    onBug: telemetry.bug,
  });
  const socket = lineSocketOf(path);
  return { recorder, file, ring, lines: mark => askRecorder(socket, mark) };
}
