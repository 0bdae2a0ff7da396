import { addDays, isDate } from '../calendar.ts';
import { type Fields, fieldsAt, isFields, own } from '../kube/reading.ts';

/** Where the last probe of a cluster is kept: a ConfigMap in the namespace of the gate, and the key in it. */
export const PROBE_MAP = { name: 'chokepoint-probe', key: 'probe.json' } as const;

/** Days for which what a probe showed counts, the day of the probe not among them. */
const PROOF_DAYS = 7;

/** Nodes, tried connections and characters that are read of a stored probe at most: it is text that somebody else may have written. */
const MOST_NODES = 100;
const MOST_WAYS = 10_000;
const LONGEST = 200;

/** A node on which packets got through that a policy closes. */
interface OpenNode {
  readonly name: string;
  /** Nodes of one pool are set up alike; empty: it is in none that is known. */
  readonly pool: string;
  /** What was seen; a clause without a full stop. */
  readonly reason: string;
}

/** What a probe saw of a server for which Pods stood in: connections got through that are judged to be closed. */
interface OpenServer {
  /** `tools/Deployment/weather`. */
  readonly name: string;
  /** The first of these connections; a clause without a full stop. */
  readonly reason: string;
  /** How many there were besides. */
  readonly others: number;
}

/** What packets last showed of whether policies are enforced. Source: `chokepoint doctor --probe`. */
export interface MeasuredEnforcement {
  /** `YYYY-MM-DD` in UTC. */
  readonly day: string;
  /** In the order of the probe. Empty: policies were enforced wherever that was proved. */
  readonly open: readonly OpenNode[];
  /** Names of nodes on which everything was proved to be enforced. */
  readonly enforced: readonly string[];
  /** Names of nodes of which nothing was proved. */
  readonly unknown: readonly string[];
  /** In the order of the probe. Empty: none is, or no Pods stood in for servers. */
  readonly openServers: readonly OpenServer[];
}

const textOf = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? value.slice(0, LONGEST) : '';
};

const listOf = (fields: Fields, key: string, most = MOST_NODES): readonly Fields[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter(isFields).slice(0, most) : [];
};

/** Why a node is open: the first of what was measured that shows it. */
const reasonOf = (node: Fields): string =>
  listOf(node, 'measurements')
    .filter(one => textOf(one, 'enforcement') === 'not-enforced')
    .map(one => `${textOf(one, 'direction')} over ${textOf(one, 'family')}: ${textOf(one, 'reason')}`)
    .at(0) ?? '';

/** `agreement` and `expected` are of what was judged when the probe ran. */
const isOpenAgainstPolicy = (way: Fields): boolean =>
  textOf(way, 'agreement') === 'differs' && textOf(way, 'expected') === 'closed' && textOf(way, 'seen') === 'open';

const wayText = (way: Fields): string => {
  const port = own(way, 'port');
  const [from, to, family, protocol] = ['from', 'to', 'family', 'protocol'].map(key => textOf(way, key));
  return `from ${from} to ${to}, ${protocol || 'TCP'} ${typeof port === 'number' ? port : '?'} over ${family}`;
};

/** The other way round, what is judged to be open and did not get through, no policy failed to close. */
function openServersOf(report: Fields): readonly OpenServer[] {
  const servers = new Map<string, OpenServer>();
  for (const way of listOf(fieldsAt(report, 'servers'), 'ways', MOST_WAYS).filter(isOpenAgainstPolicy)) {
    const name = textOf(way, 'server');
    const first = servers.get(name);
    servers.set(name, first ? { ...first, others: first.others + 1 } : { name, reason: wayText(way), others: 0 });
  }
  return [...servers.values()];
}

function readReport(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads what is kept of a probe (a ProbeReport as JSON); `undefined` where it is none. */
export function readEnforcement(text: string): MeasuredEnforcement | undefined {
  const report = readReport(text);
  if (report === undefined || own(report, 'kind') !== 'ProbeReport') return undefined;
  const day = textOf(report, 'measuredAt').slice(0, 'YYYY-MM-DD'.length);
  if (!isDate(day)) return undefined;
  const nodes = listOf(report, 'nodes');
  const named = (enforcement: string): readonly Fields[] =>
    nodes.filter(node => textOf(node, 'enforcement') === enforcement);
  return {
    day,
    open: named('not-enforced').map(node => ({
      name: textOf(node, 'name'),
      pool: textOf(node, 'pool'),
      reason: reasonOf(node),
    })),
    enforced: named('enforced').map(node => textOf(node, 'name')),
    unknown: named('unknown').map(node => textOf(node, 'name')),
    openServers: openServersOf(report),
  };
}

/** Reads the ConfigMap (core/v1) in which a probe is kept; `undefined` where it keeps none. */
export const enforcementIn = (configMap: Fields): MeasuredEnforcement | undefined =>
  readEnforcement(String(own(fieldsAt(configMap, 'data'), PROBE_MAP.key) ?? ''));

/** Whether what was measured still counts on a day; not where the day is not known. One of a day to come counts: clocks differ. */
export function isProof({ day }: MeasuredEnforcement, today: string | undefined): boolean {
  const last = addDays(day, PROOF_DAYS);
  return today !== undefined && last !== undefined && today <= last;
}
