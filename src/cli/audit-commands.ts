import { type Command, Option } from 'commander';
import type { ChangeKind } from '../app/record/line.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { hashText } from './option-values.ts';
import { type End, output, several, severalOf } from './options.ts';

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];
/** What a line of a record tells of the sort of change; an update of which none of the others holds is `update`. */
const CHANGES: readonly ChangeKind[] = [
  ...(['create', 'update', 'delete', 'scale', 'restart', 'image', 'configuration'] as const),
  ...(['policy', 'service', 'route', 'mode', 'gate-policy', 'exception'] as const),
];
const DECISIONS = ['allow', 'warn', 'deny', 'undetermined'];

/** Adds `audit` with what stands below it. Nothing of them is loaded before it is asked for. */
export function addAuditCommands(program: Command, io: Io, end: End): void {
  const audit = program
    .command('audit')
    .description('check the record that serve --record keeps, and ask it')
    .usage('<command>')
    .helpCommand(false);
  audit
    .command('verify')
    .description('tell whether lines of a record were edited, moved, or taken out')
    .argument('<files...>', 'files of the record, in the order in which they were written, or - for standard input')
    .addOption(
      several('--head <hash|file>', 'a line that must be there, by its hash, or a file of which it is the last one'),
    )
    .addOption(
      new Option('--after <hash>', 'hash of the line before the first one, where older files are not given').argParser(
        hashText,
      ),
    )
    .addOption(several('--public-key <file>', 'key that signs heads, PEM: each must be signed by one that is given'))
    .addOption(output(['text', 'json']))
    .action(async (files: string[], options: CommandSpecific['auditVerify']) => {
      const { runAuditVerify } = await import('./audit-verify.ts');
      end(await runAuditVerify(files, options, io));
    });
  audit
    .command('query')
    .description('find who changed what, what was there, and who could reach a server')
    .argument('<files...>', 'records, audit logs of an API server (audit.k8s.io), or - for standard input')
    .addOption(several('--server <name>', 'lines that concern this MCP server: namespace/name or namespace/Kind/name'))
    .addOption(several('--object <name>', 'changes of this object: namespace/name, namespace/Kind/name or Kind/name'))
    .addOption(several('--user <name>', 'requests of this user'))
    .addOption(several('-n, --namespace <name>', 'changes of objects of this namespace'))
    .addOption(several('--kind <kind>', 'changes of objects of this kind, as NetworkPolicy'))
    .addOption(severalOf('--operation <operation>', 'requests of this sort', OPERATIONS))
    .addOption(severalOf('--change <sort>', 'what was changed', CHANGES))
    .addOption(severalOf('--decision <decision>', 'what was decided', DECISIONS))
    .addOption(several('--rule <rule>', 'lines with a finding of this rule'))
    .option('--since <time>', 'at this time or later: RFC 3339, a day, or how long ago (90m, 24h, 7d)')
    .option('--until <time>', 'before this time')
    .option('--state-at <time>', 'print what --object was at this time, changes of that very time included')
    .option(
      '--reach <server>',
      'print who could reach this MCP server (namespace/name or namespace/Kind/name) on the day of --on',
    )
    .option('--on <day>', 'the day, as 2026-11-27, UTC')
    .option(
      '--index <dir>',
      'folder of indexes (default: in the cache folder of the user, for files of 64 MiB or more)',
    )
    .option('--no-index', 'read every line, and keep no index')
    .addOption(output(['text', 'json', 'csv', 'ocsf']))
    .action(async (files: string[], options: CommandSpecific['auditQuery']) => {
      const { runAuditQuery } = await import('./audit-query.ts');
      end(await runAuditQuery(files, options, io));
    });
}
