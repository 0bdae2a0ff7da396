import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The definition of openreports.io Reports as its project publishes it. */

const MODULE = 'github.com/openreports/reports-api';
const FOLDER = fileURLToPath(new URL('reports-api/', import.meta.url));

/** Where it lies: Go's module cache. It is downloaded where it is not there. */
function moduleFolder(): string {
  const text = execFileSync('go', ['mod', 'download', '-json', MODULE], { cwd: FOLDER, encoding: 'utf8' });
  return JSON.parse(text).Dir;
}

/** Brings it to this machine, so that it is there without a network. */
export const fetchReportsApi = (): void => void moduleFolder();

/** As YAML. */
export const reportDefinition = (): string =>
  readFileSync(join(moduleFolder(), 'config', 'crd', 'openreports.io_reports.yaml'), 'utf8');
