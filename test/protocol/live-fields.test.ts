import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BACKGROUND_FLAGS, MAP_KINDS } from '../../protocol/index.ts';
import { clientMessage, command } from '../../protocol/live/commands.ts';
import { CONTROL, serverMessage, TOPICS } from '../../protocol/live/messages.ts';
import { conform } from '../../protocol/schema.ts';
import { fieldTexts, type Schema, typeText } from '../support/schema-fields.ts';

const readme = readFileSync(new URL('../../protocol/README.md', import.meta.url), 'utf8');
const MAP_KIND_TYPE = Object.keys(MAP_KINDS).map((kind) => JSON.stringify(kind));

/** One row for each field that a message of `/live` may have. */
function fieldTable(schemas: readonly Schema[]): string[] {
  const rows = schemas.flatMap((schema) => {
    const type = JSON.parse(typeText(schema.entries?.type as Schema));
    return fieldTexts(schema)
      .filter((text) => !text.startsWith('type: '))
      .map((text) => {
        const [name, ...rest] = text.split(': ');
        const kinds = rest.join(': ').replace(MAP_KIND_TYPE.join(' | '), 'a kind of the table of layers');
        return `| \`${type}\` | \`${name}\` | \`${kinds.replaceAll('|', '\\|')}\` |`;
      });
  });
  return ['| message | field | type |', '| --- | --- | --- |', ...rows];
}

/** The commands within the command schema, which is a variant of variants. */
const commands = (schema: Schema): Schema[] =>
  schema.type === 'variant' ? (schema.options as Schema[]).flatMap(commands) : [schema];

const text = [
  '# Fields of the messages of `/live`',
  '',
  'Generated from the schemas in this folder, which say what the fields mean; not to be edited. After a change of a schema:',
  '`npx vitest run -u --config test/vitest.config.ts test/protocol/live-fields.test.ts`. A number that is not finite is `null`.',
  '',
  '## From the monitor: control',
  '',
  ...fieldTable(CONTROL),
  '',
  '## From the monitor: topics',
  '',
  ...fieldTable(TOPICS),
  '',
  '## From dashboards: commands',
  '',
  ...fieldTable(commands(command)),
  '',
].join('\n');

describe('the description of /live', () => {
  it('lists the fields of every message as the schemas have them', async () => {
    await expect(text).toMatchFileSnapshot('../../protocol/live/fields.md');
  });

  it('has a row in the README for each message and command', () => {
    const names = [...CONTROL, ...TOPICS].map(({ entries }) => entries.type.literal);
    const asked = commands(command).map(({ entries }) => entries?.type.literal as string);
    const rows = readme.split('\n').map((line) => line.split('|')[1]?.trim() ?? '');
    for (const name of [...names, ...asked])
      expect(
        rows.some((cell) => cell.split(', ').includes(`\`${name}\``)),
        name,
      ).toBe(true);
  });

  it('gives the bits of the map of background flags', () => {
    const bits = BACKGROUND_FLAGS.map(({ bit, words }) => `${bit} ${words}`).join(', ');
    expect(readme).toContain(`a sum: ${bits}`);
    expect(MAP_KINDS.flags.values).toContain(`sum of ${bits}`);
  });
});

describe('schemas of /live', () => {
  const delivery = { type: 'delivery', skipped: 3 };

  it('take fields and words that a newer monitor may send', () => {
    expect(() => conform(serverMessage, { ...delivery, later: 1 }, 'message')).not.toThrow();
    const fault = { id: 'a', severity: 'critical', message: 'b', at: 0 };
    expect(() => conform(serverMessage, { type: 'alerts', alerts: [fault] }, 'message')).not.toThrow();
  });

  it('take null for a number that is not finite, and nothing else that is no number', () => {
    expect(() => conform(serverMessage, { ...delivery, skipped: null }, 'message')).not.toThrow();
    for (const skipped of ['3', [3], true, {}])
      expect(() => conform(serverMessage, { ...delivery, skipped }, 'message')).toThrow(
        'message: skipped: expected number, found ',
      );
  });

  it('refuse fields that a command does not have', () => {
    const seek = { type: 'command', request: 1, command: { type: 'seek', at: 5, row: 1 } };
    expect(() => conform(clientMessage, seek, 'message')).toThrow('message: command.row: expected never');
  });
});
