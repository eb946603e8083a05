/** Every provider there is: name and title at once, the driver when asked for. A new provider is one line here. */
import { UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { printable } from '../model/text.js';
import type { ProviderDefinition } from './types.js';

export interface ProviderEntry {
  name: string;
  title: string;
  load(): Promise<ProviderDefinition>;
}

/** In the order of `cardferry providers`. A test compares name and title with the drivers' own. */
export const PROVIDERS: readonly ProviderEntry[] = [
  { name: 'local', title: 'Local folder (vdir)', load: async () => (await import('./local.js')).local },
  { name: 'carddav', title: 'CardDAV server', load: async () => (await import('./carddav.js')).carddav },
  { name: 'axigen', title: 'Axigen', load: async () => (await import('./axigen/index.js')).axigen },
  { name: 'mdaemon', title: 'MDaemon', load: async () => (await import('./mdaemon/index.js')).mdaemon },
  {
    name: 'outlook',
    title: 'Outlook / Microsoft 365',
    load: async () => (await import('./outlook/index.js')).outlook,
  },
  { name: 'portsip', title: 'PortSIP PBX', load: async () => (await import('./portsip/index.js')).portsip },
  { name: 'filemail', title: 'Filemail', load: async () => (await import('./filemail/index.js')).filemail },
];

/** The definition of a provider. @throws UsageError for an unknown name (suggests the nearest) */
export async function providerByName(name: string): Promise<ProviderDefinition> {
  const entry = PROVIDERS.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry.load();
  const names = PROVIDERS.map((candidate) => candidate.name);
  const near = nearest(name, names);
  throw new UsageError(`there is no provider "${printable(name)}"`, {
    hint: near === undefined ? `there are: ${names.join(', ')}` : `did you mean "${near}"?`,
  });
}
