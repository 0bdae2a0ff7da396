import { MCP_SERVER_KINDS } from '../../kube/mcp-operators.ts';
import { type At, at, type Fields, own, pathText, type Reading } from '../../kube/reading.ts';
import { toldKind, WORKLOADS } from '../../kube/workload-kinds.ts';
import { hostProblem } from '../domain-names.ts';
import { suggestion } from '../nearest.ts';
import {
  ENTRY_STATUSES,
  type Exception,
  type ExceptionAllowance,
  type ModeChangers,
  PACKAGE_REGISTRIES,
  type Registry,
  type RegistryPackage,
  type RegistryRemote,
  type RouteEntrances,
} from '../types.ts';
import type { BuiltinData } from './builtin-data.ts';
import { readDate, readKnown, readObjects, readOneOf, readText } from './read-fields.ts';

/** Kinds that findings are about. Another one is most often a typing error: the exception would never hold. */
const EXCEPTED_KINDS: ReadonlySet<string> = new Set([
  ...[...WORKLOADS, ...MCP_SERVER_KINDS].map(({ group, kind }) => toldKind(group, kind)),
  ...['Namespace', 'NetworkPolicy'],
]);

/** Checks names written `namespace/name`. */
function readNamespacedNames(fields: Fields, key: string, up: At, reading: Reading): readonly string[] {
  const names = reading.strings(fields, key, up);
  names.forEach((name, index) => {
    const parts = name.split('/');
    if (parts.length !== 2 || parts.includes(''))
      reading.error('invalid-name', at(at(up, key), index), `"${name}" must be written namespace/name`);
  });
  return names;
}

/** An image as it is compared: a tag or a digest would never match. */
function checkImage(image: string, place: At, reading: Reading): void {
  const tag = image.slice(image.lastIndexOf('/') + 1).search(/[:@]/);
  if (tag >= 0 || image.includes('@'))
    reading.error('invalid-image', place, `"${image}" must be written without tag and digest`);
}

/** Image names without tag and digest. */
export function readImages(fields: Fields, key: string, up: At, reading: Reading): readonly string[] {
  const images = reading.strings(fields, key, up);
  for (const [index, image] of images.entries()) checkImage(image, at(at(up, key), index), reading);
  return images;
}

/** `spec.exceptions`: each with exact names, known rules, a reason and the last day on which it holds. */
export function resolveExceptions(
  spec: Fields,
  up: At,
  ruleIds: ReadonlySet<string>,
  reading: Reading,
): readonly Exception[] {
  return readObjects(spec, 'exceptions', up, reading).map(({ fields, place }) => {
    const kind = readText(fields, 'kind', place, reading);
    if (kind !== '' && !EXCEPTED_KINDS.has(kind)) {
      const message = `no finding is about a "${kind}"${suggestion(kind, EXCEPTED_KINDS)}`;
      reading.warn('unknown-kind', at(place, 'kind'), message);
    }
    const rules = readKnown(fields, 'rules', place, 'rule', ruleIds, reading);
    return {
      namespace: readText(fields, 'namespace', place, reading),
      kind,
      name: readText(fields, 'name', place, reading),
      rules,
      reason: readText(fields, 'reason', place, reading),
      expires: readDate(fields, 'expires', place, reading),
    };
  });
}

/**
 * `spec.exceptionsFromAnnotations` and `spec.exceptionsFromNamespaces`: absent, nothing that a namespace asks for so is set aside. A rule that never
 * is set aside so is a warning, and stays in vain.
 */
export function resolveAllowance(
  spec: Fields,
  key: 'exceptionsFromAnnotations' | 'exceptionsFromNamespaces',
  up: At,
  { neverIgnored, presets }: BuiltinData,
  reading: Reading,
): ExceptionAllowance | undefined {
  const fields = reading.object(spec, key, up);
  if (fields === undefined) return undefined;
  const place = at(up, key);
  reading.strings(fields, 'rules', place).forEach((rule, index) => {
    const never = neverIgnored.get(rule);
    if (never !== undefined) reading.warn('never-ignored', at(at(place, 'rules'), index), `"${rule}" stays: ${never}`);
  });
  return {
    rules: new Set(readKnown(fields, 'rules', place, 'rule', new Set(presets.baseline.levels.keys()), reading)),
    longestDays: reading.integer(fields, 'longestDays', place) ?? 0,
  };
}

