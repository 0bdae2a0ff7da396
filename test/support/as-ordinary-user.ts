import { chmod } from 'node:fs/promises';

/** The number of `nobody` on Linux. */
const NOBODY = 65534;

/** Runs as somebody whom file permissions bind, who may enter `folder`: root may read everything, and tests run as root in containers. */
export async function asOrdinaryUser<Result>(folder: string, run: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0 || process.seteuid === undefined) return run();
  await chmod(folder, 0o755);
  process.seteuid(NOBODY);
  try {
    return await run();
  } finally {
    process.seteuid(0);
  }
}
