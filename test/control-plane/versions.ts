import { fileURLToPath } from 'node:url';

/**
 * The minor versions of Kubernetes that the end-to-end suite runs on, oldest first. The newest is the Go module beside this file, each other one
 * the module in its own folder (`v1.34`): its API server, controller manager and scheduler; everything else is the newest's.
 */
export const KUBERNETES_VERSIONS = ['1.34', '1.35', '1.36'] as const;

export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

export const OLDEST: KubernetesVersion = '1.34';
export const NEWEST: KubernetesVersion = '1.36';

/** Names the version for a run, as in `KUBERNETES_VERSION=1.34 npm run e2e`. */
export const VERSION_VARIABLE = 'KUBERNETES_VERSION';

/** The version that a text names; undefined where it is absent or empty. Throws for any other text, and lists the choices. */
export function parseVersion(text: string | undefined): KubernetesVersion | undefined {
  if (text === undefined || text === '') return undefined;
  const found = KUBERNETES_VERSIONS.find(version => version === text);
  if (found !== undefined) return found;
  throw new Error(`${VERSION_VARIABLE} is one of ${KUBERNETES_VERSIONS.join(', ')}, not ${JSON.stringify(text)}`);
}

/** The version that the environment asks for; undefined where it leaves the choice. */
export const askedVersion = (): KubernetesVersion | undefined => parseVersion(process.env[VERSION_VARIABLE]);

/** The folder of the Go module that builds this version's API server, controller manager and scheduler. */
export const moduleOf = (version: KubernetesVersion): string =>
  fileURLToPath(new URL(version === NEWEST ? './' : `./v${version}/`, import.meta.url));
