/** A schema of valibot, as far as a list of its fields needs it. */
export interface Schema {
  type: string;
  expects?: string;
  entries?: Record<string, Schema>;
  item?: Schema;
  items?: Schema[];
  options?: readonly unknown[];
  literal?: unknown;
  wrapped?: Schema;
  words?: readonly string[];
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && 'type' in value;

/** The type a schema accepts, as TypeScript would write it: `number[]`, `"a" | "b"`, `{ name: string, score?: number }`. */
export function typeText(schema: Schema): string {
  if (schema.words) return union(schema.words);
  switch (schema.type) {
    case 'object':
    case 'strict_object':
      return `{ ${fieldTexts(schema).join(', ')} }`;
    case 'array':
      return arrayText(typeText(schema.item as Schema));
    case 'tuple':
    case 'strict_tuple':
      return `[${(schema.items ?? []).map(typeText).join(', ')}]`;
    case 'picklist':
    case 'union':
    case 'variant':
      return union(schema.options ?? []);
    case 'literal':
      return JSON.stringify(schema.literal);
    case 'custom':
      return schema.expects ?? 'unknown';
    default:
      return schema.type;
  }
}

/** `name: type` of each entry of an object, `name?: type` where it may be absent. */
export const fieldTexts = (schema: Schema): string[] =>
  Object.entries(schema.entries ?? {}).map(([name, field]) =>
    field.type === 'exact_optional'
      ? `${name}?: ${typeText(field.wrapped as Schema)}`
      : `${name}: ${typeText(field)}`,
  );

const union = (options: readonly unknown[]): string =>
  options.map((option) => (isSchema(option) ? typeText(option) : JSON.stringify(option))).join(' | ');

const arrayText = (item: string): string =>
  item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
