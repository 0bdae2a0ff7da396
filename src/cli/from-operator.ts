import { renderFields } from '../adapters/files/render-policies.ts';
import { bearsOn, type LeftOut, type TakenOver, takeOver } from '../app/operators/take-over.ts';
import { formatPath } from '../core/field-path.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import type { Fields } from '../core/kube/reading.ts';
import { visibleData, visibleText } from '../core/visible-text.ts';
import type { CommandSpecific } from './commands.ts';
import { readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { problemText } from './terminal-text.ts';
import { readWorlds } from './worlds.ts';

/** A list of destinations takes the place of cluster DNS, so that this is named beside it where the configuration leaves it to the default. */
const DNS = 'kube-dns';
const DNS_NOTE = 'a list of destinations takes the place of cluster DNS: name that of your distribution';

/** The entries as the spec of a GatePolicy, with comments that say where each comes from. */
function proposalText({ grants }: TakenOver, { assumedDestinations }: GatePolicy): string {
  const lists = Map.groupBy(grants, ({ list }) => list);
  const namesDns = lists.has('allowedDestinations') && assumedDestinations.length > 0;
  const notes = new Map(
    [...lists].flatMap(([list, of]) => of.map(({ source }, index) => [formatPath([list, index]), source])),
  );
  if (namesDns) notes.set('clusterDNS', DNS_NOTE);
  const entries = [...lists].map(([list, of]) => [list, of.map(({ entry }) => entry)]);
  const fields = { ...(namesDns && { clusterDNS: DNS }), ...Object.fromEntries(entries) };
  return grants.length === 0 ? '' : renderFields(fields, notes);
}

const leftOutLine = ({ source, what, why }: LeftOut): string =>
  `${visibleText(`${source}: not taken over: ${what} ${why}`)}\n`;

/** `generate --from-operator`: prints on standard output what resources of MCP operators ask for, and on standard error what of it is not granted. */
export async function runFromOperator(
  paths: readonly string[],
  options: CommandSpecific['generate'],
  io: Io,
): Promise<number> {
  const { policy, problems } = await readConfiguration(options.config, {}, io);
  if (policy === undefined) {
    await io.stderr.write(problemText(visibleData(problems)));
    return 2;
  }
  const objects: Fields[] = [];
  const read = await readWorlds(paths, options, io, ({ value }) => {
    if (bearsOn(value)) objects.push(value);
  });
  const all = [...problems, ...read.problems];
  if (all.length > 0) await io.stderr.write(problemText(visibleData(all)));
  const taken = takeOver(objects, policy, options.namespace ?? 'default');
  await io.stdout.write(proposalText(taken, policy));
  await io.stderr.write(taken.leftOut.map(leftOutLine).join(''));
  if (all.some(({ severity }) => severity === 'error')) return 2;
  return taken.leftOut.length > 0 ? 1 : 0;
}
