import * as z from 'zod';

type Json = {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Json>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Json | boolean;
  readonly description?: string;
};

/** The TypeScript type of the input or output of a schema, written out, so that its reader needs no zod (docs/decisions.md#written-types). */
export const shapeOf = (schema: z.ZodType, io: 'input' | 'output'): string => {
  const json = z.toJSONSchema(schema, { io, unrepresentable: 'throw', reused: 'inline' }) as Json;
  return written(json, json.$defs ?? {});
};

const written = (json: Json, named: Readonly<Record<string, Json>>): string => {
  if (json.$ref !== undefined) return written(targetOf(json.$ref, named), named);
  const options = json.anyOf ?? json.oneOf;
  if (options && json.properties === undefined)
    return [...new Set(options.map((option) => written(option, named)))].join(' | ');
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.enum) return json.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (Array.isArray(json.type)) return json.type.map((type) => written({ ...json, type }, named)).join(' | ');
  if (json.type === 'array') return `(${written(json.items ?? {}, named)})[]`;
  if (json.type === 'object') return objectOf(json, named);
  if (json.type === 'integer' || json.type === 'number') return 'number';
  if (json.type === 'string' || json.type === 'boolean' || json.type === 'null') return json.type;
  if (json.type === undefined) return 'unknown';
  throw new Error(`A shape of the type ${json.type} cannot be written.`);
};

const objectOf = ({ properties, required = [], additionalProperties }: Json, named: Readonly<Record<string, Json>>) => {
  if (properties === undefined)
    return `Record<string, ${typeof additionalProperties === 'object' ? written(additionalProperties, named) : 'unknown'}>`;
  const fields = Object.entries(properties).map(([name, json]) => {
    const isRequired = required.includes(name);
    const type = written(json, named);
    const comment = json.description === undefined ? '' : `/** ${json.description} */\n`;
    return `${comment}${JSON.stringify(name)}${isRequired ? '' : '?'}: ${type}${isRequired ? '' : ' | undefined'};\n`;
  });
  return `{\n${fields.join('')}}`;
};

const targetOf = (reference: string, named: Readonly<Record<string, Json>>): Json => {
  const name = reference.replace('#/$defs/', '');
  const json = named[name];
  if (!json) throw new Error(`There is no shape ${reference}.`);
  return json;
};
