import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Registry } from 'prom-client';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import type { ClusterCacheOptions } from '../adapters/kubernetes/view/cache.ts';
import { writeUnwitnessed } from '../adapters/kubernetes/writes/witness-event.ts';
import type { Written } from '../adapters/kubernetes/writes/writer.ts';
import { openRecordFile, type RecordFile } from '../adapters/record/append.ts';
import { digestOfFile } from '../adapters/record/file-digest.ts';
import { HASHING } from '../adapters/record/hashing.ts';
import { readSigner } from '../adapters/record/keys.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createRecordTelemetry } from '../adapters/telemetry/record-telemetry.ts';
import { createWitnessTelemetry, type WitnessTelemetry } from '../adapters/telemetry/witness-telemetry.ts';
import { type RecordedSource, readRecorded } from '../adapters/witness/read-recorded.ts';
import type { TellAction } from '../app/rollout/ports.ts';
import { webhookPods } from '../app/webhook-pods.ts';
import type { StoredChange } from '../app/witness/change.ts';
import {
  createWitnessKeeper,
  WITNESS_TIMES,
  type WitnessedWebhook,
  type WitnessKeeper,
  type WitnessTimes,
} from '../app/witness/keep.ts';
import { type ConfigurationSource, createTrailLines } from '../app/witness/lines.ts';
import { createReadinessKeeper } from '../app/witness/readiness.ts';
import { stateOf } from '../app/witness/state.ts';
import { createTeller, type Teller, type TellerPorts } from '../app/witness/tell.ts';
import type { WorldReading } from '../app/world-reading.ts';
import { VERSION } from '../cli/commands.ts';
import { createCollecting } from './controller-collect.ts';
import type { ServedPolicy } from './serve-policy.ts';

export interface TrailOptions {
  readonly workingFolder: string;
  /** The file that the controller's own record is appended to. Absent: none is kept. */
  readonly record?: string | undefined;
  /** File of the private key that signs its ends. Absent: they are not signed. */
  readonly recordKey?: string | undefined;
  /** By which files the Pods of the webhook are asked for what they put on record. Absent: nothing is compared with it. */
  readonly webhook?: Pick<RecordedSource, 'tokenFile' | 'caFiles'> | undefined;
  /** Namespaces, beside Kubernetes' own and the gate's, that the webhook is not asked about. */
  readonly unreviewedNamespaces?: readonly string[] | undefined;
  /** Of the comparison. Absent: as shipped. */
  readonly witnessTimes?: WitnessTimes | undefined;
}

interface TrailWiring extends Pick<TellerPorts, 'world' | 'policy'> {
  readonly client: Client;
  readonly isLeader: () => boolean;
  /** The gate's own. */
  readonly namespace: string;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
  readonly telemetry: { bug(namespace: string, error: unknown): void };
  readonly configured: Pick<ServedPolicy, 'file' | 'detail'>;
}

/** What keeps the controller's own record, and compares that of the webhook with what the watch sees. */
export interface Trail {
  /** The watch told of a change. */
  seen(change: StoredChange): void;
  /** Something came about in a rollout. */
  rollout(action: TellAction): void;
  /** The file that configures the gate is another one. */
  configuration(isGood: boolean): void;
  /** This process wrote an object. */
  wrote(written: Written): void;
  lead(term: AbortSignal): void;
  stopped(): Promise<void>;
  close(): Promise<void>;
}

const now = (): string => new Date().toISOString();

function configurationOf(
  { workingFolder }: Pick<TrailOptions, 'workingFolder'>,
  { file, detail }: TrailWiring['configured'],
): ConfigurationSource {
  return {
    name: file,
    digest: () => (file === undefined ? undefined : digestOfFile(resolve(workingFolder, file))),
    trouble: () => detail().lastError ?? '',
  };
}

/** Follows the versions of all objects. */
export const followerOf = (changed: (change: StoredChange) => void): NonNullable<ClusterCacheOptions['follower']> => ({
  stateOf: raw => stateOf(raw, HASHING.hash),
  changed,
});

