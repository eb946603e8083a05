/** A card in the user's editor, as vCard 4.0. */
import type { Context } from '../context.js';
import type { Card } from '../model/card.js';
import { InputError, Stopped, UsageError } from '../model/errors.js';

/** Opens `$VISUAL`/`$EDITOR` on the card; an empty file stops. What the editor wrote must be one vCard. */
export async function editCard(context: Context, card: Card): Promise<Card> {
  const editor = context.env['VISUAL'] || context.env['EDITOR'];
  if (!editor) throw new UsageError('--edit needs an editor', { hint: 'set EDITOR, such as EDITOR=nano' });
  const [{ cardToVCard }, { parseVCard }, fs, { tmpdir }, { join }, { spawn }] = await Promise.all([
    import('../formats/vcard/map.js'),
    import('../formats/vcard/index.js'),
    import('node:fs/promises'),
    import('node:os'),
    import('node:path'),
    import('node:child_process'),
  ]);
  const folder = await fs.mkdtemp(join(tmpdir(), 'cardferry-'));
  const file = join(folder, 'contact.vcf');
  try {
    const shown = cardToVCard(card, { version: '4.0', carry: true });
    await fs.writeFile(file, shown, { mode: 0o600 });
    context.io.status(undefined);
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' });
      child.on('error', reject);
      child.on('exit', resolve);
    });
    if (code !== 0) throw new Stopped(`the editor ended with ${code ?? 'a signal'}`, { hint: 'nothing was changed' });
    const text = await fs.readFile(file);
    if (text.toString('utf8') === shown) return card;
    if (text.toString('utf8').trim() === '') throw new Stopped('the file is empty: nothing was changed');
    return { ...parseVCard(text).card, uid: card.uid };
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(`what the editor wrote is no vCard: ${error.message}`, {
        hint: 'nothing was changed',
        cause: error,
      });
    throw error;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
