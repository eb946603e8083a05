/** The plan, the progress and the outcome of a migration, as text for people. */
import type { PlanSummary } from '../engine/types.js';
import { FIELDS } from '../model/fields.js';
import { printable } from '../model/text.js';

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Lines of the plan: what will be done, and what will not fit. */
export function planText(plan: PlanSummary): string[] {
  const lines = [`Plan: ${printable(plan.from)} → ${printable(plan.to)}`];
  if (plan.resumes !== undefined) lines.push(`  goes on with run ${plan.resumes}`);
  lines.push(`  read       ${count(plan.source, 'contact')} there, ${plan.target} here`);
  const actions: [string, number, string][] = [
    ['create', plan.create, ''],
    ['update', plan.update, ''],
    ['leave', plan.unchanged, ' (already the same)'],
    ['skip', plan.skip, ' (differ, --on-conflict skip)'],
    ['delete', plan.delete, ''],
    ['fail', plan.failed, ' (cannot be read or stored: see the report)'],
  ];
  for (const [verb, number, why] of actions) if (number > 0) lines.push(`  ${verb.padEnd(10)} ${number}${why}`);
  const { groups, books } = plan;
  if (groups.create + groups.update + groups.unchanged > 0)
    lines.push(`  groups     ${groups.create} to create, ${groups.update} to update, ${groups.unchanged} the same`);
  if (groups.rule !== '') lines.push(`  groups:    ${printable(groups.rule)}`);
  if (plan.attachments !== undefined) lines.push(`  files      ${plan.attachments} to add (attachments)`);
  for (const { from, to } of books.mapping)
    lines.push(`  book       ${printable(from)} → ${printable(to)}${books.create.includes(to) ? ' (new)' : ''}`);
  lines.push(...lossLines(plan));
  return lines;
}

function lossLines(plan: PlanSummary): string[] {
  const sure = plan.losses.filter((loss) => loss.kind === 'dropped' || loss.kind === 'changed');
  const unsure = plan.losses.filter((loss) => loss.kind === 'unsure');
  const lines: string[] = [];
  if (sure.length === 0) lines.push('  what will not fit: nothing');
  else lines.push('  what will not fit:');
  for (const loss of sure) {
    lines.push(
      `    ${title(loss.field).padEnd(22)} ${loss.kind === 'changed' ? 'changed in' : 'dropped from'} ${count(loss.contacts, 'contact')}`,
    );
    for (const example of loss.examples) {
      const becomes = example.becomes === undefined ? '' : ` → ${printable(example.becomes)}`;
      lines.push(`      ${printable(example.contact)}: ${printable(example.value)}${becomes}`);
    }
  }
  if (sure.length > 0) lines.push(`  it goes    ${printable(plan.overflow)}`);
  if (unsure.length > 0)
    lines.push(
      '  written, but the vendor does not say that it is kept:',
      ...unsure.map((loss) => `    ${title(loss.field).padEnd(22)} ${count(loss.contacts, 'contact')}`),
    );
  const unread = plan.losses.filter((loss) => loss.kind === 'unread');
  if (unread.length > 0)
    lines.push(
      `  written, but it cannot be read back from ${printable(plan.to)}, and so not checked:`,
      ...unread.map((loss) => `    ${title(loss.field).padEnd(22)} ${count(loss.contacts, 'contact')}`),
    );
  return lines;
}

const title = (field: string): string => FIELDS.find((candidate) => candidate.name === field)?.title ?? field;

/** `1,234/40,000 (3 %), 56/s, 11 min left`. Times in milliseconds. */
export function progressText(
  event: { done: number; total: number; failed: number; retries: number },
  elapsedMs: number,
): string {
  const { done, total, failed, retries } = event;
  const rate = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const parts = [`${done}/${total}${total > 0 ? ` (${Math.floor((done * 100) / total)} %)` : ''}`];
  if (rate > 0) parts.push(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`);
  if (rate > 0 && done < total) parts.push(`${duration((total - done) / rate)} left`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (retries > 0) parts.push(`${retries} repeated`);
  return parts.join(', ');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
