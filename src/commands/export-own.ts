/** `export --server-side`: the server's own file, byte for byte. */
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import { Unsupported, UsageError } from '../model/errors.js';
import type { OwnExports } from '../providers/types.js';
import type { ExportOptions } from './export.js';
import { mayWrite, tellWritten } from './files-out.js';
import { readFilter, targetBook } from './shared.js';

type Own = 'csv' | 'groups' | 'vcard';

/** By `--server-groups`, `--format`, else the file's name. @throws UsageError */
function ownFormat({ context, output, serverGroups }: ExportOptions): Own {
  const { format } = context.globals;
  const named = format === undefined || format === 'json' ? /\.([a-z]+)$/i.exec(output)?.[1]?.toLowerCase() : format;
  const found = named === 'csv' ? 'csv' : named === 'vcf' || named === 'vcard' ? 'vcard' : undefined;
  if (serverGroups === true && (found === 'csv' || named === undefined)) return 'groups';
  if (serverGroups !== true && (found !== undefined || named === undefined)) return found ?? 'csv';
  throw new UsageError(
    `--server-side writes ${serverGroups === true ? 'groups as csv' : 'csv or vcard'}, not "${named ?? ''}"`,
    {
      hint: 'name a file that ends in .csv or .vcf, or give --format csv or --format vcard',
    },
  );
}

/** A CSV holds a whole book. @throws UsageError */
function refuseFilters(options: ExportOptions): void {
  const { sort, desc, limit, offset, group, has, changedSince } = options;
  const filters = [sort, desc, limit, offset, group, has, changedSince];
  if (filters.every((filter) => filter === undefined)) return;
  throw new UsageError('the server writes whole address books: filters cannot be used with its CSV', {
    hint: 'leave out --server-side, or name the book by --book',
  });
}

export async function exportOwn(options: ExportOptions): Promise<void> {
  const { context, output } = options;
  const format = ownFormat(options);
  if (format !== 'vcard') refuseFilters(options);
  if (!(await mayWrite(context, output))) return context.io.note('nothing was written');
  context.io.status('exporting');
  const connection = await context.connect();
  const { ownExports } = connection.provider;
  if (ownExports === undefined) {
    throw new Unsupported(`${connection.definition.name} has no export of its own`, {
      profile: connection.name,
      hint: 'leave out --server-side',
    });
  }
  const counter = { contacts: 0 };
  const pieces =
    format === 'vcard'
      ? vcards(options, connection, ownExports, counter)
      : once(await ownExports.book(format, await targetBook(context, connection)));
  await write(context, output, pieces);
  const what = format === 'vcard' ? `${counter.contacts} contact(s)` : `the server's ${format}`;
  await tellWritten(context, output, `${what} written to ${output}`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const NEWLINE = 0x0a;

/** One contact after another: the server writes one card at a time. */
async function* vcards(
  options: ExportOptions,
  connection: Connection,
  own: OwnExports,
  counter: { contacts: number },
): AsyncGenerator<Uint8Array> {
  const { readContacts } = await import('../engine/query.js');
  const filter = await readFilter(options.context, connection, options);
  for await (const record of readContacts(connection, filter)) {
    const bytes = await own.contact(record);
    counter.contacts += 1;
    options.context.io.status(`exporting: ${counter.contacts}`);
    yield bytes;
    if (bytes.at(-1) !== NEWLINE) yield new Uint8Array([0x0d, NEWLINE]);
  }
}

async function write(context: Context, output: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  if (output !== '-' && !context.globals.dryRun) {
    const { writeFileAtomic } = await import('../store/files.js');
    return writeFileAtomic(output, pieces);
  }
  for await (const piece of pieces) if (output === '-') await context.io.out(piece);
}
