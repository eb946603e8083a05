/** The built program with profiles that are saved already, and what it answers to `migrate --json`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ReportRow } from '../../src/engine/report.js';
import type { MigrateResult, WriteSummary } from '../../src/engine/types.js';
import { Cli, type Done, type RunOptions } from '../support/cli.js';

export interface SavedProfile {
  provider: string;
  url?: string;
  user?: string;
  password?: string;
  token?: string;
  options?: Record<string, string>;
}

/** Of `migrate --json`. */
export type Answer = WriteSummary & Pick<MigrateResult, 'plan' | 'verified'> & { run?: string; report?: string };

interface Report {
  plan: MigrateResult['plan'];
  items: ReportRow[];
  totals: Record<string, number>;
  verified: NonNullable<MigrateResult['verified']>;
}

/** One configuration. Passwords come by environment, so that no process is spent on saving them. */
export class Program {
  readonly cli = new Cli();
  readonly #profiles: Record<string, SavedProfile>;

  private constructor(profiles: Record<string, SavedProfile>) {
    this.#profiles = profiles;
  }

  static async with(profiles: Record<string, SavedProfile>): Promise<Program> {
    const program = new Program(profiles);
    const saved = Object.entries(profiles).map(([name, { password: _, token: _token, options = {}, ...rest }]) => [
      name,
      { ...rest, options },
    ]);
    await mkdir(program.cli.dir, { recursive: true });
    await writeFile(program.path('config.json'), JSON.stringify({ profiles: Object.fromEntries(saved) as unknown }), {
      mode: 0o600,
    });
    return program;
  }

  /** In the working folder of the program. */
  path(...parts: string[]): string {
    return join(this.cli.dir, ...parts);
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Done> {
    const env: Record<string, string> = {};
    for (const [name, { password, token }] of Object.entries(this.#profiles)) {
      if (password !== undefined) env[`CARDFERRY_${name.toUpperCase()}_PASSWORD`] = password;
      if (token !== undefined) env[`CARDFERRY_${name.toUpperCase()}_TOKEN`] = token;
    }
    return this.cli.run(args, { ...options, env });
  }

  /** `migrate ARGS --yes --json`, which must end with `code` (0 when nothing is said). */
  async migrate(args: readonly string[], code = 0): Promise<Answer & { stderr: string }> {
    const done = await this.run(['migrate', ...args, '--yes', '--json']);
    if (done.code !== code)
      expect.fail(`"migrate ${args.join(' ')}" ended with ${String(done.code)}:\n${textOf(done)}`);
    return { ...(JSON.parse(done.stdout) as Answer), stderr: done.stderr };
  }

  async report(folder: string): Promise<Report> {
    return JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
  }
}

export const textOf = ({ stdout, stderr }: Done): string => `${stderr}${stdout}`;

/** Everything is there and equal. */
export function expectVerified(answer: Answer, contacts: number): void {
  expect(answer.verified).toEqual({ contacts, equal: contacts, differences: [] });
}
