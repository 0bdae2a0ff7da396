import { join } from 'node:path';
import { bundleAssets, type PageAssets } from './assets.ts';

/** The script and the style of the dashboard, as {@link loadAssets} has those of the report. */
export const loadDashboardAssets = (): Promise<PageAssets> =>
  bundleAssets(join(import.meta.dirname, 'browser'), 'dashboard/main.ts', 'dashboard/dashboard.css');