/** Where a remote server listens whose port is not given. */
const HTTPS_PORT = 443;

/** What an entry of either list says of its server. */
function readState(entry: Fields, place: At, reading: Reading): Omit<RegistryPackage, 'from' | 'name'> {
  return {
    owner: readText(entry, 'owner', place, reading),
    version: readText(entry, 'version', place, reading),
    status: readOneOf(entry, 'status', place, ENTRY_STATUSES, reading) ?? 'active',
  };
}

/** Two entries of one name would say different things of one server. */
function once(what: string, reading: Reading): (name: string, place: At) => void {
  const seen = new Map<string, At>();
  return (name, place) => {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, place);
    else reading.error('duplicate-name', place, `"${name}" is also the ${what} of ${pathText(first.up)}`);
  };
}

/** `spec.registry`: absent, or without servers and packages, what runs in a cluster needs no approval. */
export function resolveRegistry(spec: Fields, up: At, reading: Reading): Registry | undefined {
  const fields = reading.object(spec, 'registry', up);
  if (fields === undefined || !['servers', 'packages'].some(key => own(fields, key) !== undefined)) return undefined;
  const place = at(up, 'registry');
  const [checkOnce, checkPackageOnce] = [once('image', reading), once('name', reading)];
  const servers = readObjects(fields, 'servers', place, reading).map(({ fields: entry, place: here }) => {
    const image = readText(entry, 'image', here, reading);
    checkImage(image, at(here, 'image'), reading);
    checkOnce(image, at(here, 'image'));
    return { image, digest: readText(entry, 'digest', here, reading), ...readState(entry, here, reading) };
  });
  const packages = readObjects(fields, 'packages', place, reading).map(({ fields: entry, place: here }) => {
    const from = readOneOf(entry, 'from', here, PACKAGE_REGISTRIES, reading) ?? 'npm';
    const name = readText(entry, 'name', here, reading);
    checkPackageOnce(`${from} ${name}`, at(here, 'name'));
    return { from, name, ...readState(entry, here, reading) };
  });
  return { servers, packages };
}

/** `spec.registry.remotes`: absent, none is approved. */
export function resolveRemotes(spec: Fields, up: At, reading: Reading): readonly RegistryRemote[] {
  const fields = reading.object(spec, 'registry', up) ?? {};
  const checkOnce = once('host', reading);
  return readObjects(fields, 'remotes', at(up, 'registry'), reading).map(({ fields: entry, place }) => {
    const host = readText(entry, 'host', place, reading);
    const problem = hostProblem(host);
    if (problem !== undefined) reading.error('invalid-name', at(place, 'host'), `"${host}" ${problem}`);
    const port = reading.integer(entry, 'port', place) ?? HTTPS_PORT;
    checkOnce(`${host}:${port}`, at(place, 'host'));
    return { host, port, owner: readText(entry, 'owner', place, reading) };
  });
}

/** `spec.routes`: absent and empty lists mean that the entrances are not known. */
export function resolveRoutes(spec: Fields, up: At, reading: Reading): RouteEntrances {
  const fields = reading.object(spec, 'routes', up) ?? {};
  const place = at(up, 'routes');
  return {
    ingressClasses: reading.strings(fields, 'ingressClasses', place),
    gateways: readNamespacedNames(fields, 'gateways', place, reading),
  };
}

/** `spec.modeChangers`: absent, it is not known who may lower a mode; empty, nobody may. */
export function resolveModeChangers(spec: Fields, up: At, reading: Reading): ModeChangers | undefined {
  const fields = reading.object(spec, 'modeChangers', up);
  if (fields === undefined) return undefined;
  const place = at(up, 'modeChangers');
  return {
    users: reading.strings(fields, 'users', place),
    groups: reading.strings(fields, 'groups', place),
    serviceAccounts: readNamespacedNames(fields, 'serviceAccounts', place, reading),
  };
}
