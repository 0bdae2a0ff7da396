import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * What npm runs after it has installed a checkout, and before it packs one. JavaScript, since the Node.js that starts it may be older than the one that
 * the project brings. For a global install from git, as pre-commit makes one, npm installs nothing first (github.com/npm/cli/issues/8440).
 */
const run = command => execSync(command, { stdio: 'inherit' });

if (!existsSync('node_modules/esbuild')) run('npm ci --global=false --ignore-scripts --no-audit --no-fund --loglevel=error');
run('npm run build --silent');
