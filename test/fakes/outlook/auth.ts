/** The sign-in endpoints: device code, refresh, client credentials. Forms are checked to the letter. */
import { Undocumented } from './failure.js';
import type { FakeRequest, Reply } from './wire.js';

interface Issued {
  resource: string;
  /** Good for these paths only: an app of its own has no `/me`. */
  app: boolean;
}

const FORMS: Record<string, { required: string[]; optional: string[] }> = {
  devicecode: { required: ['client_id', 'scope'], optional: [] },
  'urn:ietf:params:oauth:grant-type:device_code': {
    required: ['grant_type', 'client_id', 'device_code'],
    optional: [],
  },
  refresh_token: { required: ['grant_type', 'client_id', 'refresh_token'], optional: ['scope', 'client_secret'] },
  client_credentials: { required: ['grant_type', 'client_id', 'client_secret', 'scope'], optional: [] },
};

export class Auth {
  readonly tokens = new Map<string, Issued>();
  readonly refreshTokens = new Map<string, string>();
  /** Answers to polls before the person agrees: `authorization_pending`, `slow_down`, `authorization_declined`, ... */
  polls: string[] = [];
  /** Scopes that were asked for, in order. */
  readonly scopes: string[] = [];
  readonly clientId = 'b7a3c9e0-1111-4222-8333-444455556666';
  readonly clientSecret = 'app secret';
  readonly deviceCode = 'DEVICE-CODE';
  expiresIn = 3599;
  private count = 0;

  /** A token as somebody copied it from elsewhere. */
  issue(resource: string, app = false): string {
    const token = `access-${++this.count}`;
    this.tokens.set(token, { resource, app });
    return token;
  }

  issueRefresh(resource: string): string {
    const token = `refresh-${++this.count}`;
    this.refreshTokens.set(token, resource);
    return token;
  }

  answer(request: FakeRequest): Reply {
    const [, tenant = '', , , path = ''] = new URL(request.url, 'http://fake').pathname.split('/');
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
      throw new Undocumented('content type of a form');
    if (request.headers['authorization'] !== undefined) throw new Undocumented('a token on its way to the sign-in');
    const form = Object.fromEntries(new URLSearchParams(request.body.toString('utf8')));
    const kind = path === 'devicecode' ? path : (form['grant_type'] ?? '');
    const known = FORMS[kind];
    if (known === undefined) return refuse('unsupported_grant_type', 70003);
    const fields = Object.keys(form);
    if (known.required.some((name) => !fields.includes(name))) throw new Undocumented(`form of ${kind}`);
    if (fields.some((name) => ![...known.required, ...known.optional].includes(name)))
      throw new Undocumented(`form of ${kind}: ${fields.join()}`);
    if (form['client_id'] !== this.clientId) return refuse('unauthorized_client', 700016);
    if (form['scope'] !== undefined) this.scopes.push(form['scope']);
    if (kind === 'devicecode') return this.begin();
    if (kind === 'refresh_token') return this.refresh(form['refresh_token'] ?? '');
    if (kind === 'client_credentials') return this.credentials(form, tenant);
    return this.poll(form['device_code'] ?? '');
  }

  private begin(): Reply {
    const body = {
      device_code: this.deviceCode,
      user_code: 'F3PQ7XK9',
      verification_uri: 'https://microsoft.com/devicelogin',
      expires_in: 900,
      interval: 5,
      message: 'To sign in, use a web browser ...',
    };
    return { status: 200, body };
  }

  private poll(code: string): Reply {
    if (code !== this.deviceCode) return refuse('bad_verification_code', 70018);
    const next = this.polls.shift();
    return next === undefined ? this.tokenReply(this.resourceOf(this.scopes.at(-1) ?? ''), true) : refuse(next, 70016);
  }

  private refresh(token: string): Reply {
    const resource = this.refreshTokens.get(token);
    return resource === undefined ? refuse('invalid_grant', 700082) : this.tokenReply(resource, true);
  }

  private credentials(form: Record<string, string>, tenant: string): Reply {
    if (form['client_secret'] !== this.clientSecret) return { ...refuse('invalid_client', 7000215), status: 401 };
    if (['common', 'organizations', 'consumers'].includes(tenant)) return refuse('invalid_request', 90002);
    if (!(form['scope'] ?? '').endsWith('/.default')) return refuse('invalid_scope', 1002012);
    return this.tokenReply((form['scope'] ?? '').replace('/.default', ''), false);
  }

  private resourceOf(scope: string): string {
    const resources = new Set(
      scope
        .split(' ')
        .filter((one) => one.includes('://'))
        .map((one) => one.slice(0, one.lastIndexOf('/'))),
    );
    if (resources.size !== 1) throw new Undocumented(`scopes of several resources, or of none: ${scope}`);
    return [...resources][0] ?? '';
  }

  private tokenReply(resource: string, delegated: boolean): Reply {
    const refresh = delegated ? { refresh_token: this.issueRefresh(resource) } : {};
    const body = {
      token_type: 'Bearer',
      scope: '',
      expires_in: this.expiresIn,
      access_token: this.issue(resource, !delegated),
      ...refresh,
    };
    return { status: 200, body };
  }
}

function refuse(error: string, code: number): Reply {
  const description = `AADSTS${code}: ${error.replaceAll('_', ' ')}. Trace ID: 0`;
  return {
    status: 400,
    body: { error, error_description: description, error_codes: [code], trace_id: '0', correlation_id: '0' },
  };
}
