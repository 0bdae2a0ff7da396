import type { Inventory, InventoryServer } from '../../app/inventory/inventory.ts';
import { tagOf } from '../../core/mcp/approval.ts';
import { imageRepository, lastPart } from '../../core/mcp/image.ts';
import { exceptionTexts, serverName, trafficTexts } from './words.ts';

/** A name and a value of CycloneDX; a name may stand several times. */
interface Property {
  readonly name: string;
  readonly value: string;
}

/** What of a server the format has no field for, in a name space of ours (CycloneDX property taxonomy). */
const PROPERTIES: readonly (readonly [
  name: string,
  values: (server: InventoryServer) => string | readonly string[],
])[] = [
  ['context', server => server.context],
  ['kind', server => server.kind],
  ['registration', server => server.registration],
  ['standing', server => server.standing],
  ['foundBy', server => server.foundBy],
  ['evidence', server => server.evidence.map(({ says }) => says)],
  ['ownerFrom', server => server.owner.from],
  ['madeBy', server => server.owner.madeBy],
  ['transport', server => server.transport],
  ['port', server => server.ports],
  ['service', server => server.services],
  ['route', server => server.routes],
  ['authentication', server => server.authentication.state],
  ['authenticatedBy', server => server.authentication.by],
  ['authenticationGap', server => server.authentication.gaps],
  ['reachedBy', server => trafficTexts(server.ingress, 'nobody')],
  ['reaches', server => trafficTexts(server.egress, 'nothing')],
  ['notJudged', server => server.notJudged],
  ['mode', server => server.mode],
  ['firstSeen', server => server.firstSeen ?? ''],
  ['modeSince', server => server.modeSince ?? ''],
  ['exception', exceptionTexts],
  ['verdict', server => server.verdict],
  ['denied', server => server.denied],
  ['warned', server => server.warned],
  ['file', server => server.file],
];

const propertiesOf = (server: InventoryServer): readonly Property[] =>
  PROPERTIES.flatMap(([name, values]) =>
    [values(server)]
      .flat()
      .filter(value => value !== '')
      .map(value => ({ name: `chokepoint:${name}`, value })),
  );

const refOf = (server: InventoryServer): string =>
  `mcp-server:${serverName(server)}${server.file && ` in ${server.file}`}`;

/** An image as a component: with a package URL (purl-spec, type oci) where its digest is known. */
function componentOf(image: string, digest: string | undefined): object {
  const repository = imageRepository(image);
  const tag = tagOf(image);
  const name = lastPart(repository);
  const purl =
    digest === undefined
      ? {}
      : {
          purl: `pkg:oci/${encodeURIComponent(name.toLowerCase())}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(repository)}`,
        };
  return {
    type: 'container',
    'bom-ref': componentRef(image, digest),
    name: repository,
    ...(tag !== '' && { version: tag }),
    ...(digest !== undefined && { hashes: [{ alg: 'SHA-256', content: digest.slice('sha256:'.length) }] }),
    ...purl,
  };
}

const componentRef = (image: string, digest: string | undefined): string =>
  digest === undefined || image.endsWith(digest) ? `image:${image}` : `image:${image}@${digest}`;

/** The images of a server, each with one digest, or none that is known. */
const imagesOf = ({ images }: InventoryServer): readonly (readonly [image: string, digest: string | undefined])[] =>
  images.flatMap(({ image, digests }): readonly (readonly [string, string | undefined])[] =>
    digests.length === 0 ? [[image, undefined]] : digests.map(digest => [image, digest]),
  );

/** The field of the format has no third value: what is not known is left out. */
const AUTHENTICATED: Readonly<
  Record<InventoryServer['authentication']['state'], { readonly authenticated?: boolean }>
> = {
  yes: { authenticated: true },
  no: { authenticated: false },
  unknown: {},
  none: {},
};

function serviceOf(server: InventoryServer): object {
  const { namespace, name, owner, authentication } = server;
  return {
    'bom-ref': refOf(server),
    ...(owner.team !== null && { provider: { name: owner.team } }),
    group: namespace,
    name,
    ...AUTHENTICATED[authentication.state],
    properties: propertiesOf(server),
  };
}

function documentOf({ day, servers }: Inventory, version: string): object {
  const images = new Map(
    servers.flatMap(server =>
      imagesOf(server).map(([image, digest]) => [componentRef(image, digest), componentOf(image, digest)] as const),
    ),
  );
  const services = new Map(servers.map(server => [refOf(server), server] as const));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: `${day}T00:00:00Z`,
      tools: { components: [{ type: 'application', name: 'chokepoint', version }] },
    },
    components: [...images.values()],
    services: [...services.values()].map(serviceOf),
    dependencies: [...services].map(([ref, server]) => ({
      ref,
      dependsOn: [...new Set(imagesOf(server).map(([image, digest]) => componentRef(image, digest)))],
    })),
  };
}

/** A bill of materials: each server a service, its images the components that it depends on. Source: ECMA-424, CycloneDX 1.6. */
export function* renderCycloneDx(inventory: Inventory, version: string): Iterable<string> {
  yield `${JSON.stringify(documentOf(inventory, version), null, 2)}\n`;
}
