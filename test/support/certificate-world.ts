import { AUTHORITY_SECRET, type CertificateObjects, SERVING_SECRET } from '../../src/app/certificates/facts.ts';
import type { CertificateStore, Stored } from '../../src/app/certificates/manage.ts';
import {
  CONFIGURATION_KINDS,
  type ConfigurationKind,
  type Looked,
  type StoredSecret,
  type WebhookTrust,
} from '../../src/app/certificates/types.ts';

/** A Secret that tests may change. */
interface MutableSecret {
  readonly name: string;
  data: Map<string, string>;
  annotations: Map<string, string>;
  version: number;
}

interface MutableConfiguration {
  readonly kind: ConfigurationKind;
  caBundle: string;
  injectedFrom: string;
  version: number;
}

/** The objects that hold certificates, in memory, as an API server keeps them. */
export interface CertificateWorld {
  readonly authority: MutableSecret;
  readonly serving: MutableSecret;
  readonly configurations: readonly MutableConfiguration[];
  readonly store: CertificateStore;
  /** Names of Secrets and kinds of configurations that are not there. */
  readonly absent: Set<string>;
  /** Of those that may not be read. */
  readonly forbidden: Set<string>;
  /** Called after each write. */
  onWrite: () => void;
}

const emptySecret = (name: string): MutableSecret => ({ name, data: new Map(), annotations: new Map(), version: 1 });

/** Two empty Secrets, and two configurations of one webhook each that trust nobody. */
export function createCertificateWorld(): CertificateWorld {
  const authority = emptySecret(AUTHORITY_SECRET);
  const serving = emptySecret(SERVING_SECRET);
  const configurations = CONFIGURATION_KINDS.map(kind => ({ kind, caBundle: '', injectedFrom: '', version: 1 }));
  const looked = <Value>(name: string, value: Value): Looked<Value> => {
    if (world.absent.has(name)) return { kind: 'absent' };
    return world.forbidden.has(name) ? { kind: 'unknown', message: 'forbidden' } : { kind: 'found', value };
  };
  const read = ({ name, data, annotations, version }: MutableSecret): Looked<StoredSecret> =>
    looked(name, {
      resourceVersion: String(version),
      data: new Map(data),
      annotations: new Map(annotations),
      object: { metadata: { name } },
    });
  const trust = ({ kind, version, injectedFrom, caBundle }: MutableConfiguration): Looked<WebhookTrust> =>
    looked(kind, { kind, resourceVersion: String(version), injectedFrom, webhooks: [{ name: 'enforce', caBundle }] });
  const written = (): Stored => {
    world.onWrite();
    return { kind: 'done' };
  };
  const world: CertificateWorld = {
    authority,
    serving,
    configurations,
    absent: new Set(),
    forbidden: new Set(),
    onWrite: () => undefined,
    store: {
      read: async (): Promise<CertificateObjects> => ({
        authority: read(authority),
        serving: read(serving),
        configurations: new Map(configurations.map(each => [each.kind, trust(each)])),
      }),
      updateSecret: async ({ resourceVersion, object }, { data, without }) => {
        const name = (object.metadata as { readonly name: string }).name;
        const secret = name === authority.name ? authority : serving;
        if (resourceVersion !== String(secret.version)) return { kind: 'conflict' };
        for (const [key, text] of data) secret.data.set(key, text);
        if (without !== undefined) secret.annotations.delete(without);
        secret.version += 1;
        return written();
      },
      trust: async ({ kind, resourceVersion }, bundle) => {
        const configuration = configurations.find(each => each.kind === kind);
        if (resourceVersion !== String(configuration?.version)) return { kind: 'conflict' };
        Object.assign(configuration ?? {}, { caBundle: bundle, version: Number(resourceVersion) + 1 });
        return written();
      },
    },
  };
  return world;
}
