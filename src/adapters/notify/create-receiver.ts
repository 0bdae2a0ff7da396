import type { ReceiverConfig } from '../../app/notify/config.ts';
import type { Receiver } from '../../app/notify/ports.ts';
import type { AddressSet } from '../../core/net/addresses.ts';

/** Makes a receiver of its configuration. Nothing of a kind is loaded that nobody asks for. */
export async function createReceiver(config: ReceiverConfig, refused: AddressSet): Promise<Receiver> {
  const limits = { allowed: config.allowed, refused };
  const { target } = config;
  switch (target.kind) {
    case 'slack':
      return (await import('./slack.ts')).createSlackReceiver(target, config, limits);
    case 'teams':
      return (await import('./teams.ts')).createTeamsReceiver(target, config, limits);
    case 'email':
      return (await import('./email.ts')).createEmailReceiver(target, config, limits);
    case 'alertmanager':
      return (await import('./alertmanager.ts')).createAlertmanagerReceiver(target, config, limits);
    case 'http':
      return (await import('./http.ts')).createHttpReceiver(target, config, limits);
  }
}
