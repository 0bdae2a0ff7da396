import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import type { ClusterCacheOptions } from '../adapters/kubernetes/view/cache.ts';
import { writeUnwitnessed } from '../adapters/kubernetes/writes/witness-event.ts';
import type { Written } from '../adapters/kubernetes/writes/writer.ts';
import { openRecordFile, type RecordFile } from '../adapters/record/append.ts';
import { HASHING } from '../adapters/record/hashing.ts';
import { readSigner } from '../adapters/record/keys.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createRecordTelemetry } from '../adapters/telemetry/record-telemetry.ts';
import { createWitnessTelemetry } from '../adapters/telemetry/witness-telemetry.ts';
import { type RecordedSource, readRecorded } from '../adapters/witness/read-recorded.ts';
import { webhookPods } from '../app/webhook-pods.ts';
import type { StoredChange } from '../app/witness/change.ts';
import {
  createWitnessKeeper,
  WITNESS_TIMES,
  type WitnessedWebhook,
  type WitnessKeeper,
  type WitnessTimes,
} from '../app/witness/keep.ts';
import { stateOf } from '../app/witness/state.ts';
import { createTeller, type TellerPorts } from '../app/witness/tell.ts';
import type { WorldReading } from '../app/world-reading.ts';
import { VERSION } from '../cli/commands.ts';

export interface TrailOptions {
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
}

/** What keeps the controller's own record, and compares that of the webhook with what the watch sees. */
export interface Trail {
  readonly witness: Pick<WitnessKeeper, 'seen'>;
  /** This process wrote an object. */
  wrote(written: Written): void;
  lead(term: AbortSignal): void;
  stopped(): Promise<void>;
  close(): Promise<void>;
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
    time: () => new Date().toISOString(),
    signer: recordKey === undefined ? undefined : readSigner(recordKey),
    telemetry: createRecordTelemetry(log, registry),
  });
}

function webhookOf(
  source: TrailOptions['webhook'],
  world: () => WorldReading,
  namespace: string,
): WitnessedWebhook | undefined {
  if (source === undefined) return undefined;
  const place = { ...source, serverName: `chokepoint.${namespace}.svc` };
  return {
    pods: () => webhookPods(world(), namespace, 'https'),
    ask: (pod, cursor, term) => readRecorded(place, pod, cursor, term),
  };
}

/** Throws a GateError where the record cannot be appended to. */
export function keepTrail(options: TrailOptions, wiring: TrailWiring): Trail {
  const { client, world, policy, isLeader, namespace, log, registry } = wiring;
  const file = openRecord(options, wiring);
  const telemetry = createWitnessTelemetry(log, registry);
  const ending = new AbortController();
  let term = AbortSignal.abort();
  const teller = createTeller({
    ...{ world, policy, appender: file, hashing: HASHING },
    time: () => new Date().toISOString(),
    nowMs: SYSTEM_TIME.nowMs,
    count: telemetry.count,
    unwitnessed: async change => {
      telemetry.unwitnessed(change);
      await writeUnwitnessed(client, SYSTEM_TIME, { instance: hostname(), nowMs: Date.now }, change, term);
    },
    onBug: error => wiring.telemetry.bug('', error),
  });
  const witness = createWitnessKeeper({
    ...{ world, isLeader, time: SYSTEM_TIME, times: options.witnessTimes ?? WITNESS_TIMES },
    ownNamespace: namespace,
    excluded: options.unreviewedNamespaces ?? [],
    webhook: webhookOf(options.webhook, world, namespace),
    onWitnessed: teller.tell,
    onLook: telemetry.looked,
    onUnread: telemetry.unread,
  });
  const running = witness.run(ending.signal);
  return {
    witness,
    wrote: written => {
      if (written.kind === 'done') witness.wrote(written.uid, written.resourceVersion);
    },
    lead: began => {
      term = began;
    },
    stopped: teller.stopped,
    close: async () => {
      ending.abort();
      await running;
      await teller.stopped();
      await file?.close();
    },
  };
}
