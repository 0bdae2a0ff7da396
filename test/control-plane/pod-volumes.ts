import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectOk, type Request } from './client.ts';
import { type Pod, type ProjectedSource, podField, type Volume } from './pod-objects.ts';

/** Contents by file name. */
type Files = ReadonlyMap<string, Buffer>;

/** What a volume needs is not there: the Pod waits, as it does under a kubelet. */
class Missing extends Error {}

/** The volumes of one Pod, as folders. */
export interface PodVolumes {
  /** Folder of a volume, by the volume's name. It exists after the first successful `refresh`. */
  readonly folder: (name: string) => string;
  /**
   * Reads what the volumes are made of, and writes what is new by the swap of `..data` that kubelets do, so that no reader sees half of it.
   * Answers what is missing, in which case the folders stay as they were; undefined where nothing is.
   */
  readonly refresh: () => Promise<string | undefined>;
}

type KeyedSource = NonNullable<ProjectedSource['configMap'] | ProjectedSource['secret']>;

function pick(what: string, source: KeyedSource, data: ReadonlyMap<string, Buffer>): Files {
  if (source.items === undefined) return data;
  const files = new Map<string, Buffer>();
  for (const { key, path } of source.items) {
    const content = data.get(key);
    if (content !== undefined) files.set(path, content);
    else if (!source.optional) throw new Missing(`references non-existent ${what} key: ${key}`);
  }
  return files;
}

const decoded = (data: object | undefined, encoding: 'utf8' | 'base64'): [string, Buffer][] =>
  Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(String(value), encoding)]);

async function keyedFiles(request: Request, pod: Pod, kind: 'configmaps' | 'secrets', source: KeyedSource) {
  const name = 'secretName' in source && source.secretName !== undefined ? source.secretName : source.name;
  const answer = await request('GET', `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${name}`);
  if (answer.status === 404 && source.optional) return new Map<string, Buffer>();
  if (answer.status === 404) throw new Missing(`${kind} "${name}" not found`);
  const { data, binaryData } = expectOk(answer, `${kind} ${name}`).body;
  const plain = decoded(data, kind === 'secrets' ? 'base64' : 'utf8');
  return pick(`${kind} ${name}`, source, new Map([...plain, ...decoded(binaryData, 'base64')]));
}

/** Asked for once: no test lasts as long as a token, which is an hour. */
function tokenSource(request: Request, { metadata, spec }: Pod) {
  const tokens = new Map<string, Buffer>();
  return async (audience: string | undefined, expirationSeconds: number | undefined): Promise<Buffer> => {
    const held = tokens.get(audience ?? '');
    if (held !== undefined) return held;
    const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${spec.serviceAccountName ?? 'default'}/token`;
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid };
    const audiences = audience === undefined ? undefined : [audience];
    const answer = await request('POST', path, { spec: { audiences, expirationSeconds, boundObjectRef } });
    const token = Buffer.from(expectOk(answer, `token of ${metadata.name}`).body.status.token);
    tokens.set(audience ?? '', token);
    return token;
  };
}

type TokenSource = ReturnType<typeof tokenSource>;

async function sourceFiles(
  request: Request,
  pod: Pod,
  podIp: string,
  token: TokenSource,
  source: ProjectedSource,
): Promise<Files> {
  const { configMap, secret, serviceAccountToken, downwardAPI } = source;
  if (configMap) return keyedFiles(request, pod, 'configmaps', configMap);
  if (secret) return keyedFiles(request, pod, 'secrets', secret);
  if (serviceAccountToken) {
    const { audience, expirationSeconds, path } = serviceAccountToken;
    return new Map([[path, await token(audience, expirationSeconds)]]);
  }
  if (downwardAPI) {
    return new Map(
      downwardAPI.items.map(({ path, fieldRef }) => [path, Buffer.from(podField(pod, podIp, fieldRef.fieldPath))]),
    );
  }
  throw new Error(`the pod runner cannot mount ${JSON.stringify(source)}`);
}

/** `..data` leads to the folder of this version, and every file through it; the change of that one link is the update. */
function write(folder: string, files: Files, version: number): void {
  const data = join(folder, '..data');
  const fresh = `..version-${version}`;
  mkdirSync(join(folder, fresh), { recursive: true });
  for (const [name, content] of files) writeFileSync(join(folder, fresh, name), content, { mode: 0o644 });
  symlinkSync(fresh, `${data}_tmp`);
  renameSync(`${data}_tmp`, data);
  for (const name of files.keys()) {
    if (!existsSync(join(folder, name))) symlinkSync(join('..data', name), join(folder, name));
  }
  rmSync(join(folder, `..version-${version - 1}`), { recursive: true, force: true });
}

const fingerprint = (files: Files): string =>
  JSON.stringify([...files].map(([name, content]) => [name, content.toString('base64')]).toSorted());

/** The volumes of a Pod below `root`, a folder of its own. ConfigMap, Secret, projected and emptyDir are known; file names have no folders. */
export function createPodVolumes(request: Request, pod: Pod, podIp: string, root: string): PodVolumes {
  const token = tokenSource(request, pod);
  const written = new Map<string, { readonly version: number; readonly print: string }>();
  const folder = (name: string): string => join(root, 'volumes', name);
  const filesOf = async (volume: Volume): Promise<Files> => {
    if (volume.emptyDir) return new Map();
    const sources = volume.projected?.sources ?? [volume];
    const parts = await Promise.all(sources.map(source => sourceFiles(request, pod, podIp, token, source)));
    return new Map(parts.flatMap(part => [...part]));
  };
  return {
    folder,
    refresh: async () => {
      try {
        const volumes = pod.spec.volumes ?? [];
        const all = await Promise.all(volumes.map(async volume => [volume, await filesOf(volume)] as const));
        for (const [{ name }, files] of all) {
          const print = fingerprint(files);
          const before = written.get(name);
          if (before?.print === print) continue;
          const version = (before?.version ?? 0) + 1;
          write(folder(name), files, version);
          written.set(name, { version, print });
        }
        return undefined;
      } catch (error) {
        if (error instanceof Missing) return error.message;
        throw error;
      }
    },
  };
}
