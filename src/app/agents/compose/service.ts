import { formatPath } from '../../../core/field-path.ts';
import { type Fields, isFields, own } from '../../../core/kube/reading.ts';
import { type Path, serviceIn } from './file.ts';
import type { Following } from './following.ts';
import type { ProjectFile } from './project-file.ts';
import type { Variables } from './variables.ts';

/** One layer of a service: what a file says of it, or of what it extends. */
interface Layer {
  readonly file: ProjectFile;
  readonly fields: Fields;
  /** The fields before variables are put in. */
  readonly written: Fields;
  /** Of the files that its `env_file` names. */
  readonly variables: Variables;
  /** Begins with the file. */
  readonly path: Path;
}

/** A service as Compose puts it together, from the farthest layer to the one that counts first. */
export type Service = readonly Layer[];

/** Services that extend one another in a row; of a longer one nothing is judged. */
const MAX_EXTENDED = 32;

const isPort = (one: unknown): boolean => isFields(one) || ['string', 'number'].includes(typeof one);

/** What a service publishes cannot be read where its `ports` are no list of ports. */
function checkPorts({ fields, path }: Layer, following: Following): void {
  const ports = own(fields, 'ports') ?? [];
  if (Array.isArray(ports) && ports.every(isPort)) return;
  following.issue('wrong-type', [...path, 'ports'], 'must be a list of ports: what is published cannot be read');
}

/** What the files of `env_file` set, of which the last counts: a path, or a list of paths and objects. Source: Compose specification, `env_file`. */
function variablesOf(file: ProjectFile, fields: Fields, path: Path, following: Following): Variables {
  const value = own(fields, 'env_file') ?? [];
  const list = Array.isArray(value) ? value : [value];
  let variables: Variables = new Map();
  for (const [index, entry] of list.entries()) {
    const [name, required] = isFields(entry) ? [own(entry, 'path'), own(entry, 'required')] : [entry];
    if (typeof name !== 'string' || name === '') continue;
    const at = [...path, 'env_file', ...(Array.isArray(value) ? [index] : [])];
    const set = following.variables(file.folder, name, file.variables, required === false ? undefined : at);
    variables = new Map([...variables, ...set]);
  }
  return variables;
}

interface Extended {
  readonly file: ProjectFile;
  readonly name: string;
}

/** The service that a layer extends; `undefined` where there is none, and where it cannot be read, which is an issue. */
function extendedBy({ file, fields, path }: Layer, following: Following): Extended | undefined {
  const value = own(fields, 'extends');
  if (value === undefined) return undefined;
  const at = [...path, 'extends'];
  const [name, other] = isFields(value) ? [own(value, 'service'), own(value, 'file')] : [value];
  if (typeof name !== 'string' || !['string', 'undefined'].includes(typeof other)) {
    following.issue('wrong-type', at, 'must name a service, and its file as a text: what it adds is not judged');
    return undefined;
  }
  const opened = typeof other === 'string' ? following.file(file, other, [...at, 'file']) : file;
  if (opened === undefined) return undefined;
  const found = opened === file ? file : following.project(opened, file.variables);
  if (serviceIn(found.value, name) !== undefined) return { file: found, name };
  following.issue(
    'service-not-found',
    at,
    `there is no service ${name} in ${found.file}: what it would add is not judged`,
  );
  return undefined;
}

/** A service of one file, with what it extends. Circles are issues: Compose refuses them. */
export function readService(
  file: ProjectFile,
  name: string,
  following: Following,
  above: readonly string[] = [],
): Service {
  const [fields, written] = [serviceIn(file.value, name), serviceIn(file.written, name)];
  if (fields === undefined || written === undefined) return [];
  const path = [file.file, 'services', name];
  if (above.length > 0 && !following.affords(fields, path)) return [];
  const layer: Layer = { file, fields, written, path, variables: variablesOf(file, fields, path, following) };
  checkPorts(layer, following);
  const extended = extendedBy(layer, following);
  if (extended === undefined) return [layer];
  const here = formatPath(layer.path);
  const isCircle = [...above, here].includes(formatPath([extended.file.file, 'services', extended.name]));
  if (isCircle || above.length >= MAX_EXTENDED) {
    const message = isCircle
      ? 'it extends itself, which Compose refuses'
      : `more than ${MAX_EXTENDED} services extend one another`;
    following.issue(
      isCircle ? 'circle' : 'too-deep',
      [...layer.path, 'extends'],
      `${message}: what it extends is not judged`,
    );
    return [layer];
  }
  return [...readService(extended.file, extended.name, following, [...above, here]), layer];
}

/** The layers that say something of a field. A layer whose value has the tag `!reset` or `!override` takes away what those before it say. */
export function layersWith(service: Service, key: string): Service {
  const tagOf = ({ file, path }: Layer) => file.tagAt([...path.slice(1), key]);
  const last = service.findLastIndex(layer => tagOf(layer) !== undefined);
  const tagged = service[last];
  const from = tagged !== undefined && tagOf(tagged) === 'reset' ? last + 1 : Math.max(0, last);
  return service.slice(from).filter(({ fields }) => own(fields, key) !== undefined);
}

/** A field of which the last layer that has it counts, those before it do not. */
export function fieldOf(
  service: Service,
  key: string,
): { readonly value: unknown; readonly written: unknown; readonly path: Path } {
  const layer = layersWith(service, key).at(-1);
  return {
    value: layer && own(layer.fields, key),
    written: layer && own(layer.written, key),
    path: [...((layer ?? service.at(-1))?.path ?? []), key],
  };
}

/** A map, or a list of `KEY=value`. `undefined`, `null`: it has a key alone. */
function pairsIn(value: unknown): readonly (readonly [key: string, text: unknown])[] {
  if (!Array.isArray(value)) return isFields(value) ? Object.entries(value) : [];
  return value.map(one => {
    const [, key = '', text] = /^([^=]*)(?:=(.*))?$/s.exec(String(one)) ?? [];
    return [key, text];
  });
}

/** The variables of the container: of `env_file`, before which `environment` counts. One without a value has that of the project. */
export const environmentOf = (service: Service): ReadonlyMap<string, string> =>
  new Map([
    ...layersWith(service, 'env_file').flatMap(({ variables }) => [...variables]),
    ...layersWith(service, 'environment').flatMap(({ fields, file }) =>
      pairsIn(own(fields, 'environment')).map(
        ([name, text]) => [name, String(text ?? file.variables.get(name) ?? '')] as const,
      ),
    ),
  ]);

/** The pairs of all layers together. */
export const pairsOf = (service: Service, key: string): ReadonlyMap<string, string> =>
  new Map(
    layersWith(service, key).flatMap(({ fields }) =>
      pairsIn(own(fields, key)).map(([name, text]) => [name, String(text ?? '')] as const),
    ),
  );

/** The items of the lists of all layers together, each with its path. */
export const itemsOf = (service: Service, key: string): readonly { readonly item: unknown; readonly path: Path }[] =>
  layersWith(service, key).flatMap(({ fields, path }) => {
    const list = own(fields, key);
    return Array.isArray(list) ? list.map((item, index) => ({ item, path: [...path, key, index] })) : [];
  });
