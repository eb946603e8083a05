/** report.html: the report of a migration for people. One file that loads nothing; readable aloud, and in print. */
import { fieldByName } from '../model/fields.js';
import { printable } from '../model/text.js';
import { STYLE } from './reportstyle.js';
import type { Status } from './apply.js';
import type { ReportRow } from './report.js';
import type { Difference, FieldLoss, MigrateResult, PlanSummary, Timing } from './types.js';

export interface HtmlReport {
  from: { name: string; title: string };
  to: { name: string; title: string };
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
  run: string | undefined;
  plan: PlanSummary;
  /** Number of contacts (and unreadable records) by status. */
  totals: Readonly<Partial<Record<Status, number>>>;
  /** Why the run ended before its end. */
  stopped: string | undefined;
  verified: MigrateResult['verified'];
  timings: readonly Timing[];
  rows: AsyncIterable<ReportRow>;
}

/** Rows of a table; report.json has the rest. */
const MOST = 1000;

/** Untrusted text, inert: no markup, no control or bidi characters, and its own direction. */
export function inert(text: string): string {
  const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return printable(text).replace(/[&<>"']/g, (char) => escapes[char] ?? char);
}
const name = (text: string): string => `<bdi>${inert(text)}</bdi>`;
const number = (value: number): string => value.toLocaleString('en-US');
const fieldTitle = (field: string): string => inert(fieldByName(field)?.title ?? field);

/** The document in pieces; failed and incomplete items are read from `rows` as they come. */
export async function* htmlReport(report: HtmlReport): AsyncIterable<string> {
  const { from, to, plan, verified } = report;
  const title = `Migration ${inert(from.name)} → ${inert(to.name)}`;
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${STYLE}</style></head><body><main>
<h1>${title}</h1>
${verdict(report)}
${facts(report)}
${totalsTable(report)}
`;
  yield lossTable(plan);
  yield* problemTable(report.rows);
  if (verified !== undefined) yield differenceTable(verified);
  yield placesTable(plan);
  yield timingTable(report.timings);
  yield '<p class="foot">Every contact, one row each, is in report.json beside this file.</p>\n</main></body></html>\n';
}

function verdict({ totals, stopped, verified, run }: HtmlReport): string {
  const failed = totals.failed ?? 0;
  const differences = verified?.differences.length ?? 0;
  const undo = run === undefined ? '' : ` Taken back with <code>cardferry undo ${inert(run)}</code>.`;
  if (failed > 0 || differences > 0 || stopped !== undefined) {
    const parts = [
      stopped === undefined ? '' : `it stopped early (${inert(stopped)}); the same command goes on`,
      failed > 0 ? `${number(failed)} failed` : '',
      differences > 0 ? `${number(differences)} differences found` : '',
    ].filter((part) => part !== '');
    return `<p class="verdict bad"><strong>Not all done:</strong> ${parts.join(', ')}. Each is named below.${undo}</p>`;
  }
  const told =
    verified === undefined
      ? 'Written; not verified.'
      : `Verified: ${number(verified.equal)} of ${number(verified.contacts)} contacts are there and equal, up to what is listed as not fitting.`;
  return `<p class="verdict good"><strong>All done.</strong> ${told}${undo}</p>`;
}

function facts({ from, to, startedAt, endedAt, plan }: HtmlReport): string {
  const rows: [string, string][] = [
    ['From', `${name(from.name)} (${inert(from.title)}), ${number(plan.source)} contacts`],
    ['To', `${name(to.name)} (${inert(to.title)}), ${number(plan.target)} contacts before`],
    ['Began', stamp(startedAt)],
    ['Ended', `${stamp(endedAt)}, after ${duration(endedAt - startedAt)}`],
  ];
  return `<dl>${rows.map(([term, text]) => `<div><dt>${term}</dt><dd>${text}</dd></div>`).join('')}</dl>`;
}

function stamp(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

/** "1 h 2 min", "2 min 5 s", "1.4 s". */
export function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A bar whose length says the share; the number beside it says it too, so it is left out when read aloud. */
function bar(value: number, most: number, kind = ''): string {
  const share = most === 0 ? 0 : Math.max(value > 0 ? 1 : 0, Math.round((100 * value) / most));
  return `<span class="bar ${kind}" aria-hidden="true"><span style="width:${share}%"></span></span>`;
}

const STATUSES: readonly [status: Status, title: string, kind: string][] = [
  ['created', 'Created', 'good'],
  ['updated', 'Updated', 'good'],
  ['unchanged', 'Already the same', ''],
  ['skipped', 'Skipped', ''],
  ['deleted', 'Deleted', ''],
  ['failed', 'Failed', 'bad'],
  ['open', 'Not reached', 'bad'],
];

function totalsTable({ totals, plan }: HtmlReport): string {
  const known = STATUSES.filter(([status]) => (totals[status] ?? 0) > 0);
  const most = Math.max(0, ...known.map(([status]) => totals[status] ?? 0));
  const rows = known.map(([status, title, kind]) => {
    const value = totals[status] ?? 0;
    return `<tr><th scope="row">${title}</th><td class="n">${number(value)}</td><td>${bar(value, most, kind)}</td></tr>`;
  });
  const { create, update, unchanged } = plan.groups;
  if (create + update + unchanged > 0) {
    const text = `${number(create)} created, ${number(update)} updated, ${number(unchanged)} the same`;
    rows.push(`<tr><th scope="row">Groups</th><td colspan="2">${text}</td></tr>`);
  }
  return `<h2>Contacts</h2><table class="totals"><caption>Contacts by what happened to them</caption><tbody>${rows.join('')}</tbody></table>`;
}

const FATES: Record<FieldLoss['kind'], string> = {
  dropped: 'left out',
  changed: 'changed',
  unsure: 'may not be kept',
  unread: 'cannot be read back',
};

function lossTable({ losses, overflow }: PlanSummary): string {
  if (losses.length === 0) return '<h2>What did not fit</h2><p>Nothing: the target holds every field.</p>\n';
  const most = Math.max(...losses.map(({ contacts }) => contacts));
  const rows = losses.map(({ field, kind, contacts, examples }) => {
    const shown = examples.map(({ contact, value, becomes }) => {
      const change = becomes === undefined ? '' : ` → ${name(becomes)}`;
      return `<li>${name(contact)}: ${name(value)}${change}</li>`;
    });
    return `<tr><th scope="row">${fieldTitle(field)}</th><td class="fate">${FATES[kind]}</td><td class="n">${number(contacts)}</td><td>${bar(contacts, most)}</td><td><ul>${shown.join('')}</ul></td></tr>`;
  });
  return `<h2>What did not fit</h2><p>It went ${inert(overflow)}.</p>
<table><caption>Fields that the target cannot hold, and how many contacts they concern</caption><thead><tr><th scope="col">Field</th><th scope="col">Fate</th><th scope="col" class="n">Contacts</th><td></td><th scope="col">Examples</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>
`;
}

async function* problemTable(rows: AsyncIterable<ReportRow>): AsyncIterable<string> {
  let count = 0;
  for await (const row of rows) {
    if (row.status !== 'failed' && row.message === undefined) continue;
    count += 1;
    if (count === 1)
      yield `<h2>What needs a person</h2><table><caption>Items that failed or are not complete, and what to do</caption><thead><tr><th scope="col">Item</th><th scope="col">Why</th><th scope="col">What to do</th></tr></thead><tbody>\n`;
    if (count > MOST) continue;
    const kind = row.kind === 'contact' ? '' : `<span class="kind">${row.kind}</span> `;
    yield `<tr><th scope="row">${kind}${name(row.name)}</th><td>${name(row.message ?? '')}</td><td>${name(row.remedy ?? '')}</td></tr>\n`;
  }
  if (count > 0) yield `</tbody></table>${more(count)}\n`;
}

const more = (count: number): string =>
  count > MOST ? `<p>… and ${number(count - MOST)} more, in report.json.</p>` : '';

function differenceTable({ differences, unchecked = [] }: NonNullable<HtmlReport['verified']>): string {
  const blind = unchecked.map(({ field, contacts }) => `<li>${fieldTitle(field)} of ${number(contacts)} contacts</li>`);
  const unread =
    blind.length === 0
      ? ''
      : `<p>Written, but the server does not show it, so nobody can check:</p><ul>${blind.join('')}</ul>\n`;
  if (differences.length === 0) return unread;
  const row = ({ name: who, field, expected, found }: Difference): string =>
    `<tr><th scope="row">${name(who)}</th><td>${fieldTitle(field)}</td><td>${name(expected)}</td><td>${name(found)}</td></tr>`;
  return `<h2>Differences found by reading back</h2><table><caption>Fields that are not as they should be</caption><thead><tr><th scope="col">Contact</th><th scope="col">Field</th><th scope="col">Expected</th><th scope="col">Found</th></tr></thead><tbody>${differences.slice(0, MOST).map(row).join('\n')}</tbody></table>${more(differences.length)}
${unread}`;
}

function placesTable({ books, groups }: PlanSummary): string {
  const rows = books.mapping.map(({ from, to }) => {
    const made = books.create.includes(to) ? ' (new)' : '';
    return `<tr><td>${name(from)}</td><td>${name(to)}${made}</td></tr>`;
  });
  const table =
    rows.length === 0
      ? ''
      : `<table><caption>Address books</caption><thead><tr><th scope="col">From</th><th scope="col">To</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return `<h2>Where things went</h2>${table}<p>${inert(groups.rule)}</p>\n`;
}

const PHASES: Record<Timing['phase'], string> = {
  'read-source': 'Reading the source',
  'read-target': 'Reading the target',
  plan: 'Planning (and being asked)',
  apply: 'Writing contacts',
  groups: 'Writing groups',
  verify: 'Verifying',
  report: 'Reporting',
};

function timingTable(timings: readonly Timing[]): string {
  if (timings.length === 0) return '';
  const most = Math.max(...timings.map(({ ms }) => ms));
  const rows = timings.map(
    ({ phase, ms }) =>
      `<tr><th scope="row">${PHASES[phase]}</th><td class="n">${duration(ms)}</td><td>${bar(ms, most)}</td></tr>`,
  );
  return `<h2>Time</h2><table class="totals"><caption>How long each part took</caption><tbody>${rows.join('')}</tbody></table>\n`;
}
