/** Signing in on another device (vendor page "OAuth 2.0 device authorization grant", RFC 8628). */
import { AuthError } from '../../model/errors.js';
import { Secret } from '../../model/text.js';
import type { ProviderContext, SignInPrompt } from '../types.js';
import { dialectFor, rootUrl } from './dialect.js';
import { appOf, parseDeviceCode, parseTokens, post, refusalOf, refused, scopeOf } from './oauth.js';
import type { App, DeviceCode, Tokens } from './oauth.js';
import type { HttpClient } from '../../http/types.js';
import { keepAccess } from './tokens.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const ENDINGS: Record<string, string> = {
  authorization_declined: 'the sign-in was declined',
  access_denied: 'the sign-in was declined',
  expired_token: 'the code has expired',
  bad_verification_code: 'Microsoft does not know its code any more',
};

/** Asks until a person has agreed; waits between two questions as told, longer after `slow_down` (RFC 8628, 3.5). */
async function poll(ctx: ProviderContext, http: HttpClient, app: App, code: DeviceCode): Promise<Tokens> {
  const form = { grant_type: GRANT, client_id: app.clientId, device_code: code.deviceCode };
  let { interval } = code;
  const hint = `cardferry profile login ${app.profile}`;
  for (;;) {
    await ctx.clock.sleep(interval * 1000, ctx.signal);
    const answer = await post(http, app, 'token', form, 'wait for the sign-in');
    if (answer.status < 400) return parseTokens(answer, app, ctx.clock.now());
    const { error, why } = refusalOf(answer);
    if (error === 'slow_down') interval += 5;
    else if (error !== 'authorization_pending') {
      const ending = Object.hasOwn(ENDINGS, error) ? ENDINGS[error] : undefined;
      if (ending === undefined) refused(answer, app);
      throw new AuthError(ending, { status: answer.status, why, hint });
    }
    if (ctx.clock.now() >= code.expiresAt) throw new AuthError('the code has expired', { hint });
  }
}

/** @throws AuthError when it was declined or has expired; UsageError without `client-id` */
export async function login(ctx: ProviderContext, show: (prompt: SignInPrompt) => void): Promise<void> {
  const dialect = dialectFor(ctx.options['dialect'], ctx.url, ctx.profile);
  const app = appOf(dialect, ctx);
  const http = ctx.http({ base: rootUrl(dialect, ctx.url, ctx.profile), concurrency: 1 });
  try {
    const form = { client_id: app.clientId, scope: scopeOf(app) };
    const answer = await post(http, app, 'devicecode', form, 'ask for a code');
    const code = parseDeviceCode(answer, app, ctx.clock.now());
    show({ url: code.url, code: code.userCode, expiresAt: code.expiresAt });
    const tokens = await poll(ctx, http, app, code);
    await keepAccess(ctx, app, tokens);
    if (tokens.refresh === undefined) ctx.warn('Microsoft gave no leave to stay signed in: this one ends in an hour');
    else await ctx.keepSecret('refresh-token', new Secret(tokens.refresh));
  } finally {
    await http.close();
  }
}
