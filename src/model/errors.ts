/** Typed errors: a code for scripts, an exit code for shells, three parts for people (what, why, what to try). */

/** Exit codes of the command line (the contract of `cardferry --help`). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  auth: 4,
  notFound: 5,
  conflict: 6,
  unavailable: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDetails {
  /** Why: the server's own words when it gave any. Untrusted text: printed through `printable`. */
  why?: string;
  /** What to try. */
  hint?: string;
  profile?: string;
  /** The contact (or group, book) it is about, by id or name. */
  contact?: string;
  /** HTTP status, when there was an answer. */
  status?: number;
  cause?: unknown;
}

/** Base of every error that we throw on purpose. `message` is the first part: what failed. */
export abstract class CardferryError extends Error {
  abstract readonly code: string;
  abstract readonly exit: ExitCode;
  readonly why?: string;
  readonly hint?: string;
  readonly contact?: string;
  readonly status?: number;
  /** Filled in by the context when the driver did not know it. */
  profile?: string;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    if (details.why !== undefined) this.why = details.why;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.profile !== undefined) this.profile = details.profile;
    if (details.contact !== undefined) this.contact = details.contact;
    if (details.status !== undefined) this.status = details.status;
  }
}

/** Wrong command line, profile or option: nothing was sent. */
export class UsageError extends CardferryError {
  readonly code = 'usage';
  readonly exit = EXIT.usage;
}
/** The provider (or this server) has no such ability: refused before the first request. */
export class Unsupported extends CardferryError {
  readonly code = 'unsupported';
  readonly exit = EXIT.usage;
}
/** Sign-in refused, expired beyond renewal, or permission to the account missing. */
export class AuthError extends CardferryError {
  readonly code = 'auth';
  readonly exit = EXIT.auth;
}
export class NotFound extends CardferryError {
  readonly code = 'notFound';
  readonly exit = EXIT.notFound;
}
/** It changed on the server since it was read, or it exists already. */
export class Conflict extends CardferryError {
  readonly code = 'conflict';
  readonly exit = EXIT.conflict;
}
/** The server understood and said no (validation, permission on one item, quota). */
export class Refused extends CardferryError {
  readonly code = 'refused';
  readonly exit = EXIT.failed;
}
/** Not reachable, timed out, or kept answering 429/5xx until the retries were used up. */
export class Unavailable extends CardferryError {
  readonly code = 'unavailable';
  readonly exit = EXIT.unavailable;
}
/** The answer is not what the vendor's page says: HTML, cut JSON, a wrong type. Names the field. */
export class ProtocolError extends CardferryError {
  readonly code = 'protocol';
  readonly exit = EXIT.failed;
}
/** A write was sent and its answer was lost: it may or may not have happened. The engine looks before it writes again. */
export class UnknownOutcome extends CardferryError {
  readonly code = 'unknownOutcome';
  readonly exit = EXIT.unavailable;
}
/** Unreadable input: a file, a record, a value. Names file and line in the message. */
export class InputError extends CardferryError {
  readonly code = 'input';
  readonly exit = EXIT.failed;
}
/** A guard stopped the run (brake, lock, verification). */
export class Stopped extends CardferryError {
  readonly code = 'stopped';
  readonly exit = EXIT.failed;
}
/** Some items failed and are named in the result; the rest was done. */
export class PartlyDone extends CardferryError {
  readonly code = 'partial';
  readonly exit = EXIT.partial;
}
/** Ctrl-C or SIGTERM: what was done is journalled. */
export class Interrupted extends CardferryError {
  readonly code = 'interrupted';
  readonly exit = EXIT.interrupted;
}
