/** The access token: a ready one, or one that is renewed by what the profile keeps. */
import type { HttpClient } from '../../http/types.js';
import { AuthError, UsageError } from '../../model/errors.js';
import type { CardferryError } from '../../model/errors.js';
import { Secret } from '../../model/text.js';
import type { ProviderContext } from '../types.js';
import type { Dialect } from './dialect.js';
import { appOf, parseTokens, post } from './oauth.js';
import type { App, Tokens } from './oauth.js';
import { forget, keepAccess, keptAccess } from './tokens.js';

export interface Session {
  /** @throws AuthError, UsageError when there is nothing to sign in with */
  token(): Promise<string>;
  /** After a 401. @throws AuthError when there is no way to a new one */
  renew(): Promise<void>;
}

/** Renewed so many milliseconds before it ends. */
const EARLY = 60_000;

/** "{tenant} must be a GUID or domain" for an app without a person. */
function requireTenant(ctx: ProviderContext): void {
  const tenant = ctx.options['tenant']?.trim() ?? '';
  const { profile } = ctx;
  if (['', 'common', 'organizations', 'consumers'].includes(tenant)) {
    throw new UsageError('an app that signs in by itself needs a tenant', {
      profile,
      hint: `cardferry profile edit ${profile} --option tenant=contoso.example`,
    });
  }
  if ((ctx.options['mailbox'] ?? '') === '') {
    throw new UsageError('an app that signs in by itself has no mailbox of its own', {
      profile,
      hint: `cardferry profile edit ${profile} --option mailbox=ada@contoso.example, or cardferry profile login ${profile}`,
    });
  }
}

class Tokenizer implements Session {
  private current: { access: string; expiresAt: number } | undefined;
  private asking: Promise<string> | undefined;
  /** The token that was given ready-made, and refused. */
  private refused: string | undefined;

  constructor(
    private readonly dialect: Dialect,
    private readonly ctx: ProviderContext,
    private readonly http: () => HttpClient,
  ) {}

  async token(): Promise<string> {
    if (this.current !== undefined && this.current.expiresAt > this.ctx.clock.now()) return this.current.access;
    // All who come meanwhile wait for one sign-in.
    this.asking ??= this.obtain().finally(() => (this.asking = undefined));
    return this.asking;
  }

  async renew(): Promise<void> {
    const given = await this.ctx.secret('token');
    if (given !== undefined && given.reveal() === this.current?.access) this.refused = given.reveal();
    if (this.current !== undefined) await forget(this.ctx);
    this.current = undefined;
    await this.token();
  }

  private async obtain(): Promise<string> {
    const given = (await this.ctx.secret('token'))?.reveal();
    if (given !== undefined && given !== '' && given !== this.refused) {
      this.current = { access: given, expiresAt: Infinity };
      return given;
    }
    const refresh = await this.ctx.secret('refresh-token');
    const secret = await this.ctx.secret('client-secret');
    if (refresh === undefined && secret === undefined) throw this.nothing();
    const app = appOf(this.dialect, this.ctx);
    const kept = await keptAccess(this.ctx, app);
    const tokens = kept ?? (await this.fetch(app, refresh, secret));
    this.current = { access: tokens.access, expiresAt: tokens.expiresAt - EARLY };
    return tokens.access;
  }

  private nothing(): CardferryError {
    const { profile } = this.ctx;
    const hint = `cardferry profile login ${profile}, or give a token: cardferry profile edit ${profile} --token-stdin`;
    if (this.refused === undefined) return new AuthError('not signed in', { profile, hint });
    return new AuthError('the token was refused: it has ended, or is for another service', {
      profile,
      status: 401,
      hint: `tokens are good for about an hour; give a new one (cardferry profile edit ${profile} --token-stdin), or cardferry profile login ${profile}`,
    });
  }

  private async fetch(app: App, refresh: Secret | undefined, secret: Secret | undefined): Promise<Tokens> {
    const confidential = secret === undefined ? {} : { client_secret: secret.reveal() };
    if (refresh === undefined) {
      requireTenant(this.ctx);
      const scope = `${app.resource}/.default`;
      return this.exchange(app, { grant_type: 'client_credentials', client_id: app.clientId, scope, ...confidential });
    }
    const form = { grant_type: 'refresh_token', client_id: app.clientId, refresh_token: refresh.reveal() };
    const tokens = await this.exchange(app, { ...form, ...confidential });
    // "Store the new one": the old one lives on, so that a full disk is no reason to stop.
    if (tokens.refresh !== undefined && tokens.refresh !== refresh.reveal()) {
      await this.keep('refresh-token', tokens.refresh);
    }
    return tokens;
  }

  private async exchange(app: App, form: Record<string, string>): Promise<Tokens> {
    const answer = await post(this.http(), app, 'token', form, 'sign in');
    const tokens = parseTokens(answer, app, this.ctx.clock.now());
    await keepAccess(this.ctx, app, tokens).catch((error: unknown) => this.complain(error));
    return tokens;
  }

  private async keep(key: string, value: string): Promise<void> {
    await this.ctx.keepSecret(key, new Secret(value)).catch((error: unknown) => this.complain(error));
  }

  private complain(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.ctx.warn(`the new sign-in could not be kept: ${error.message}`);
  }
}

/** `http` is asked for when it is used. */
export function openSession(dialect: Dialect, ctx: ProviderContext, http: () => HttpClient): Session {
  return new Tokenizer(dialect, ctx, http);
}
