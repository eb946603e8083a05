/** Why a request got no answer, from what sockets, TLS and undici say. */

/** `sent`: the request may have reached the server. `reason` fits after a colon. */
export class TransportFailure extends Error {
  constructor(
    readonly kind: 'connect' | 'dns' | 'tls' | 'timeout' | 'broken' | 'cap' | 'garbled' | 'invalid' | 'aborted',
    readonly sent: boolean,
    readonly reason: string,
    cause: unknown,
  ) {
    super(reason, { cause });
    this.name = 'TransportFailure';
  }
}

const TLS_CODES =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|EPROTO$|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/;
const TIMEOUT_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name server did not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took too long',
  ETIMEDOUT: 'connecting took too long',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
};

/** The first code in an error, its causes, and the errors of an AggregateError (several addresses of one host). */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return '';
}

/** Any error of an exchange, classified. `sent` as known to the exchange. */
export function failureOf(error: unknown, sent: boolean): TransportFailure {
  if (error instanceof TransportFailure) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const reason = REASONS[code] ?? (code === '' || text.includes(code) ? text : `${text} (${code})`);
  if (code === 'UND_ERR_INVALID_ARG') return new TransportFailure('invalid', false, text, error);
  if (!sent && TLS_CODES.test(code)) return new TransportFailure('tls', false, reason, error);
  if (!sent) return new TransportFailure(code === 'ENOTFOUND' ? 'dns' : 'connect', false, reason, error);
  if (TIMEOUT_CODES.has(code)) return new TransportFailure('timeout', true, 'no answer in time', error);
  return new TransportFailure('broken', true, reason, error);
}
