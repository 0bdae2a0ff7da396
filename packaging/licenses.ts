import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What packages call the file that their licence asks to be passed on. */
const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** A rule between the texts of two packages. */
const RULE = `\n\n${'-'.repeat(80)}\n\n`;

/** One package: its name, version, licence and the texts that lie in its folder, which may be none. */
async function licenseOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter(file => LICENSE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version} (${license})`, ...texts.map(text => text.replaceAll('\r\n', '\n').trim())].join('\n\n');
}

/** The licences of the packages in these folders, in their order: what is bundled must carry the notices of those who wrote it. */
export async function licensesOf(folders: readonly string[]): Promise<string> {
  return `${(await Promise.all(folders.map(licenseOf))).join(RULE)}\n`;
}
