import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from '../control-plane/client.ts';

/** A Secret in a folder, as a kubelet mounts it. */
export interface MountedSecret {
  /** Files of the items stand below it. */
  readonly folder: string;
  /** Resolves when every item is there. */
  readonly ready: Promise<void>;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

const EVERY_MS = 200;

/**
 * Looks at a Secret again and again, and after `delayMs` has its items in the folder: all at once, by a link that is swapped. Where an item is
 * absent, what is there stays, as under a kubelet.
 */
export function mountSecret(
  request: Request,
  path: string,
  items: readonly string[],
  { parent, delayMs }: { readonly parent: string; readonly delayMs: number },
): MountedSecret {
  const folder = join(parent, 'data');
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  let mounted = '';
  let isStopped = false;
  const look = async (): Promise<void> => {
    const { status, body } = await request('GET', path);
    const files = items.map(item => body?.data?.[item] as string | undefined);
    const version = String(body?.metadata?.resourceVersion);
    if (status !== 200 || version === mounted || files.some(file => file === undefined)) return;
    if (mounted !== '') await sleep(delayMs);
    mkdirSync(join(parent, version), { recursive: true });
    for (const [index, item] of items.entries()) {
      writeFileSync(join(parent, version, item), Buffer.from(files[index] ?? '', 'base64'));
    }
    symlinkSync(version, join(parent, 'next'));
    renameSync(join(parent, 'next'), folder);
    if (mounted !== '') rmSync(join(parent, mounted), { recursive: true });
    mounted = version;
    resolve();
  };
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      await look().catch(() => undefined);
      await sleep(EVERY_MS);
    }
  };
  const running = loop();
  return {
    folder,
    ready,
    stop: () => {
      isStopped = true;
      return running;
    },
  };
}
