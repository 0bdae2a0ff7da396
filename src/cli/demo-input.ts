import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WATCHED_KINDS } from '../adapters/kubernetes/client/kinds.ts';
import { reportOn } from '../app/report/build-report.ts';
import { refKey } from '../app/report/check.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import { GATEWAY_ROUTES } from '../core/kube/decode.ts';
import { type Fields, fieldsAt, own } from '../core/kube/reading.ts';
import type { ObjectRef } from '../core/kube/types.ts';
import { type Problem, problemLines } from '../core/manifest.ts';
import { visibleData, visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Question, Scene } from './demo-scene.ts';
import { checkInput, loadLocator } from './input.ts';
import type { Io } from './io.ts';

/** Kinds that open nothing when they are made. */
const NOT_ASKED = new Set(['Namespace', 'EndpointSlice']);

/** Plural names of the kinds that the webhook is asked about, by `group/Kind`. */
const PLURALS: ReadonlyMap<string, string> = new Map([
  ...WATCHED_KINDS.flatMap(watched =>
    watched.kind === 'builtin' && !NOT_ASKED.has(watched.resource.kind)
      ? [[`${watched.resource.group}/${watched.resource.kind}`, watched.resource.plural] as const]
      : [],
  ),
  ...GATEWAY_ROUTES.map(kind => [`gateway.networking.k8s.io/${kind}`, `${kind.toLowerCase()}s`] as const),
]);

/** One's own files as clusters of a demo, with what `check` says of them. */
export interface InputScenes {
  readonly scenes: readonly Scene[];
  readonly report: CheckReport;
  /** Removes what was written for the gates to read. */
  remove(): void;
}

type IsShown = (ref: ObjectRef) => boolean;

const textAt = (value: Fields, key: string): string => String(own(value, key) ?? '');

/** The review that the API server sends when somebody creates the object; `undefined` where it asks nothing about its kind. */
function questionOf(object: Fields, isShown: IsShown): Question | undefined {
  const [version = '', group = ''] = textAt(object, 'apiVersion').split('/').reverse();
  const kind = textAt(object, 'kind');
  const plural = PLURALS.get(`${group}/${kind}`);
  if (plural === undefined) return undefined;
  const metadata = fieldsAt(object, 'metadata');
  const name = textAt(metadata, 'name');
  const namespace = textAt(metadata, 'namespace') || 'default';
  const request = {
    uid: randomUUID(),
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    name,
    namespace,
    operation: 'CREATE',
    userInfo: { username: 'demo', groups: ['system:authenticated'] },
    object: { ...object, metadata: { ...metadata, namespace } },
  };
  return {
    asks: `create ${kind} ${namespace}/${name || `${textAt(metadata, 'generateName')}*`}`,
    body: Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })),
    isMinor: !isShown({ kind, namespace, name }),
  };
}

/** What of a scene is the same for all of an input. */
type Setting = Pick<Scene, 'config' | 'workingFolder' | 'mode'>;

function sceneOf(title: string, objects: readonly Fields[], file: string, setting: Setting, isShown: IsShown): Scene {
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const questions = objects.map(object => questionOf(object, isShown)).filter(question => question !== undefined);
  return { ...setting, title: visibleText(title), world: [file], questions };
}

/** Servers and policies are shown even where nothing is said of them. */
function shownIn({ servers }: CheckReport): IsShown {
  const keys = new Set(servers.map(refKey));
  return ref => ref.kind === 'NetworkPolicy' || keys.has(refKey(ref));
}

const errorsOf = (problems: readonly Problem[]): readonly Problem[] =>
  visibleData(problems.filter(({ severity }) => severity === 'error'));

/**
 * Reads files as `check` does, and makes of each world a cluster in which all of it is there already, so that it does not matter in which order the
 * reviews come. Rejects with a GateError that names every problem where a part cannot be read: what is missing could be what closes a server.
 */
export async function inputScenes(
  paths: readonly string[],
  options: CommandSpecific['demo'],
  io: Io,
): Promise<InputScenes> {
  const worlds = new Map<string, Fields[]>();
  const checked = await checkInput(paths, options, io, ({ value }, build = paths.join(' ')) => {
    const objects = worlds.get(build) ?? [];
    worlds.set(build, objects);
    objects.push(value);
  });
  if ('refused' in checked) throw new GateError('bad-configuration', problemLines(checked.refused));
  const report = reportOn(checked.worlds, checked.facts, await loadLocator(checked.texts));
  const errors = errorsOf(report.problems);
  if (errors.length > 0) throw new GateError('unreadable-world', problemLines(errors));
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-demo-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const setting: Setting = { config: options.config, workingFolder: io.workingFolder, mode: 'enforce' };
    const isShown = shownIn(report);
    const scenes = [...worlds].map(([title, objects], index) =>
      sceneOf(title, objects, join(folder, `world-${index}.json`), setting, isShown),
    );
    return { scenes, report, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
