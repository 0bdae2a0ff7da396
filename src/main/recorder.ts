import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type LoadedRecorderConfig, loadRecorderConfig } from '../adapters/config/recorder-file.ts';
import { watchFile } from '../adapters/config/watch-file.ts';
import { buildHealthServer } from '../adapters/http/health.ts';
import { listen } from '../adapters/http/listen.ts';
import { openRecordFiles, type RecordFiles } from '../adapters/recorder/record-files.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { closeAll } from '../adapters/telemetry/close-all.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { createRecorderTelemetry, type RecorderMetrics } from '../adapters/telemetry/recorder-telemetry.ts';
import { NOTIFICATIONS, type SinkConfig } from '../app/recorder/config.ts';
import type { Sink } from '../app/recorder/ports.ts';
import { ship } from '../app/recorder/ship.ts';
import { runUntilStopped, writeReady } from './run-until-stopped.ts';

interface RecorderOptions {
  /** The record that `serve --record` writes. */
  readonly record: string;
  readonly config: string;
  readonly workingFolder: string;
  readonly host: string;
  /** 0: a free one. */
  readonly healthPort: number;
  /** What waits to be told is sent at the end: the queue goes with this process. */
  readonly sendAtEnd?: boolean | undefined;
  /** A controller that asks notifies for all recorders. */
  readonly handOver?: boolean | undefined;
  /** Milliseconds between looks at the configuration. */
  readonly pollMs?: number;
  /** File descriptor or path. Absent: stderr. */
  readonly log?: number | string;
}

interface RunningRecorder {
  readonly healthPort: number;
  /** Notes that a changed configuration was refused, or taken over by this recorder. */
  reloaded(error?: unknown): void;
  /** Ends shipping: what is under way is finished, and what is there tried once more. `isLast`: no other recorder goes on. */
  close(isLast: boolean): Promise<void>;
}

/** Milliseconds between two looks at the room that the record takes. */
const TEND_MS = 1000;
const DEFAULT_POLL_MS = 10_000;

/** Nothing of a sink is loaded that nobody asks for. */
async function createSink(config: SinkConfig): Promise<Sink> {
  switch (config.kind) {
    case 'stdout':
      return (await import('../adapters/recorder/stdout-sink.ts')).createStdoutSink(process.stdout);
    case 'file':
      return (await import('../adapters/recorder/file-sink.ts')).createFileSink(config, Date.now);
    case 'http':
      return (await import('../adapters/recorder/http-sink.ts')).createHttpSink(config, Date.now);
    case 'otlp':
      return (await import('../adapters/recorder/otlp-sink.ts')).createOtlpSink(config);
    case 's3':
      return (await import('../adapters/recorder/s3-sink.ts')).createS3Sink(config, hostname(), Date.now);
  }
}

function tendRegularly(files: RecordFiles, telemetry: RecorderMetrics): () => void {
  const timer = setInterval(() => {
    try {
      files.tend();
    } catch (error) {
      telemetry.bug(error);
    }
  }, TEND_MS);
  return () => clearInterval(timer);
}

const load = ({ workingFolder, config }: RecorderOptions): LoadedRecorderConfig =>
  loadRecorderConfig(resolve(workingFolder, config), config);

/** Starts shipping and resolves once the health port answers. Rejects with a GateError where the record is bad. */
async function startRecorder(options: RecorderOptions, config: LoadedRecorderConfig): Promise<RunningRecorder> {
  const { workingFolder, host } = options;
  const { sinks: configs, maxRecordBytes, notifications } = config;
  const names = [...configs.map(({ name }) => name), ...(notifications ? [NOTIFICATIONS] : [])];
  const log = createLog(options.log ?? 2);
  const telemetry: RecorderMetrics = createRecorderTelemetry(log, names, sink => files.waiting(sink));
  const file = resolve(workingFolder, options.record);
  const files: RecordFiles = openRecordFiles({ file, sinks: names, maxBytes: maxRecordBytes, onLost: telemetry.lost });
  const notifying =
    notifications &&
    (await (
      await import('./recorder-notify.ts')
    ).startNotifications(notifications, {
      ...{ record: file, reader: files, log, metrics: telemetry, isHandedOver: options.handOver === true },
    }));
  const sinks = [...(await Promise.all(configs.map(createSink))), ...(notifying ? [notifying.sink] : [])];
  const health = buildHealthServer({ checks: () => ({}), metrics: telemetry.expose });
  const healthPort = await listen(health, host, options.healthPort);
  const ending = new AbortController();
  const shipping = sinks.map((sink, index) => {
    const reader = sink === notifying?.sink ? notifying.reader : files;
    return ship({ name: names[index] ?? '', sink, reader, time: SYSTEM_TIME, telemetry }, ending.signal);
  });
  const stopTending = tendRegularly(files, telemetry);
  log.logger.info({ record: file, sinks: names }, 'shipping');
  const stop = async (isLast: boolean): Promise<void> => {
    if (isLast) notifying?.endHandOver();
    ending.abort();
    await Promise.all(shipping);
    await notifying?.stop();
    if (isLast && options.sendAtEnd) await notifying?.sendRest();
  };
  return {
    healthPort,
    reloaded: telemetry.reloaded,
    close: isLast =>
      closeAll(
        [
          ['shipping', () => stop(isLast)],
          ['files', stopTending],
          ...sinks.map((sink, index) => [`sink ${names[index]}`, () => sink.close()] as const),
          ['health', () => health.close()],
        ],
        log,
      ),
  };
}

/**
 * A recorder that takes over what its configuration becomes: the one that runs ends in order, and another one goes on where it stood, on the same port. What cannot
 * be used is told, and the last good configuration kept.
 */
async function startReloading(
  options: RecorderOptions,
): Promise<Pick<RunningRecorder, 'healthPort'> & { close(): Promise<void> }> {
  let config = load(options);
  let running = await startRecorder(options, config);
  const { healthPort } = running;
  const start = (next: LoadedRecorderConfig): Promise<RunningRecorder> =>
    startRecorder({ ...options, healthPort }, next);
  const takeOver = async (): Promise<void> => {
    let next: LoadedRecorderConfig;
    try {
      next = load(options);
    } catch (error) {
      running.reloaded(error);
      return;
    }
    await running.close(false);
    try {
      running = await start(next);
      config = next;
      running.reloaded();
    } catch (error) {
      running = await start(config);
      running.reloaded(error);
    }
  };
  let turn: Promise<void> = Promise.resolve();
  const path = resolve(options.workingFolder, options.config);
  const stopWatching = watchFile(path, options.pollMs ?? DEFAULT_POLL_MS, () => {
    turn = turn.then(takeOver);
  });
  return {
    healthPort,
    close: async () => {
      stopWatching();
      await turn.catch(() => undefined);
      await running.close(true);
    },
  };
}

/** `chokepoint recorder`: ships until SIGTERM or SIGINT. Resolves to the exit status. */
export function runRecorder(options: RecorderOptions): Promise<number> {
  return runUntilStopped('recorder', async () => {
    const recorder = await startReloading(options);
    writeReady({ healthPort: recorder.healthPort });
    return recorder;
  });
}
