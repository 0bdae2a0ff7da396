import type { McpJudgement } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { formatPath, type PathSegment } from '../../core/field-path.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import { isMcpServerKind } from '../../core/kube/mcp-operators.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import type { ObjectRef, RouteBackend, Workload } from '../../core/kube/types.ts';
import type { Source } from '../../core/manifest.ts';
import { destinationsOf } from '../../core/publication.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import type { World } from '../../core/world/world.ts';
import type { ManifestIssue } from './check.ts';
import { servicesPublished } from './unread-routes.ts';

/** An object of a kind that is not judged, and that may make MCP servers, or lead to them. */
export interface Unjudged {
  readonly ref: ObjectRef;
  readonly manifest: Source;
  /** Its kind says that it is an MCP server, and nobody here knows what is made of it. */
  readonly isServerKind: boolean;
  /** What it holds that has the shape of pods, each as a Pod, and the path of its containers. */
  readonly pods: readonly { readonly pod: Workload; readonly path: string }[];
  /** Services that it names, where it may publish them. */
  readonly services: readonly RouteBackend[];
}

/** Fields under which operators, workflows and pipelines keep containers. */
const CONTAINER_FIELDS = ['containers', 'container', 'sidecars', 'steps'] as const;
/** Objects that are looked into; a resource of an operator has a few hundred. */
const MAX_OBJECTS = 5000;

const SERVER_KIND = /^mcp-?server$/i;

const isUnknownServer = (apiVersion: string, kind: string): boolean =>
  SERVER_KIND.test(kind) && !isMcpServerKind(apiVersion, kind);

const isContainer = (value: unknown): value is Fields => isFields(value) && typeof own(value, 'image') === 'string';

/** The containers that a field holds, each with a name. */
function containersIn(value: unknown): readonly Fields[] {
  const all = (Array.isArray(value) ? value : [value]).filter(isContainer);
  return all.map((container, index) => ({ name: `container-${index}`, ...container }));
}

interface Placed {
  readonly fields: Fields;
  readonly path: readonly PathSegment[];
  /** The object that it stands in; of the root, the root. */
  readonly around: Fields;
}

/** The objects that are fields of an object, or items of one. */
function within({ fields, path }: Placed): readonly Placed[] {
  return Object.keys(fields).flatMap(key => {
    const value = fields[key];
    const placed: readonly (readonly [unknown, readonly PathSegment[]])[] = Array.isArray(value)
      ? value.map((item, index) => [item, [...path, key, index]])
      : [[value, [...path, key]]];
    return placed.flatMap(([item, at]) => (isFields(item) ? [{ fields: item, path: at, around: fields }] : []));
  });
}

/** What stands below an object, itself first: breadth first, and no more than is looked into. */
function below(root: Fields): readonly Placed[] {
  const found: Placed[] = [{ fields: root, path: [], around: root }];
  for (let at = 0; at < found.length && found.length < MAX_OBJECTS; at += 1) {
    const placed = found[at];
    if (placed) found.push(...within(placed).slice(0, MAX_OBJECTS));
  }
  return found;
}

/** What an object of a kind that is not judged may make or publish; `undefined`: nothing that has the shape of a server, and no Service. */
export function unjudgedOf(ref: ObjectRef, value: Fields, manifest: Source, decode: Decoder): Unjudged | undefined {
  const all = below(value);
  const pods = all.flatMap(({ fields, path, around }) =>
    CONTAINER_FIELDS.flatMap(field => {
      const containers = containersIn(own(fields, field));
      if (containers.length === 0) return [];
      const labels = own(fieldsAt(around, 'metadata'), 'labels') ?? {};
      const metadata = { name: ref.name || 'unnamed', namespace: ref.namespace, labels };
      const decoded = decode({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
      const isPod = decoded.kind === 'object' && isWorkload(decoded.object);
      return isPod ? [{ pod: decoded.object, path: formatPath([...path, field]) }] : [];
    }),
  );
  const isServerKind = isUnknownServer(String(own(value, 'apiVersion')), ref.kind);
  const services = servicesPublished(ref, all);
  const isNothing = !isServerKind && pods.length + services.length === 0;
  return isNothing ? undefined : { ref, manifest, isServerKind, pods, services };
}

const isCertain = ({ standing }: McpJudgement): boolean => standing === 'declared' || standing === 'detected';

/** Whether requests to a Service come to an MCP server. */
function leadsToServer({ namespace, name }: RouteBackend, world: World, judge: Judge): boolean {
  const service = world.namespace(namespace).services.get(`Service/${name}`);
  if (service === undefined) return false;
  return [...destinationsOf(service, world)].some(([home, tests]) => {
    const content = world.namespace(home);
    const reached = [...content.workloads.values()].filter(workload => tests.some(test => test(workload)));
    return reached.some(workload => isCertain(judge.detect(workload, content)));
  });
}

/** Says of an object whose kind is not judged that it names a server's Service, and may publish it. */
function publishing({ ref, manifest, services }: Unjudged, world: World, judge: Judge): readonly ManifestIssue[] {
  const led = services.find(one => leadsToServer(one, world, judge));
  if (led === undefined) return [];
  const message = `this ${ref.kind} names Service ${led.namespace}/${led.name} of an MCP server, and the kind is not judged: whether callers come that way, and what they are asked, is not known`;
  return [{ severity: 'warning', code: 'unread-route', path: led.path, message, manifest }];
}

/** Says of objects whose kind is not judged that they make MCP servers, as far as their kind or their containers tell, or that they name their Services. */
export function unjudgedIssues(unjudged: readonly Unjudged[], world: World, judge: Judge): readonly ManifestIssue[] {
  return unjudged.flatMap(one => {
    const { ref, manifest, isServerKind, pods } = one;
    const server = pods.find(({ pod }) => isCertain(judge.detect(pod, world.namespace(pod.meta.namespace))));
    if (server === undefined && !isServerKind) return publishing(one, world, judge);
    const told = server
      ? `a container of this ${ref.kind} is an MCP server`
      : `this ${ref.kind} is an MCP server by its kind`;
    const message = `${told}, and the kind is not judged: check what is made of it, or the cluster`;
    return [{ severity: 'warning', code: 'unjudged-server', path: server?.path ?? '', message, manifest }];
  });
}
