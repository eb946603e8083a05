/** `--map COLUMN=FIELD` and `--map-file FILE.json`: what a table's columns hold, said by the user. */
import { parseSpelling } from '../../model/build-spelling.js';
import { InputError, UsageError } from '../../model/errors.js';
import { isObject } from '../../model/json.js';
import { printable } from '../../model/text.js';

/** One `COLUMN=FIELD`. The last `=` counts: FIELD has none. @throws UsageError */
export function parseMap(text: string): [column: string, field: string] {
  const at = text.lastIndexOf('=');
  if (at <= 0 || text.slice(0, at).trim() === '') {
    const hint = 'write --map "Phone (cell)=phone:mobile", or --map "Remarks=-" to skip a column';
    throw new UsageError(`--map needs COLUMN=FIELD, not "${printable(text)}"`, { hint });
  }
  return [text.slice(0, at).trim(), checkField(text.slice(at + 1), UsageError)];
}

/**
 * A mapping file: `{"COLUMN": "FIELD"}`, or `{"COLUMN": {"field": "email", "type": "work"}}`.
 *
 * @throws InputError naming the column that is wrong
 */
export function parseMapFile(json: string): Map<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(json.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new InputError('the mapping file holds no JSON', { hint: HINT, cause });
  }
  if (!isObject(value)) throw new InputError('the mapping file must hold a JSON object', { hint: HINT });
  return new Map(
    Object.entries(value).map(([column, field]) => [column.trim(), checkField(fieldText(column, field), InputError)]),
  );
}

const HINT = 'write {"Phone (cell)": "phone:mobile", "Remarks": "-"}';

function fieldText(column: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (
    isObject(value) &&
    typeof value.field === 'string' &&
    (value.type === undefined || typeof value.type === 'string')
  )
    return value.type === undefined ? value.field : typedField(value.field, value.type);
  throw new InputError(`the mapping of "${printable(column)}" must be a FIELD`, { hint: HINT });
}

/** `address:city` and `work` are `address:work:city`. */
function typedField(field: string, type: string): string {
  const [head = '', ...rest] = field.split(':');
  return [head, type, ...rest].join(':');
}

/** @throws the given error, with the nearest field */
function checkField(text: string, Wrong: typeof UsageError | typeof InputError): string {
  const field = text.trim();
  if (field === '-') return field;
  try {
    const { name, part } = parseSpelling(field);
    if (name === 'address' && part === undefined) {
      const hint = 'write address:TYPE:street, or city, state, postcode, country';
      throw new InputError(`"${printable(field)}" names no part of an address`, { hint });
    }
    return field;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new Wrong(error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
}
