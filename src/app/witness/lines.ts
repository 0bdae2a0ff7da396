import type { ObjectRef } from '../../core/kube/types.ts';
import { type Hashing, type Members, membersOf } from '../record/chain.ts';
import type { ConfigurationLine, ReadinessLine, RolloutLine } from '../record/line.ts';
import { notifyIn } from '../record/review-line.ts';
import type { TellAction } from '../rollout/ports.ts';
import type { WorldReading } from '../world-reading.ts';
import type { ReadinessChange } from './readiness.ts';

/** The file that configures the gate. */
export interface ConfigurationSource {
  /** As it is named; `undefined`: no file configures it. */
  readonly name: string | undefined;
  /** SHA-256 of what stands in it now, in hex; `undefined` where it cannot be read. */
  digest(): string | undefined;
  /** Why the newest cannot be used; empty where it can. */
  trouble(): string;
}

/** What the lines need from outside. */
export interface TrailPorts {
  append(members: Members): void;
  readonly hashing: Hashing;
  /** RFC 3339, UTC, with milliseconds. */
  time(): string;
  world(): WorldReading;
  /** Whether this process leads at this very moment. */
  isLeader(): boolean;
  readonly configuration: ConfigurationSource;
}

/** Puts on the controller's record what no review tells of, and what is about no change of an object. */
export interface TrailLines {
  rollout(action: TellAction): void;
  /** The configuration was read again. */
  configuration(isGood: boolean): void;
  readiness(change: ReadinessChange): void;
}

const rolloutLine = ({ namespace: name, uid, reason, stage: mode, by, note }: TellAction) => {
  const object = { apiVersion: 'v1', kind: 'Namespace', name, uid };
  return { type: 'rollout', object, reason, mode, note, ...(by && { by }) } as const;
};

function readinessLine({ isReady, apiVersion, object, sinceMs }: ReadinessChange, reading: WorldReading) {
  const { uid, ...ref }: ObjectRef & { readonly uid: string } = object;
  const notify = reading.kind === 'not-synced' ? undefined : notifyIn(reading.world, ref.namespace);
  const since = new Date(sinceMs).toISOString();
  const told = { object: { apiVersion, ...ref, uid }, servers: [ref], ready: isReady, since };
  return { type: 'readiness', ...told, ...(notify !== undefined && { notify }) } as const;
}

/** What stands in the configuration now is taken for known. */
export function createTrailLines({ append, hashing, time, world, isLeader, configuration }: TrailPorts): TrailLines {
  const { name: source, digest, trouble } = configuration;
  let known = digest();
  return {
    rollout: action => append(membersOf<RolloutLine>({ ...rolloutLine(action), time: time() }, hashing)),
    configuration: isGood => {
      const [before, after] = [known, digest()];
      known = after;
      if (source === undefined || before === after || !isLeader()) return;
      const digests = { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
      const note = isGood ? {} : { note: trouble() };
      const line = { type: 'configuration', time: time(), source, ...digests, inForce: isGood, ...note } as const;
      append(membersOf<ConfigurationLine>(line, hashing));
    },
    readiness: change => append(membersOf<ReadinessLine>({ ...readinessLine(change, world()), time: time() }, hashing)),
  };
}
