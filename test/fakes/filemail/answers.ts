/** How the stand-in answers: two documented styles of failure, keys in the case of the samples or in another one. */
import type { Reply } from '../mdaemon/wire.js';

/** Error codes of the vendor's page "ApiDocumentation", as far as contacts and signing in meet them. */
export const CODES = {
  UnknownError: 1001,
  InvalidParameter: 1002,
  InputParameterMissing: 1003,
  InvalidEmail: 1004,
  NotFound: 1005,
  ServiceInterruption: 1009,
  WrongUsernamePassword: 2001,
  PasswordTooWeak: 2002,
  InvalidOrExpiredLoginToken: 2003,
  AccountExpired: 2004,
  CaptchaRequiredForNextLogin: 2005,
  AccessDenied: 2008,
  CorpAuthenticationRequired: 2009,
  InvalidRequest: 2010,
  SsoRequired: 2011,
  TwoFactorTokenRequired: 2016,
  PasswordResetRequired: 2019,
} as const;
export type CodeName = keyof typeof CODES;

/** An error as the pages show it. */
export class Failure extends Error {
  constructor(
    readonly code: CodeName,
    message = '',
  ) {
    super(message || code);
  }
}

export interface AnswerRules {
  /** `one`: `responsestatus` names the error ("Contacts"); `two`: `status: "error"` with `errorname` ("ApiDocumentation"). */
  errors: 'one' | 'two';
  /** `documented`: as in the samples; `pascal` and `lower`: every key in another case. */
  keys: 'documented' | 'pascal' | 'lower';
}

function recased(value: unknown, keys: AnswerRules['keys']): unknown {
  if (Array.isArray(value)) return value.map((item) => recased(item, keys));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => {
    const lower = key.toLowerCase();
    return [keys === 'lower' ? lower : lower.charAt(0).toUpperCase() + lower.slice(1), recased(member, keys)];
  });
  return Object.fromEntries(entries) as unknown;
}

export function reply(body: unknown, { keys }: AnswerRules): Reply {
  return { status: 200, body: keys === 'documented' ? body : recased(body, keys) };
}

export function failed({ code, message }: Failure, rules: AnswerRules): Reply {
  const errorcode = CODES[code];
  const body =
    rules.errors === 'one'
      ? { responsestatus: code, errorcode, errormessage: message }
      : { status: 'error', errorcode, errorname: code, errormessage: message };
  return reply(body, rules);
}