function openRecord({ record, recordKey }: TrailOptions, { log, registry }: TrailWiring): RecordFile | undefined {
  if (record === undefined) return undefined;
  return openRecordFile({
    file: record,
    fsync: 'none',
    version: VERSION,
    time: now,
    signer: recordKey === undefined ? undefined : readSigner(recordKey),
    telemetry: createRecordTelemetry(log, registry),
  });
}

const sourceOf = ({ webhook }: TrailOptions, namespace: string): RecordedSource | undefined =>
  webhook && { ...webhook, serverName: `chokepoint.${namespace}.svc` };

const webhookOf = (source: RecordedSource, world: () => WorldReading, namespace: string): WitnessedWebhook => ({
  pods: () => webhookPods(world(), namespace, 'https'),
  ask: (pod, cursor, term) => readRecorded(source, pod, cursor, term),
});

/** Tells of changes by lines, the log, metrics and Events. `term`: in which Events are written. */
function tellerFor(
  { client, world, policy, telemetry: { bug } }: TrailWiring,
  file: RecordFile | undefined,
  telemetry: WitnessTelemetry,
  term: () => AbortSignal,
): Teller {
  return createTeller({
    ...{ world, policy, appender: file, hashing: HASHING },
    time: now,
    nowMs: SYSTEM_TIME.nowMs,
    count: telemetry.count,
    unwitnessed: async change => {
      telemetry.unwitnessed(change);
      await writeUnwitnessed(client, SYSTEM_TIME, { instance: hostname(), nowMs: Date.now }, change, term());
    },
    onBug: error => bug('', error),
  });
}

/** Compares what the watch sees with what Pods of the webhook put on record. */
const witnessFor = (
  { witnessTimes, unreviewedNamespaces }: TrailOptions,
  { world, isLeader, namespace }: TrailWiring,
  source: RecordedSource | undefined,
  { teller, telemetry }: { readonly teller: Teller; readonly telemetry: WitnessTelemetry },
): WitnessKeeper =>
  createWitnessKeeper({
    ...{ world, isLeader, time: SYSTEM_TIME, times: witnessTimes ?? WITNESS_TIMES },
    ownNamespace: namespace,
    excluded: unreviewedNamespaces ?? [],
    webhook: source && webhookOf(source, world, namespace),
    onWitnessed: teller.tell,
    onLook: telemetry.looked,
    onUnread: telemetry.unread,
  });

/** Throws a GateError where the record cannot be appended to. */
export function keepTrail(options: TrailOptions, wiring: TrailWiring): Trail {
  const { world, policy, isLeader, namespace, log, registry } = wiring;
  const file = openRecord(options, wiring);
  const telemetry = createWitnessTelemetry(log, registry);
  const source = sourceOf(options, namespace);
  const ending = new AbortController();
  let term = AbortSignal.abort();
  const teller = tellerFor(wiring, file, telemetry, () => term);
  const witness = witnessFor(options, wiring, source, { teller, telemetry });
  const lines = createTrailLines({
    ...{ world, isLeader, hashing: HASHING, time: now },
    append: members => void file?.append(members),
    configuration: configurationOf(options, wiring.configured),
  });
  const readiness = createReadinessKeeper({
    ...{ world, policy, isLeader, time: SYSTEM_TIME, nowMs: Date.now },
    tell: lines.readiness,
  });
  const collectIn = source && options.record ? createCollecting(options.record, source, wiring) : undefined;
  let collecting: Promise<void> | undefined;
  const running = Promise.all([witness.run(ending.signal), readiness.run(ending.signal)]);
  const stopped = async (): Promise<void> => {
    await teller.stopped();
    await collecting;
  };
  return {
    rollout: lines.rollout,
    configuration: lines.configuration,
    seen: change => {
      witness.seen(change);
      readiness.seen(change);
    },
    wrote: written => {
      if (written.kind === 'done') witness.wrote(written.uid, written.resourceVersion);
    },
    lead: began => {
      term = began;
      collecting = collectIn?.(began);
    },
    stopped,
    close: async () => {
      ending.abort();
      await running;
      await stopped();
      await file?.close();
    },
  };
}
