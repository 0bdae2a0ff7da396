import { statSync } from 'node:fs';

/** Changes with the file's content; empty where it cannot be looked at. A mounted ConfigMap swaps the file behind its name. */
function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}

/**
 * Looks at a file every `pollMs` milliseconds and calls `onChange` where it is another one than at the last look, or has gone or come. Keeps no
 * process alive. Returns what ends that.
 */
export function watchFile(path: string, pollMs: number, onChange: () => void): () => void {
  let version = versionOf(path);
  const timer = setInterval(() => {
    const next = versionOf(path);
    if (next === version) return;
    version = next;
    onChange();
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}
