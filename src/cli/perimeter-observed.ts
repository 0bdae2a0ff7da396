import { loadGatePolicy } from '../adapters/config/load.ts';
import { readFlow } from '../adapters/observe/formats.ts';
import { type ReadAccess, readAccess } from '../adapters/perimeter/access-log.ts';
import { observedCsv, observedText } from '../adapters/perimeter/observed-text.ts';
import type { Flow } from '../app/observe/flow.ts';
import { EndpointObserver, type PerimeterObserved, type SeenRequest } from '../app/perimeter/observed.ts';
import { visibleData, visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { knownHosts } from './known-hosts.ts';
import { linesOf, TOO_LONG } from './lines.ts';
import { approvedBy, checkSeen, writeSeen } from './perimeter-write.ts';
import { problemText } from './terminal-text.ts';

const endText = ({ ip, namespace, name }: Flow['from']): string => ip || `${namespace}/${name}`;

/** A flow tells both ends and the port, and nothing of what was asked. */
const requestOf = ({ from, to, port, timeMs, allowed, count }: Flow): SeenRequest => ({
  ...{ timeMs, client: endText(from), host: endText(to), port, path: undefined },
  ...{ hasSession: false, hasVersion: false, isRefused: !allowed, count },
});

/** A line of an access log, else a flow record. */
function readLine(line: string): ReadAccess {
  const access = readAccess(line);
  if (access.kind !== 'other') return access;
  const read = readFlow(line);
  if (read.kind === 'flow') return { kind: 'request', request: requestOf(read.flow) };
  return read.kind === 'other' ? { kind: 'other' } : { kind: 'unreadable', reason: 'it is of no form that is known' };
}

const CUT: ReadAccess = { kind: 'unreadable', reason: TOO_LONG };

/** Lines that cannot be read and are told one by one. */
const TOLD = 5;

/** Reads all lines of the files; resolves to how many cannot be read. */
async function readAll(files: readonly string[], observer: EndpointObserver, io: Io): Promise<number> {
  let unreadable = 0;
  for (const file of files) {
    for await (const { text, number, isCut } of linesOf(file, io)) {
      const read = isCut ? CUT : readLine(text);
      if (read.kind === 'request') observer.add(read.request);
      if (read.kind !== 'unreadable') continue;
      unreadable += 1;
      if (unreadable <= TOLD)
        await io.stderr.write(visibleText(`${file}, line ${number}: ${read.reason}`).concat('\n'));
    }
  }
  return unreadable;
}

const OUTPUTS = {
  text: observedText,
  csv: observedCsv,
  json: (report: PerimeterObserved): string => `${JSON.stringify(report, null, 2)}\n`,
} as const;

/** `perimeter observed`: lists the MCP endpoints that logs of proxies and flow records tell of. */
export async function runPerimeterObserved(
  files: readonly string[],
  { output, registry, write, config, approve = [], owner }: CommandSpecific['perimeterObserved'],
  io: Io,
): Promise<number> {
  const { policy, source, problems } = await loadGatePolicy({ file: write ?? config, workingFolder: io.workingFolder });
  if (problems.length > 0) await io.stderr.write(problemText(problems));
  if (policy === undefined) return 2;
  const { perimeter } = policy;
  if (perimeter === undefined)
    throw new GateError(
      'bad-usage',
      `${source} has no spec.perimeter, which says where the gateway is: docs/perimeter.md`,
    );
  const approved = approvedBy(approve, owner);
  const observer = new EndpointObserver(perimeter, await knownHosts(registry, io), [...policy.remotes, ...approved]);
  const unreadable = await readAll(files, observer, io);
  const report = visibleData(observer.report(unreadable));
  checkSeen(approved, report);
  await io.stdout.write(OUTPUTS[output](report));
  if (write !== undefined) await writeSeen(write, report, { approved, perimeter, remotes: policy.remotes }, io);
  if (unreadable > 0) return 2;
  return report.summary.unapproved > 0 ? 1 : 0;
}
