import { type Outcome, score, scoreByFault } from './outcome.ts';

type Servers = ReadonlyMap<string, string | undefined>;

/** Columns: the first to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map(row => `${row.map(cell).join('  ').trimEnd()}\n`).join('');
}

/** What the checkers took and named, those that could not be run with the reason, and whom each names by what leaves a server open. */
export function outcomeText(outcomes: readonly Outcome[], servers: Servers): string {
  const open = [...servers.values()].filter(fault => fault !== undefined).length;
  const measured = outcomes.filter(outcome => outcome.kind === 'measured');
  const head = [
    '',
    'processor',
    'whole',
    'peak',
    `open servers named, of ${open}`,
    `closed, of ${servers.size - open}`,
  ];
  const rows = measured.map(({ name, version, cost, named }) => {
    const hits = score(named, servers);
    const { processor, seconds, megabytes } = cost;
    const took = [`${processor.toFixed(2)} s`, `${seconds.toFixed(2)} s`, `${megabytes.toFixed(0)} MB`];
    return [`${name} ${version}`, ...took, String(hits.open), String(hits.closed)];
  });
  const asked = measured.map(({ name, looksFor }) => [name, looksFor]);
  const missing = outcomes.flatMap(outcome =>
    outcome.kind === 'absent' ? [`${outcome.name} ${outcome.version}: not measured, ${outcome.reason}\n`] : [],
  );
  const looked = asked.map(([name, what]) => `${name} looks for: ${what}\n`);
  return [columns([head, ...rows]), '\n', ...looked, ...missing, '\n', faultText(measured, servers)].join('');
}

function faultText(measured: readonly Extract<Outcome, { kind: 'measured' }>[], servers: Servers): string {
  const all = scoreByFault(new Set(servers.keys()), servers);
  const each = measured.map(({ named }) => scoreByFault(named, servers));
  const head = ['what leaves the server open', 'servers', ...measured.map(({ name }) => name)];
  const rows = [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([fault, count]) => [fault, String(count), ...each.map(counts => String(counts.get(fault) ?? 0))]);
  return columns([head, ...rows]);
}
