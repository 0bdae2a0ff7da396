import type { Metafile } from 'esbuild';

/** What package.json says of the program itself, as far as it is told on. */
export interface Subject {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** An entry of package-lock.json's `packages`, by the folder of the package (npm's lockfileVersion 3). */
interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  /** Subresource integrity: `sha512-BASE64`. */
  readonly integrity?: string;
}

/** package-lock.json, as far as it is read. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Folder of the package that a file of the bundle is from; `undefined` for a file of the program itself. A package may have packages of its own. */
export function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

/** `@scope/name` of a package's folder. */
const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Package URL (purl-spec, type npm): the `@` of a scope is percent-encoded. */
const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** A single SPDX identifier or an SPDX expression; CycloneDX has a field for each. */
const licensesOf = (license: string): object[] => [
  /^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license },
];

/** The hash of the package as npm verified it when it was installed, of its tarball. */
function hashesOf(integrity = ''): readonly object[] {
  const sha512 = /^sha512-(\S+)$/.exec(integrity)?.[1];
  return sha512 === undefined ? [] : [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }];
}

/** A CycloneDX component, as far as it is read here; `purl` is its identity. */
interface Component {
  readonly purl: string;
  readonly [more: string]: unknown;
}

/** One package as a CycloneDX component. Throws where the lock file does not know it: what is not known cannot be told. */
function componentOf(folder: string, lock: LockFile): Component {
  const locked = Object.hasOwn(lock.packages, folder) ? lock.packages[folder] : undefined;
  if (locked?.version === undefined) throw new Error(`package-lock.json does not know ${folder}`);
  const purl = purlOf(nameOf(folder), locked.version);
  return {
    type: 'library',
    'bom-ref': purl,
    name: nameOf(folder),
    version: locked.version,
    ...(locked.license && { licenses: licensesOf(locked.license) }),
    hashes: hashesOf(locked.integrity),
    purl,
  };
}

/** Files of which at least one byte is in what was built. */
function bundledFiles({ outputs }: Metafile): ReadonlySet<string> {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return new Set(files);
}

/** Folders of the packages in the bundle, sorted. */
export function bundledPackages(metafile: Metafile): readonly string[] {
  const folders = [...bundledFiles(metafile)].flatMap(file => packageFolder(file) ?? []);
  return [...new Set(folders)].sort();
}

/** Which package imports which, by folder, as often as it does; the program itself is ''. */
function importsOf(metafile: Metafile): readonly (readonly [from: string, to: string])[] {
  const files = bundledFiles(metafile);
  return [...files].flatMap(file => {
    const from = packageFolder(file) ?? '';
    const imported = metafile.inputs[file]?.imports ?? [];
    return imported.flatMap(({ path }) => {
      const to = files.has(path) ? packageFolder(path) : undefined;
      return to === undefined || to === from ? [] : [[from, to] as const];
    });
  });
}

/**
 * The software bill of materials of what the bundler built: every package of which a byte is in it, and no other, as a CycloneDX 1.6 document
 * (cyclonedx.org/docs/1.6/json). Without a serial number and a time, which the specification does not require: the same sources give the same bytes.
 */
export function sbomOf(metafile: Metafile, subject: Subject, lock: LockFile): object {
  const folders = bundledPackages(metafile);
  const componentIn = new Map(folders.map(folder => [folder, componentOf(folder, lock)]));
  // A package that is installed in two places is one component: what names it is its version.
  const components = new Map([...componentIn.values()].map(component => [component.purl, component]));
  const itself = purlOf(subject.name, subject.version);
  const refOf = (folder: string): string => componentIn.get(folder)?.purl ?? itself;
  const dependsOn = new Map([itself, ...components.keys()].sort().map(ref => [ref, new Set<string>()]));
  for (const [from, to] of importsOf(metafile)) dependsOn.get(refOf(from))?.add(refOf(to));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': itself,
        name: subject.name,
        version: subject.version,
        description: subject.description,
        licenses: licensesOf(subject.license),
        purl: itself,
      },
    },
    components: [...components.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1)),
    dependencies: [...dependsOn].map(([ref, refs]) => ({ ref, dependsOn: [...refs].sort() })),
  };
}
