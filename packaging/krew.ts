import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { dump } from 'js-yaml';
import { krewManifest } from './krew-manifest.ts';

/** `npm run --silent krew -- --uri FOLDER_OF_THE_WEB [--homepage URL] ARCHIVE…` prints krew's manifest for the archives that `npm run sea` made. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { uri: { type: 'string' }, homepage: { type: 'string' } },
});
if (values.uri === undefined || positionals.length === 0) {
  process.stderr.write('usage: npm run --silent krew -- --uri FOLDER_OF_THE_WEB [--homepage URL] ARCHIVE...\n');
  process.exit(2);
}
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const archives = positionals.map(file => ({
  name: basename(file),
  sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
}));
const manifest = krewManifest({ version, uri: values.uri, homepage: values.homepage, archives });
process.stdout.write(dump(manifest, { lineWidth: -1 }));
