/** What is read of the objects that are run: fields of core/v1, spelled as there. */

export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: string | number; readonly scheme?: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

export interface Container {
  readonly name: string;
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy?: 'Always';
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
}

interface Item {
  readonly key: string;
  readonly path: string;
}

interface KeySource {
  readonly items?: readonly Item[];
  readonly optional?: boolean;
}

/** One source of a projected volume; a plain volume has the fields of one. */
export interface ProjectedSource {
  readonly configMap?: KeySource & { readonly name: string };
  readonly secret?: KeySource & { readonly name?: string; readonly secretName?: string };
  readonly serviceAccountToken?: {
    readonly audience?: string;
    readonly expirationSeconds?: number;
    readonly path: string;
  };
  readonly downwardAPI?: {
    readonly items: readonly { readonly path: string; readonly fieldRef: { readonly fieldPath: string } }[];
  };
}

export interface Volume extends ProjectedSource {
  readonly name: string;
  readonly emptyDir?: object;
  readonly projected?: { readonly sources: readonly ProjectedSource[] };
}

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
  readonly status?: { readonly phase?: string };
}

/** Path of the Pod in the API. */
export const podPath = ({ metadata }: Pod): string => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;

/** The value of a field of the downward API; an error for one that nobody has needed yet. */
export function podField({ metadata, spec }: Pod, podIp: string, fieldPath: string): string {
  const fields = new Map<string, string | undefined>([
    ['metadata.name', metadata.name],
    ['metadata.namespace', metadata.namespace],
    ['metadata.uid', metadata.uid],
    ['spec.nodeName', spec.nodeName],
    ['spec.serviceAccountName', spec.serviceAccountName],
    ['status.podIP', podIp],
    ['status.podIPs', podIp],
  ]);
  const value = fields.get(fieldPath);
  if (value === undefined) throw new Error(`the pod runner does not know the field ${fieldPath}`);
  return value;
}
