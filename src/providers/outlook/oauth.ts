/**
 * The sign-in endpoints of the Microsoft identity platform (vendor pages "OAuth 2.0 device authorization grant",
 * "OAuth 2.0 authorization code flow", "OAuth 2.0 client credentials flow", "National cloud deployments").
 */
import { asNumber, asObject, asString, isObject, member, optNumber, optString } from '../../http/check.js';
import { clip } from '../../http/answer.js';
import type { HttpAnswer, HttpClient } from '../../http/types.js';
import { AuthError, Unavailable, UsageError } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';
import type { Dialect } from './dialect.js';
import { rootUrl } from './dialect.js';

/** Where and as what the profile signs in. */
export interface App {
  /** `https://login.microsoftonline.com/common/oauth2/v2.0/` */
  endpoint: string;
  clientId: string;
  /** Name of the resource that the permissions are asked of: `https://graph.microsoft.com`. */
  resource: string;
  /** An app of its own, without a person: it names a mailbox. */
  mailbox: string;
  profile: string;
}

export interface Tokens {
  access: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  refresh: string | undefined;
}

/** Each cloud has its own sign-in; tokens of one are worthless in another. */
const AUTHORITIES: Record<string, string> = {
  'graph.microsoft.us': 'https://login.microsoftonline.us',
  'dod-graph.microsoft.us': 'https://login.microsoftonline.us',
  'microsoftgraph.chinacloudapi.cn': 'https://login.chinacloudapi.cn',
};

const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';

/** @throws UsageError when the options do not say as which app to sign in */
export function appOf(dialect: Dialect, ctx: ProviderContext): App {
  const { profile, options } = ctx;
  const option = (key: string): string => options[key]?.trim() ?? '';
  const clientId = option('client-id');
  if (clientId === '') {
    throw new UsageError('no app to sign in with', {
      profile,
      hint: `register one in the Microsoft Entra admin centre, then: cardferry profile edit ${profile} --option client-id=ID`,
    });
  }
  const { host } = new URL(rootUrl(dialect, ctx.url, profile));
  const national = Object.hasOwn(AUTHORITIES, host) ? AUTHORITIES[host] : undefined;
  const authority = option('authority') || national || PUBLIC_AUTHORITY;
  const base = (authority.includes('://') ? authority : `https://${authority}`).replace(/\/+$/, '');
  return {
    endpoint: `${base}/${encodeURIComponent(option('tenant') || 'common')}/oauth2/v2.0/`,
    clientId,
    resource: national === undefined ? dialect.origin : `https://${host}`,
    mailbox: option('mailbox'),
    profile,
  };
}

/** Permissions of one resource only, and leave to stay signed in; other people's mailboxes need one more. */
export function scopeOf({ resource, mailbox }: App): string {
  const shared = mailbox === '' ? [] : [`${resource}/Contacts.ReadWrite.Shared`];
  return [`${resource}/Contacts.ReadWrite`, ...shared, 'offline_access'].join(' ');
}

/** Answers of 4xx come as they are. The endpoints are another server's, so no token of ours goes there. */
export async function post(
  http: HttpClient,
  app: App,
  path: 'token' | 'devicecode',
  form: Record<string, string>,
  what: string,
): Promise<HttpAnswer> {
  return http.send({
    method: 'POST',
    url: `${app.endpoint}${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
    repeat: 'idempotent',
    anonymous: true,
    accept: [401],
    what,
  });
}

export interface Refusal {
  /** To be branched on; the description is for people. */
  error: string;
  why: string;
}

export function refusalOf(answer: HttpAnswer): Refusal {
  let body: unknown;
  try {
    body = answer.json();
  } catch {
    return { error: '', why: '' };
  }
  const text = (key: string): string => {
    const value = isObject(body) ? member(body, key) : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { error: text('error'), why: clip(text('error_description') || text('error'), 300) };
}

/** @throws AuthError with Microsoft's words; Unavailable when it asks to come back later */
export function refused(answer: HttpAnswer, app: App): never {
  const { error, why } = refusalOf(answer);
  const details = { status: answer.status, ...(why === '' ? {} : { why }) };
  if (error === 'temporarily_unavailable') {
    throw new Unavailable('cannot sign in: Microsoft is busy', { ...details, hint: 'try again later' });
  }
  const again = error === 'invalid_grant' || error === 'interaction_required' || error === 'consent_required';
  throw new AuthError(again ? 'the sign-in has ended' : 'cannot sign in: Microsoft refused', {
    ...details,
    hint: again ? `cardferry profile login ${app.profile}` : 'check the options client-id and tenant, and the secrets',
  });
}

/** @throws ProtocolError naming the member that is wrong, and what `refused` throws */
export function parseTokens(answer: HttpAnswer, app: App, now: number): Tokens {
  if (answer.status >= 400) refused(answer, app);
  const where = 'sign in';
  const body = asObject(answer.json(), where);
  return {
    access: asString(member(body, 'access_token'), `${where}: access_token`),
    expiresAt: now + asNumber(member(body, 'expires_in') ?? 3599, `${where}: expires_in`) * 1000,
    refresh: optString(body, 'refresh_token', where),
  };
}

export interface DeviceCode {
  deviceCode: string;
  userCode: string;
  url: string;
  expiresAt: number;
  /** Seconds between two questions. */
  interval: number;
}

export function parseDeviceCode(answer: HttpAnswer, app: App, now: number): DeviceCode {
  if (answer.status >= 400) refused(answer, app);
  const where = 'ask for a code';
  const body = asObject(answer.json(), where);
  const text = (key: string): string => asString(member(body, key), `${where}: ${key}`);
  return {
    deviceCode: text('device_code'),
    userCode: text('user_code'),
    url: text('verification_uri'),
    expiresAt: now + (optNumber(body, 'expires_in', where) ?? 900) * 1000,
    interval: Math.max(1, optNumber(body, 'interval', where) ?? 5),
  };
}
