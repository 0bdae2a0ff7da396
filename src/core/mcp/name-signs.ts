import type { Evidence, McpJudgement } from '../decision.ts';
import type { Detection } from '../gate/types.ts';
import { Finder } from './finder.ts';
import { detectionTables, NAME_PATH } from './signal-table.ts';
import { quoted } from './weigh-signals.ts';

/** Tells what the name of a workload says of it, as text: two names of which the text is the same say the same. */
export type NameReader = (name: string) => string;

/** A reader for a configuration. */
export function createNameReader(detection: Detection): NameReader {
  const { signals, notServers, hints } = detectionTables(detection);
  return name => {
    const signs = [signals, notServers, hints].map(table => {
      const finder = new Finder(table);
      finder.text('called', name, () => NAME_PATH);
      finder.text('served-name', name, () => NAME_PATH);
      return finder.hits.map(({ ready }) => ready.signal.id);
    });
    return JSON.stringify(signs);
  };
}

/** What is said of a workload by the name `from`, as it is said of one by the name `to` that says the same of it. */
export function judgementNamed(judgement: McpJudgement, from: string, to: string): McpJudgement {
  const says = (one: Evidence): string =>
    one.object === undefined && one.path === NAME_PATH
      ? one.says.slice(0, one.says.length - quoted(from).length) + quoted(to)
      : one.says;
  return {
    ...judgement,
    evidence: judgement.evidence.map(one => ({ ...one, says: says(one) })),
    setAside: judgement.setAside.map(one => ({
      ...one,
      says: says(one),
      by: { ...one.by, says: says(one.by) },
    })),
  };
}
