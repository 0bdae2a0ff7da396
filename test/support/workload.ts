import { createDecoder } from '../../src/core/kube/decode.ts';
import type { KubeObject, Workload } from '../../src/core/kube/types.ts';
import { ownWorkload } from '../../src/core/kube/workload-kinds.ts';
import { isWorkload } from '../../src/core/world/object-kinds.ts';

type Pairs = Readonly<Record<string, string>>;

/** One container, in short. */
interface ContainerSketch {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** `NAME`, or `NAME=value`; the value is `x` where none is given. */
  readonly env?: readonly string[];
  /** `http:8080` or `8080`. */
  readonly ports?: readonly string[];
  /** httpGet path of the liveness probe. */
  readonly probe?: string;
  readonly restartPolicy?: string;
}

/** A workload, in short: the fields of its one container beside its own, unless `containers` are given. */
export interface Sketch extends ContainerSketch {
  /** One of Kubernetes' own. */
  readonly kind?: string;
  /** metadata.name; the container's name is `name`. */
  readonly called?: string;
  readonly namespace?: string;
  /** Of the workload itself. */
  readonly ownLabels?: Pairs;
  readonly annotations?: Pairs;
  /** Of its pods. */
  readonly labels?: Pairs;
  readonly podAnnotations?: Pairs;
  /** `group/version Kind name` each; the first is the controller. */
  readonly owners?: readonly string[];
  readonly containers?: readonly ContainerSketch[];
  readonly init?: readonly ContainerSketch[];
  readonly ephemeral?: readonly ContainerSketch[];
}

function apiVersionOf(kind: string): string {
  const group = ownWorkload(kind)?.group;
  return group ? `${group}/v1` : 'v1';
}

function variableOf(text: string): object {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: 'x' } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

function containerOf(sketch: ContainerSketch): object {
  const { name = 'main', image = 'registry.example.com/acme/app:1', probe, env, ports, ...rest } = sketch;
  return {
    name,
    image,
    ...(rest.command && { command: rest.command }),
    ...(rest.args && { args: rest.args }),
    ...(rest.restartPolicy && { restartPolicy: rest.restartPolicy }),
    ...(env && { env: env.map(variableOf) }),
    ...(probe && { livenessProbe: { httpGet: { path: probe, port: 8080 } } }),
    ...(ports && {
      ports: ports.map(text => {
        const [first = '', number] = text.split(':');
        return number ? { name: first, containerPort: Number(number) } : { containerPort: Number(first) };
      }),
    }),
  };
}

function ownerOf(text: string, index: number): object {
  const [apiVersion, kind, name] = text.split(' ');
  return { apiVersion, kind, name, uid: `uid-${name}`, controller: index === 0 };
}

/** The manifest of a sketch. */
export function workloadManifest(sketch: Sketch): Record<string, unknown> {
  const { kind = 'Deployment', called = 'thing', namespace = 'default', labels = {}, owners = [] } = sketch;
  const spec = {
    containers: (sketch.containers ?? [sketch]).map(containerOf),
    ...(sketch.init && { initContainers: sketch.init.map(containerOf) }),
    ...(sketch.ephemeral && { ephemeralContainers: sketch.ephemeral.map(containerOf) }),
  };
  const template = { metadata: { labels, annotations: sketch.podAnnotations ?? {} }, spec };
  const metadata = {
    name: called,
    namespace,
    labels: kind === 'Pod' ? labels : (sketch.ownLabels ?? {}),
    annotations: sketch.annotations ?? {},
    ownerReferences: owners.map(ownerOf),
  };
  const body = kind === 'Pod' ? spec : kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  return { apiVersion: apiVersionOf(kind), kind, metadata, spec: body };
}

const decode = createDecoder();

/** Decodes a manifest that must be readable. */
export function decoded(manifest: Record<string, unknown>): KubeObject {
  const result = decode(manifest);
  if (result.kind !== 'object') throw new Error(`not readable: ${JSON.stringify(result)}`);
  return result.object;
}

/** The workload of a sketch, as the decoder reads its manifest. */
export function workload(sketch: Sketch): Workload {
  const object = decoded(workloadManifest(sketch));
  if (!isWorkload(object)) throw new Error(`no workload: ${object.kind}`);
  return object;
}
