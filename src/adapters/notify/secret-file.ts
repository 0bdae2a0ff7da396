import { readFile } from 'node:fs/promises';
import type { AddressSource } from '../../app/notify/config.ts';
import { urlTrouble } from '../../app/notify/config.ts';
import { SendError } from '../../app/notify/ports.ts';
import { messageOf } from '../../errors.ts';

/** Secrets are short; what is longer is another file. */
const MOST_CHARACTERS = 16 * 1024;

/** Reads a file that holds a secret, anew each time: mounted Secrets are replaced while this runs. Throws a SendError, which holds nothing of it. */
export async function readSecret(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new SendError(`${file} cannot be read: ${messageOf(cause)}`, false, undefined, { cause });
  }
  if (text === '' || text.length > MOST_CHARACTERS) throw new SendError(`${file} holds no secret`);
  return text;
}

/** The address to post to. Throws a SendError where a file holds none that may be. */
export async function readUrl(source: AddressSource, allowInsecure: boolean): Promise<URL> {
  const isFile = 'urlFile' in source;
  const text = isFile ? await readSecret(source.urlFile) : source.url;
  const trouble = urlTrouble(text, allowInsecure);
  const url = URL.parse(text);
  if (trouble === undefined && url !== null) return url;
  throw new SendError(`${isFile ? source.urlFile : 'the url'} ${trouble}`);
}
