import { matchesPairs } from '../kube/selector.ts';
import type { Container, Labels, Meta, OwnerRef, Service, Workload } from '../kube/types.ts';
import { claimKey } from '../owner.ts';
import { refOf } from '../world/refs.ts';
import type { NamespaceContent } from '../world/world.ts';
import { optionsOf } from './command-options.ts';
import { type Finder, type Hit, keyPath } from './finder.ts';
import { imageRepository, lastPart } from './image.ts';
import { runsOtherProgram } from './other-program.ts';
import { commandLineOf, type Program, type Programs } from './programs.ts';
import { NAME_PATH, OTHER_PROGRAM, UNREAD } from './signal-table.ts';

/** Labels that say what a workload is called. */
export const CALLING_LABELS = ['app', 'app.kubernetes.io/name', 'k8s-app'];

/** A Pod is made by a ReplicaSet of a Deployment, or by a Job of a CronJob: more steps there are not. */
const MAX_ANCESTORS = 3;

/** The controllers that made a workload, nearest first, as far as the namespace holds them. */
function ancestorsOf(subject: Workload, content: NamespaceContent): readonly Workload[] {
  const found: Workload[] = [];
  let current: Workload | undefined = subject;
  while (current !== undefined && found.length < MAX_ANCESTORS) {
    const owner: OwnerRef | undefined = current.meta.owners.find(({ controller }) => controller);
    current = owner && content.workloads.get(claimKey(owner));
    if (current !== undefined) found.push(current);
  }
  return found;
}

const NONE_OPEN: ReadonlySet<string> = new Set();

/** The Services of the namespace that send traffic to the workload's pods by their labels. */
function servicesOf(subject: Workload, content: NamespaceContent): readonly Service[] {
  const services: Service[] = [];
  for (const service of content.servicesNear({ known: subject.podLabels, open: NONE_OPEN })) {
    if (service.selector !== undefined && matchesPairs(service.selector, subject.podLabels)) services.push(service);
  }
  return services;
}

/** Reads labels as such and, where they name the workload, as what it is called. */
export function readLabels(finder: Finder, labels: Labels, base: string): void {
  finder.pairs('label', labels, base);
  for (const key of CALLING_LABELS) {
    finder.text('called', labels.get(key) ?? '', () => keyPath(base, key));
  }
}

function readMeta(finder: Finder, meta: Meta): void {
  finder.owners(meta.owners);
  const field = meta.name === '' ? 'generateName' : 'name';
  finder.text('called', meta[field], () => `metadata.${field}`);
  readLabels(finder, meta.labels, 'metadata.labels');
  finder.pairs('annotation', meta.annotations, 'metadata.annotations');
}

function readProgram(finder: Finder, program: Program): void {
  if (program.kind === 'image') readImage(finder, program.full, program.path);
  else if (program.kind === 'install') finder.program('install', program);
  else {
    finder.program('command', program);
    if (program.kind === 'package') finder.program('package', program);
    finder.programName(program);
  }
}

function readPrograms(finder: Finder, container: Container, { programs, isUnread }: Programs): void {
  for (const program of programs) readProgram(finder, program);
  if (isUnread) finder.always(UNREAD, `${container.path}.command`);
  for (const { text, path } of optionsOf(commandLineOf(container))) finder.text('argument', text, () => path);
}

function readImage(finder: Finder, image: string, path: string): void {
  const repository = imageRepository(image);
  const name = lastPart(repository);
  finder.text('image', repository, () => path);
  finder.text('image-name', name, () => path);
  finder.text('called', name, () => path);
}

/** Shows a finder what a container says. */
export function readContainer(finder: Finder, container: Container, programs: Programs): void {
  const { path } = container;
  finder.within(container);
  readImage(finder, container.image, `${path}.image`);
  finder.text('called', container.name, () => `${path}.name`);
  readPrograms(finder, container, programs);
  for (const [index, variable] of container.env.entries()) {
    finder.text('env', variable, () => `${path}.env[${index}].name`);
  }
  for (const [index, port] of container.ports.entries()) {
    finder.text('port-name', port.name, () => `${path}.ports[${index}].name`);
    finder.text('port-number', String(port.number), () => `${path}.ports[${index}].containerPort`);
  }
  for (const probe of container.probes) {
    finder.text('probe-path', probePath(probe.path), () => `${path}.${probe.field}.httpGet.path`);
  }
}

