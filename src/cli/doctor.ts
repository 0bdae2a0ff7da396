import { certificateTimes } from '../adapters/doctor/certificates.ts';
import { SHIPPED_WEBHOOKS } from '../adapters/doctor/shipped-webhooks.ts';
import { renderDoctor } from '../adapters/doctor/text.ts';
import { type NamedResult, readNamed } from '../adapters/kubernetes/view/read-named.ts';
import type { Seen, Status } from '../app/doctor/check.ts';
import { CHECKLIST } from '../app/doctor/checklist.ts';
import { type DoctorReport, doctorStatus, examine } from '../app/doctor/examine.ts';
import { GATE_NAMESPACE, READ_NAMES, READS, type Read, type ReadName } from '../app/doctor/reads.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import { clusterInput, judgeFor } from '../app/report/judge-cluster.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { type Fields, objectsAt, own, textAt } from '../core/kube/reading.ts';
import { GateError } from '../errors.ts';
import { type ChosenCluster, connectToChosen, readChosenCluster } from './chosen-cluster.ts';
import { clusterConfiguration, needsGatePolicy } from './cluster-configuration.ts';
import { type CommandSpecific, VERSION } from './commands.ts';
import { type Configuration, readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { paletteFor, problemText } from './terminal-text.ts';

type Options = CommandSpecific['doctor'];
type Results = ReadonlyMap<ReadName, NamedResult>;

/** Every read of the checklist, one after the other: a cluster that is ill should not be pressed. */
async function readAll({ client, time }: ChosenCluster, gateNamespace: string): Promise<Results> {
  const results = new Map<ReadName, NamedResult>();
  for (const name of READ_NAMES) {
    const read: Read = READS[name];
    const namespace = read.namespace === GATE_NAMESPACE ? gateNamespace : read.namespace;
    results.set(name, await readNamed(client, time, { ...read, ...(namespace !== undefined && { namespace }) }));
  }
  return results;
}

/** Names of the Pods that are ready, as they are read. */
function createReadiness() {
  const ready = new Set<string>();
  const key = (namespace: string, name: string): string => `${namespace}/${name}`;
  return {
    add: (raw: Fields): void => {
      if (own(raw, 'kind') !== 'Pod') return;
      const isReady = objectsAt(raw, 'status.conditions').some(
        one => own(one, 'type') === 'Ready' && own(one, 'status') === 'True',
      );
      if (isReady) ready.add(key(textAt(raw, 'metadata.namespace'), textAt(raw, 'metadata.name')));
    },
    isReady: (namespace: string, pod: string): boolean => ready.has(key(namespace, pod)),
  };
}

/** Rejects with a GateError where the configuration cannot be used: what is judged by it would mean nothing. */
async function usable(configuration: Configuration, io: Io) {
  if (configuration.problems.length > 0) await io.stderr.write(problemText(configuration.problems));
  if (configuration.policy !== undefined) return configuration;
  throw new GateError('bad-configuration', `${configuration.source} cannot be used`);
}

const COLOURS: Readonly<Record<Status, 'bad' | 'doubtful' | 'good'>> = {
  fail: 'bad',
  unknown: 'doubtful',
  warn: 'doubtful',
  pass: 'good',
};

/** What the checklist is judged by, once the cluster was read. */
type Configure = (
  reading: ClusterReading,
) => Promise<{ readonly policy: GatePolicy; readonly source: string; readonly needsGatePolicy: boolean }>;

/** Goes through the checklist on a live cluster, by get and list alone. Rejects with a GateError where it does not answer. */
export async function examineCluster(
  chosen: ChosenCluster,
  configure: Configure,
  io: Pick<Io, 'stderr'>,
): Promise<DoctorReport> {
  const readiness = createReadiness();
  const reading = await readChosenCluster(chosen, undefined, io, readiness.add);
  const { policy, source, needsGatePolicy: isNeeded } = await configure(reading);
  const input = clusterInput(reading);
  const request = { policy, policySource: source, namespace: undefined, needsGatePolicy: isNeeded };
  const { networks } = judgeFor(reading, input, request);
  const results = await readAll(chosen, chosen.gateNamespace);
  const seen: Seen = {
    objects: name => {
      const result = results.get(name);
      return result?.kind === 'objects' ? result.objects : [];
    },
    ...{ reading, world: input.world, policy, networks },
    isReady: readiness.isReady,
    gateNamespace: chosen.gateNamespace,
    version: VERSION,
    nowMs: Date.now(),
    shipped: SHIPPED_WEBHOOKS,
    certificates: certificateTimes,
  };
  const refused = new Map(
    [...results].flatMap(([name, result]) => (result.kind === 'refused' ? [[name, result] as const] : [])),
  );
  return examine(CHECKLIST, seen, refused, { cluster: chosen.server.origin, policySource: source });
}

/** `doctor`: goes through the checklist on a live cluster, and writes nothing to it. 1: something fails; 2: something cannot be told. */
export async function runDoctor(options: Options, io: Io): Promise<number> {
  const written = await readConfiguration(options.config, {}, io);
  await usable(written, { ...io, stderr: { ...io.stderr, write: async () => undefined } });
  const chosen = await connectToChosen(options, io);
  try {
    const configure: Configure = async reading => {
      const { policy, source } = await usable(await clusterConfiguration(written, reading, {}, io), io);
      return { policy, source, needsGatePolicy: needsGatePolicy(written) };
    };
    const report = await examineCluster(chosen, configure, io);
    const palette = paletteFor(io.isColoured && options.color);
    await io.stdout.write(
      options.output === 'json'
        ? `${JSON.stringify(report, null, 2)}\n`
        : renderDoctor(report, (status, text) => palette[COLOURS[status]](text)),
    );
    return doctorStatus(report);
  } finally {
    chosen.client.close();
  }
}
