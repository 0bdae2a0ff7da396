/** One archive of the plugin. */
export interface Archive {
  /** `chokepoint-VERSION-OS-ARCH.tar.gz`, in Go's words for the platform. */
  readonly name: string;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
}

/** What a manifest is made of. */
export interface Release {
  readonly version: string;
  /** Folder of the web in which the archives lie, with or without the last slash. */
  readonly uri: string;
  readonly homepage?: string | undefined;
  readonly archives: readonly Archive[];
}

const NAME = /^chokepoint-.+-(?<os>linux|darwin)-(?<arch>[a-z0-9]+)\.tar\.gz$/;

/** How one archive is installed. Throws where its name does not tell for which platform it is. */
function platformOf({ name, sha256 }: Archive, uri: string): object {
  const { os, arch } = NAME.exec(name)?.groups ?? {};
  if (os === undefined || arch === undefined) throw new Error(`${name} is not named chokepoint-VERSION-OS-ARCH.tar.gz`);
  return {
    selector: { matchLabels: { os, arch } },
    uri: `${uri.replace(/\/$/, '')}/${name}`,
    sha256,
    bin: 'kubectl-chokepoint',
  };
}

/**
 * The manifest by which krew installs the plugin (krew.sigs.k8s.io/docs/developer-guide/plugin-manifest). Without `files`, all that is in the
 * archive is installed, the licences too.
 */
export function krewManifest({ version, uri, homepage, archives }: Release): object {
  const sorted = [...archives].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'chokepoint' },
    spec: {
      version: `v${version}`,
      ...(homepage && { homepage }),
      shortDescription: 'Find MCP servers that bypass their gateway',
      description: [
        'Judges the effective traffic of every MCP server, in a live cluster (scan) or in manifests (check): either only the',
        'gateway reaches it and it reaches nothing inside the cluster, or it says who can, by which rule of which NetworkPolicy,',
        'and the smallest change that mends it. Nothing is written to the cluster by these commands.',
      ].join('\n'),
      platforms: sorted.map(archive => platformOf(archive, uri)),
    },
  };
}
