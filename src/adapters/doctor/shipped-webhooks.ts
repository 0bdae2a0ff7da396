import data from '../../../policies/webhooks.json' with { type: 'json' };
import type { ShippedWebhook } from '../../app/doctor/check.ts';

/** The webhooks that this version ships. */
export const SHIPPED_WEBHOOKS: readonly ShippedWebhook[] = data.webhooks;
