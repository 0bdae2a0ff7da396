import { ComposeFiles } from '../adapters/agents/compose-files.ts';
import type { Text } from '../adapters/yaml/text.ts';
import { type Application, readApplications } from '../app/agents/compose/applications.ts';
import { readEnvFile } from '../app/agents/compose/env-file.ts';
import type { Variables } from '../app/agents/compose/variables.ts';
import type { ClientConfiguration, ConfiguredServer } from '../app/agents/report/report-on-clients.ts';
import type { Issue } from '../core/kube/reading.ts';
import type { Problem } from '../core/manifest.ts';
import { GateError } from '../errors.ts';

/** What became of Compose files. */
export interface ReadCompose {
  readonly configurations: readonly ClientConfiguration[];
  readonly problems: readonly Problem[];
}

/** The servers of the Compose files that were found, with what those include, extend and are overridden by. */
export function composeConfigurations(
  found: readonly string[],
  paths: readonly string[],
  load: (file: string) => Text,
  serversOf: (application: Application) => readonly ConfiguredServer[],
  variables: Variables | undefined,
): ReadCompose {
  const files = new ComposeFiles(paths, load);
  const read = found.map(file => files.found(file));
  const roots = read.flatMap(({ opened }) => (opened.kind === 'file' ? [opened.file] : []));
  const { applications, issues } = readApplications(roots, files, variables);
  const locate = (path: string) => files.locate(path);
  const problemOf = ({ path: place, ...issue }: Issue): Problem => {
    const { path: field, ...at } = locate(place);
    return { ...issue, ...at, field };
  };
  return {
    configurations: applications.map(one => ({ file: files.givenAs(one.file), servers: serversOf(one), locate })),
    problems: [...read.flatMap(({ problem }) => problem ?? []), ...issues.map(problemOf)],
  };
}

/** Variables of the files that `--env-file` names, of which the last counts. Throws a GateError for one that cannot be read. */
export function givenVariables(files: readonly string[], load: (file: string) => Text): Variables {
  let variables: Variables = new Map();
  for (const file of files) {
    const loaded = load(file);
    const refuse = (reason: string): GateError => new GateError('unreadable-file', `--env-file ${file}: ${reason}`);
    if (loaded.kind === 'problem') throw refuse(loaded.problem.message);
    const read = readEnvFile(loaded.text, variables);
    if (read.unreadable !== undefined) throw refuse(`it cannot be read from line ${read.unreadable} on`);
    variables = new Map([...variables, ...read.variables]);
  }
  return variables;
}
