import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { peersPage } from './peers-page.ts';

/** `npm run peers`: writes the page on what MCP platforms write by default. */
writeFileSync(fileURLToPath(new URL('peers.md', import.meta.url)), await peersPage());
