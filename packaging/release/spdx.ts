import { sha256 } from './release.ts';

/** A component of a CycloneDX document, as `sbom.ts` writes it. */
interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly expression?: string; readonly license?: { readonly id: string } }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** A CycloneDX document, as `sbom.ts` writes it. */
export interface CycloneDx {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Letters, digits, dots and hyphens are all that an identifier may have (SPDX 2.3, section 3.2). */
const idOf = (purl: string): string => `SPDXRef-${purl.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`;

function packageOf({ name, version, purl, licenses = [], hashes = [] }: Component): object {
  const license = licenses.map(one => one.expression ?? one.license?.id).find(text => text !== undefined);
  return {
    name,
    SPDXID: idOf(purl),
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license ?? 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    ...(hashes.length > 0 && {
      checksums: hashes.map(({ alg, content }) => ({ algorithm: alg.replace('-', ''), checksumValue: content })),
    }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

/** The same bill of materials in SPDX 2.3 (spdx.github.io/spdx-spec/v2.3). `created`: RFC 3339. */
export function spdxOf({ metadata, components, dependencies }: CycloneDx, created: string): object {
  const { component: subject } = metadata;
  const purls = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${subject.name}-${subject.version}`,
    documentNamespace: `urn:chokepoint:sbom:${subject.version}:${sha256(JSON.stringify(components)).slice(0, 32)}`,
    creationInfo: { created, creators: ['Tool: chokepoint-release'] },
    packages: [subject, ...components].map(packageOf),
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: idOf(subject.purl) },
      ...[...purls].flatMap(([ref, targets]) =>
        targets.map(target => ({
          spdxElementId: idOf(ref),
          relationshipType: 'DEPENDS_ON',
          relatedSpdxElement: idOf(target),
        })),
      ),
    ],
  };
}
