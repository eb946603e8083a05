/** The operating system's keyring, behind four calls. */

export interface Keyring {
  get(account: string): Promise<string | undefined>;
  set(account: string, secret: string): Promise<void>;
  delete(account: string): Promise<void>;
}

const SERVICE = 'cardferry';
/** A keyring may ask the user to unlock it; where nobody sees the question it would wait for ever. */
const PATIENCE = 30_000;

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the keyring did not answer')), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * macOS Keychain, Windows Credential Manager, or the Secret Service on Linux. There the library would fall back to the
 * kernel's key store, which forgets everything at reboot: that is ruled out.
 *
 * @throws anything, when there is no keyring on this machine
 */
export async function systemKeyring(): Promise<Keyring> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  const entry = (account: string): InstanceType<typeof AsyncEntry> =>
    new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
  return {
    get: async (account) => (await within(entry(account).getPassword())) ?? undefined,
    set: (account, secret) => within(entry(account).setPassword(secret)),
    delete: async (account) => {
      await within(entry(account).deleteCredential());
    },
  };
}