/** The path of a probe without its query and closing slash: `/mcp/?x=1` is `/mcp`. */
function probePath(written: string): string {
  const query = written.indexOf('?');
  const path = query < 0 ? written : written.slice(0, query);
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Init containers end before the pod serves; what they run and are called says nothing of it. */
function servingContainers(subject: Workload): readonly Container[] {
  return subject.containers.filter(({ role }) => role !== 'init');
}

function readService(finder: Finder, service: Service): void {
  finder.within(undefined, refOf(service));
  finder.text('service-name', service.meta.name, () => 'metadata.name');
  finder.pairs('service-label', service.meta.labels, 'metadata.labels');
  finder.pairs('service-annotation', service.meta.annotations, 'metadata.annotations');
  for (const [index, port] of service.ports.entries()) {
    finder.text('service-app-protocol', port.appProtocol, () => `spec.ports[${index}].appProtocol`);
    finder.text('service-port-name', port.name, () => `spec.ports[${index}].name`);
  }
}

/** What belongs to a workload: looked up once, read by several finders. */
export interface WorkloadContext {
  readonly subject: Workload;
  /** The controllers that made it, nearest first. */
  readonly ancestors: readonly Workload[];
  /** Those that send traffic to its pods. */
  readonly services: readonly Service[];
  /** Those that run while the pod serves: all but plain init containers. */
  readonly containers: readonly Container[];
  /** What they run. */
  readonly programs: ReadonlyMap<Container, Programs>;
}

/** `programsIn`: what a container runs. */
export function workloadContext(
  subject: Workload,
  content: NamespaceContent,
  programsIn: (container: Container) => Programs,
): WorkloadContext {
  const containers = servingContainers(subject);
  return {
    subject,
    ancestors: ancestorsOf(subject, content),
    services: servicesOf(subject, content),
    containers,
    programs: new Map(containers.map(container => [container, programsIn(container)])),
  };
}

/** Tells the containers that run something else than the image's name, by which they were `found`, says, where no Service sends them traffic. */
export function readOtherPrograms(
  finder: Finder,
  { services, programs }: WorkloadContext,
  found: ReadonlySet<Container>,
): void {
  if (services.length > 0) return;
  for (const container of found) {
    if (!runsOtherProgram(container, programs.get(container)?.programs ?? [])) continue;
    finder.within(container);
    finder.always(OTHER_PROGRAM, `${container.path}.${container.command.length > 0 ? 'command' : 'args'}[0]`);
  }
}

/** Reads all that may say what a workload is. `hitsIn`: what the finder's table finds in a container. */
export function readWorkload(
  finder: Finder,
  { subject, ancestors, services, containers, programs }: WorkloadContext,
  hitsIn: (container: Container, programs: Programs) => readonly Hit[],
): void {
  finder.within(undefined);
  if (subject.podLabels !== subject.meta.labels) {
    readLabels(finder, subject.podLabels, subject.podLabelsPath);
    finder.pairs('annotation', subject.podAnnotations, subject.podLabelsPath.replace(/labels$/, 'annotations'));
  }
  readMeta(finder, subject.meta);
  if (containers.some(({ ports }) => ports.length > 0)) finder.text('served-name', subject.meta.name, () => NAME_PATH);
  for (const [container, run] of programs) finder.hits.push(...hitsIn(container, run));
  for (const ancestor of ancestors) {
    finder.within(undefined, refOf(ancestor));
    readMeta(finder, ancestor.meta);
  }
  for (const service of services) readService(finder, service);
  const { namespace } = subject.meta;
  finder.within(undefined, { kind: 'Namespace', namespace: '', name: namespace });
  finder.text('namespace', namespace, () => 'metadata.name');
}
