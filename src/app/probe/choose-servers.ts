import type { Decision } from '../../core/decision.ts';
import { compare } from '../../core/order.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import { type JudgedInput, refKey } from '../report/check.ts';
import type { ProbedServer } from './server-scene.ts';

/** Servers that one probe stands in for at most: each takes some Pods. */
const MOST_SERVERS = 10;

/** What stands for every server. */
const ALL_SERVERS = 'all';

/** Which servers are stood in for. */
export interface ChosenServers {
  /** By name. */
  readonly servers: readonly ProbedServer[];
  /** How many more were chosen. */
  readonly beyond: number;
  /** What names no server. */
  readonly unknown: readonly string[];
}

function serverOf({ subject, mcp }: Decision, { objects }: JudgedInput): readonly ProbedServer[] {
  const object = objects.get(refKey(subject))?.object;
  if (mcp.standing === 'no' || object === undefined || !isWorkload(object)) return [];
  const { namespace, kind, name } = subject;
  return object.hostNetwork ? [] : [{ name: `${namespace}/${kind}/${name}`, subject: object }];
}

const bears = ({ subject: { meta } }: ProbedServer, name: string): boolean =>
  name === ALL_SERVERS || name === `${meta.namespace}/${meta.name}`;

/** Chooses servers by `namespace/name`, or {@link ALL_SERVERS}. Those in the host's network have no policies to try. */
export function chooseServers(judged: JudgedInput, wanted: readonly string[]): ChosenServers {
  const all = judged.decisions.flatMap(decision => serverOf(decision, judged));
  const chosen = all.filter(server => wanted.some(name => bears(server, name))).sort((a, b) => compare(a.name, b.name));
  return {
    servers: chosen.slice(0, MOST_SERVERS),
    beyond: Math.max(0, chosen.length - MOST_SERVERS),
    unknown: wanted.filter(name => name !== ALL_SERVERS && !all.some(server => bears(server, name))),
  };
}
