/** The questions of `profile add` on a terminal, one at a time. */
import type { Context } from '../context.js';
import { Secret } from '../model/text.js';
import { providerByName, PROVIDERS } from '../providers/index.js';
import type { Profile } from '../store/types.js';
import { choose, hidden, input } from '../ui/prompt.js';
import type { ProfileFlags } from './profile-run.js';

export interface ProfileAnswers {
  name: string;
  profile: Profile;
  secrets: Map<string, Secret>;
}

export async function profileForm(
  context: Context,
  taken: readonly string[],
  name: string | undefined,
  flags: ProfileFlags,
): Promise<ProfileAnswers> {
  const provider = await choose(
    context,
    'Which kind of server?',
    PROVIDERS.map((one) => ({ value: one.name, name: one.title })),
  );
  const definition = await providerByName(provider);
  const chosen =
    name ??
    (await input(context, 'Name of the profile', {
      default: taken.includes(provider) ? '' : provider,
      required: true,
      check: (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) || 'letters, digits, . _ -',
    }));
  const profile: Profile = { provider, options: {} };
  if (definition.url !== 'none') {
    const url =
      flags.url ??
      (await input(context, `URL${definition.urlExample === undefined ? '' : ` (such as ${definition.urlExample})`}`, {
        required: definition.url === 'required',
      }));
    if (url !== '') profile.url = url;
  }
  const signsIn = !definition.auth.includes('none');
  const user = signsIn
    ? (flags.user ?? (await input(context, 'User name', { required: definition.auth[0] === 'password' })))
    : '';
  if (user !== '') profile.user = user;
  for (const option of definition.options.filter((one) => one.required === true && one.secret !== true)) {
    const value = await input(
      context,
      `${option.help}${option.example === undefined ? '' : ` (such as ${option.example})`}`,
      { required: true },
    );
    profile.options[option.key] = value;
  }
  const secrets = new Map<string, Secret>();
  if (signsIn && flags.passwordCommand === undefined) {
    const kind = definition.auth[0] ?? 'password';
    secrets.set(kind, new Secret(await hidden(context, kind === 'token' ? 'Token' : 'Password')));
  }
  if (flags.passwordCommand !== undefined) profile.passwordCommand = flags.passwordCommand;
  return { name: chosen, profile, secrets };
}
