import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadGatePolicy } from '../adapters/config/load.ts';
import { approvedServers, gatewayOrigin, hasApproved, NAME_GAP } from '../app/agents/write/approved-servers.ts';
import { CLIENT_NAMES } from '../app/agents/write/choices.ts';
import { type ClientFile, clientFiles } from '../app/agents/write/client-files.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { GateError, messageOf } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import { putText } from './configuration-file.ts';
import type { Io } from './io.ts';
import { problemText } from './terminal-text.ts';

/** What of the configuration tells clients of servers. Throws a GateError where it does not say enough. */
function toldBy(policy: GatePolicy, source: string, path: string) {
  const lacks = (what: string): GateError => new GateError('bad-usage', `${source} has no ${what}: docs/agents.md`);
  const origin = policy.perimeter === undefined ? undefined : gatewayOrigin(policy.perimeter);
  if (origin === undefined) throw lacks('spec.perimeter.gateway.hosts, which says the name of the gateway');
  if (!hasApproved(policy) && path.includes(NAME_GAP)) throw lacks('spec.registry, which says what is approved');
  return { origin, servers: approvedServers(policy, origin, path) };
}

/** The files one after the other, each under its name where there are several. */
const printed = (files: readonly ClientFile[]): string =>
  files.length === 1 ? (files[0]?.text ?? '') : files.map(({ path, text }) => `==> ${path} <==\n${text}`).join('\n');

async function put(file: string, text: string, io: Io): Promise<void> {
  try {
    mkdirSync(dirname(resolve(io.workingFolder, file)), { recursive: true });
  } catch (cause) {
    throw new GateError('unwritable-output', `${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
  await putText(file, text, io);
}

/** `agents`: the configuration by which clients reach the approved servers at the gateway. Nothing is installed anywhere. */
export async function runAgents(
  { client: chosen, output, path, config }: CommandSpecific['agents'],
  io: Io,
): Promise<number> {
  const { policy, source, problems } = await loadGatePolicy({ file: config, workingFolder: io.workingFolder });
  if (problems.length > 0) await io.stderr.write(problemText(problems));
  if (policy === undefined) return 2;
  const told = toldBy(policy, source, path);
  const clients = chosen ?? CLIENT_NAMES;
  const files = clients.flatMap(client =>
    clientFiles(client, told).map(one => ({ ...one, path: join(client, one.path) })),
  );
  if (output === undefined) {
    await io.stdout.write(printed(files));
    return 0;
  }
  for (const file of files) await put(join(output, file.path), file.text, io);
  await io.stdout.write(files.map(file => `${join(output, file.path)}\n`).join(''));
  return 0;
}
