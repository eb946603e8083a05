/** The access token that is kept between commands, so that each does not cost a sign-in. */
import { isObject, member } from '../../http/check.js';
import { Secret } from '../../model/text.js';
import type { ProviderContext } from '../types.js';
import type { App, Tokens } from './oauth.js';

const KEY = 'access-token';
/** Used only while it lives longer than this (milliseconds). */
const SPARE = 120_000;

/** A token is good for one app, resource and mailbox. */
const purposeOf = ({ endpoint, clientId, resource, mailbox }: App): string =>
  JSON.stringify([endpoint, clientId, resource, mailbox]);

export async function keepAccess(ctx: ProviderContext, app: App, { access, expiresAt }: Tokens): Promise<void> {
  await ctx.keepSecret(KEY, new Secret(JSON.stringify({ access, expiresAt, purpose: purposeOf(app) })));
}

/** Undefined when there is none, or it is of another purpose, or about to end. */
export async function keptAccess(ctx: ProviderContext, app: App): Promise<Tokens | undefined> {
  const kept = await ctx.secret(KEY);
  if (kept === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(kept.reveal());
  } catch {
    return undefined;
  }
  if (!isObject(value) || member(value, 'purpose') !== purposeOf(app)) return undefined;
  const [access, expiresAt] = [member(value, 'access'), member(value, 'expiresAt')];
  if (typeof access !== 'string' || typeof expiresAt !== 'number') return undefined;
  return expiresAt - SPARE > ctx.clock.now() ? { access, expiresAt, refresh: undefined } : undefined;
}

/** The kept one was refused before its time. */
export async function forget(ctx: ProviderContext): Promise<void> {
  if ((await ctx.secret(KEY)) === undefined) return;
  await ctx.keepSecret(KEY, new Secret('{}')).catch(() => undefined);
}
