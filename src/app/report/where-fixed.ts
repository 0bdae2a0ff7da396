import { isWithinField } from '../../core/field-path.ts';
import type { Source } from '../../core/manifest.ts';

/** Where `--fix` may change or add something for an object. */

const STDIN = '-';
const NOT_A_FILE = 'it was read from standard input, which cannot be changed';

/** Why fields cannot be changed in the file of their object; `undefined`: they can. */
export function whyNotEditable({ file, build }: Source, ...paths: readonly string[]): string | undefined {
  if (file === STDIN) return NOT_A_FILE;
  if (build === undefined) return undefined;
  const { name, changed } = build;
  if (changed === undefined) return `it comes out of ${name}: change what that is made of`;
  const isChanged = paths.some(field => changed.some(one => isWithinField(one, field) || isWithinField(field, one)));
  return isChanged ? `${name} changes it on its way from ${file}: change it there` : undefined;
}

/** The file beside which a new policy belongs: what a kustomization builds takes new files from its own folder. */
export function besideOf({ file, build }: Source): string | undefined {
  if (file === STDIN || build?.tool === 'helm') return undefined;
  const isItsOwn = build === undefined || folderOf(build.file) === folderOf(file);
  return isItsOwn && build?.name !== file ? file : build?.file;
}

const folderOf = (file: string): string => file.slice(0, Math.max(file.lastIndexOf('/'), 0));

/** A values file takes the policies of its servers itself: a file beside it would never be installed. */
export const isInValues = ({ pointer }: Source): boolean => pointer[0] === 'extraObjects';
