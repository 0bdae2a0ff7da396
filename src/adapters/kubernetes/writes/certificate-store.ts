import { AUTHORITY_SECRET, type CertificateObjects, SERVING_SECRET } from '../../../app/certificates/facts.ts';
import type { CertificateStore, SecretChange, Stored } from '../../../app/certificates/manage.ts';
import {
  CONFIGURATION_KINDS,
  type ConfigurationKind,
  type Looked,
  type StoredSecret,
  type WebhookTrust,
} from '../../../app/certificates/types.ts';
import type { Time } from '../../../app/time.ts';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { type ApiAnswer, type ApiRequest, type Client, requestPatiently } from '../client/client.ts';
import { apiVersionOf, objectPath, type Resource } from '../client/paths.ts';
import { writtenBy } from './writer.ts';

const SECRETS: Resource = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets' };

const configurations = (kind: ConfigurationKind): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
});

/** By which cert-manager's cainjector is told to write the bundles of a configuration. */
const INJECT_CA_FROM = 'cert-manager.io/inject-ca-from';
const DEADLINE_MS = 10_000;
/** Owner of the fields that are written. */
const FIELD_MANAGER = 'chokepoint';

const textAt = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
};
const textsOf = (fields: Fields): ReadonlyMap<string, string> =>
  new Map(Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function lookedBy<Value>({ status, body }: ApiAnswer, read: (object: Fields) => Value): Looked<Value> {
  if (status === 404) return { kind: 'absent' };
  if (status === 200 && isFields(body)) return { kind: 'found', value: read(body) };
  const message = isFields(body) ? textAt(body, 'message') : '';
  return { kind: 'unknown', message: message === '' ? `status ${status}` : message };
}

function readSecret(object: Fields): StoredSecret {
  const metadata = fieldsAt(object, 'metadata');
  const data = [...textsOf(fieldsAt(object, 'data'))].map(([key, value]) => [key, decoded(value)] as const);
  return {
    object,
    resourceVersion: textAt(metadata, 'resourceVersion'),
    data: new Map(data),
    annotations: textsOf(fieldsAt(metadata, 'annotations')),
  };
}

/** The service that our webhooks are called by. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

function readConfiguration(kind: ConfigurationKind, object: Fields, service: ServiceName): WebhookTrust {
  const metadata = fieldsAt(object, 'metadata');
  const list = own(object, 'webhooks');
  const webhooks = (Array.isArray(list) ? list : []).filter(isFields).flatMap(webhook => {
    const clientConfig = fieldsAt(webhook, 'clientConfig');
    const called = fieldsAt(clientConfig, 'service');
    const isOurs = textAt(called, 'name') === service.name && textAt(called, 'namespace') === service.namespace;
    return isOurs ? [{ name: textAt(webhook, 'name'), caBundle: decoded(textAt(clientConfig, 'caBundle')) }] : [];
  });
  return {
    kind,
    resourceVersion: textAt(metadata, 'resourceVersion'),
    injectedFrom: textAt(fieldsAt(metadata, 'annotations'), INJECT_CA_FROM),
    webhooks,
  };
}

function changed({ object }: StoredSecret, { data, without }: SecretChange): Fields {
  const metadata = fieldsAt(object, 'metadata');
  const annotations = Object.entries(fieldsAt(metadata, 'annotations')).filter(([key]) => key !== without);
  const added = [...data].map(([key, text]) => [key, encoded(text)] as const);
  return {
    ...object,
    metadata: { ...metadata, annotations: Object.fromEntries(annotations) },
    data: { ...fieldsAt(object, 'data'), ...Object.fromEntries(added) },
  };
}

/** A strategic merge patch, which merges the webhooks by their names: what else is in them stays. */
export function trustBody({ kind, resourceVersion, webhooks }: WebhookTrust, bundle: string) {
  return {
    apiVersion: apiVersionOf(configurations(kind)),
    kind,
    metadata: { resourceVersion },
    webhooks: webhooks.map(({ name }) => ({ name, clientConfig: { caBundle: encoded(bundle) } })),
  };
}

function storedBy(answer: ApiAnswer): Stored {
  const written = writtenBy(answer);
  if (written.kind === 'done' || written.kind === 'conflict') return { kind: written.kind };
  return { kind: 'failed', message: written.kind === 'absent' ? 'the object is gone' : written.message };
}

/**
 * The two Secrets of a namespace, and the two webhook configurations of this name. By get and update of the Secrets, and get and patch of
 * the configurations, each by its name: no other right is needed. What it writes ends with the signal.
 */
export function createCertificateStore(
  client: Client,
  time: Time,
  service: ServiceName,
  configuration: string,
  signal: AbortSignal,
): CertificateStore {
  const ask = (request: ApiRequest): Promise<ApiAnswer> =>
    requestPatiently(client, time, { ...request, signal, deadlineMs: DEADLINE_MS });
  const secretPath = (name: string) => objectPath(SECRETS, service.namespace, name);
  const secret = async (name: string): Promise<Looked<StoredSecret>> =>
    lookedBy(await ask({ method: 'GET', path: secretPath(name) }), readSecret);
  const trusted = async (kind: ConfigurationKind): Promise<readonly [name: string, Looked<WebhookTrust>]> => {
    const answer = await ask({ method: 'GET', path: objectPath(configurations(kind), '', configuration) });
    return [`${kind} ${configuration}`, lookedBy(answer, object => readConfiguration(kind, object, service))];
  };
  return {
    read: async (): Promise<CertificateObjects> => {
      const [authority, serving, ...found] = await Promise.all([
        secret(AUTHORITY_SECRET),
        secret(SERVING_SECRET),
        ...CONFIGURATION_KINDS.map(trusted),
      ]);
      return { authority, serving, configurations: new Map(found) };
    },
    updateSecret: async (secret, change) => {
      const path = secretPath(textAt(fieldsAt(secret.object, 'metadata'), 'name'));
      const query = { fieldManager: FIELD_MANAGER };
      return storedBy(await ask({ method: 'PUT', path, query, body: changed(secret, change) }));
    },
    trust: async (trust, bundle) => {
      return storedBy(
        await ask({
          method: 'PATCH',
          path: objectPath(configurations(trust.kind), '', configuration),
          query: { fieldManager: FIELD_MANAGER },
          contentType: 'application/strategic-merge-patch+json',
          body: trustBody(trust, bundle),
        }),
      );
    },
  };
}
