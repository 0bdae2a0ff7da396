import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleAssets } from '../src/adapters/page/assets.ts';
import { renderPlayground } from '../src/adapters/page/document.ts';

/**
 * `npm run playground [-- --port NUMBER | --build]`: writes `dist/playground/index.html`, one file that can be hosted anywhere or opened from the
 * disk, and serves it to this machine, unless it is only to be built.
 */
const FOLDER = 'dist/playground';
const SOURCES = join(import.meta.dirname, '..', 'src', 'main', 'playground');
const { values } = parseArgs({ options: { port: { type: 'string', default: '4173' }, build: { type: 'boolean' } } });

const html = renderPlayground(await bundleAssets(SOURCES, 'main.ts', 'playground.css'));
mkdirSync(FOLDER, { recursive: true });
writeFileSync(`${FOLDER}/index.html`, html);
process.stdout.write(`${FOLDER}/index.html\n`);

if (!values.build) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  server.listen(Number(values.port), '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${values.port}/\n`);
  });
}
