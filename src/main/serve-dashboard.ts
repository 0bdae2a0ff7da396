import type { DashboardPlace } from '../adapters/dashboard/guard.ts';
import { buildDashboardServer, buildProxiedDashboardServer } from '../adapters/dashboard/server.ts';
import { type CertificateFiles, readKeyPair, tlsOptions, watchCertificate } from '../adapters/http/certificate.ts';
import { listen } from '../adapters/http/listen.ts';
import { loadDashboardAssets } from '../adapters/page/dashboard-assets.ts';
import { renderDashboard } from '../adapters/page/document.ts';
import type { Dashboard } from '../app/dashboard/keep.ts';

/** Where a dashboard is served. */
export type DashboardAddress =
  /** To this machine, or this Pod, alone. `isForwarded`: browsers may see it at another port. */
  | { readonly kind: 'loopback'; readonly port: number; readonly isForwarded: boolean }
  /** To a proxy that shows a certificate of these authorities, and asks who the caller is. */
  | {
      readonly kind: 'proxy';
      readonly host: string;
      readonly port: number;
      readonly name: string;
      readonly files: Required<CertificateFiles>;
    };

const LOOPBACK = '127.0.0.1';
/** Milliseconds between two looks at the files of certificates. */
const POLL_MS = 30_000;

/** A dashboard that is served. */
export interface ServedDashboard {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves a dashboard. Rejects with a GateError where a certificate cannot be used, or the port is taken. */
export async function serveDashboard(
  dashboard: Pick<Dashboard, 'current' | 'standing' | 'follow'>,
  address: DashboardAddress,
): Promise<ServedDashboard> {
  const page = renderDashboard(await loadDashboardAssets());
  let { port } = address;
  if (address.kind === 'loopback') {
    const place = (): DashboardPlace => ({ kind: 'loopback', port: address.isForwarded ? undefined : port });
    const server = buildDashboardServer({ page, dashboard, place });
    port = await listen(server, LOOPBACK, port);
    return { port, close: () => server.close() };
  }
  const pair = readKeyPair(address.files);
  const place: DashboardPlace = { kind: 'proxy', name: address.name };
  const server = buildProxiedDashboardServer(tlsOptions(pair), { page, dashboard, place: () => place });
  const watch = watchCertificate(server.server, address.files, pair, {
    pollMs: POLL_MS,
    now: () => new Date(),
    onReload: () => undefined,
  });
  port = await listen(server, address.host, port);
  return {
    port,
    close: async () => {
      watch.stop();
      await server.close();
    },
  };
}
