// Writes TypeScript of the whole schema, and of an operation for every root
// field with every leaf of what it leads to, which tsc then has to take.
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescript from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { writeFileSync } from 'node:fs';
import { getNamedType, isAbstractType, isLeafType, isRequiredArgument, parse, printSchema, validate } from 'graphql';

import { folder } from './schema.mjs';

const scalars = Object.fromEntries(['BigInt', 'CurrencyCode', 'Cursor', 'Date', 'DateTime', 'Decimal', 'RowText'].map((name) => [name, 'string']));
const config = { scalars, strictScalars: true, immutableTypes: true, useTypeImports: true };

// An operation asks for a root field with a variable for each argument.
function operation(schema, kind, field) {
  const variables = field.args.map((arg) => `$${arg.name}: ${arg.type}`);
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`);
  const of = (list) => (list.length > 0 ? `(${list.join(', ')})` : '');
  const name = kind[0].toUpperCase() + kind.slice(1) + field.name[0].toUpperCase() + field.name.slice(1);
  return `${kind} ${name}${of(variables)} { ${field.name}${of(args)}${selection(schema, getNamedType(field.type), 3)} }`;
}

function selection(schema, type, depth) {
  if (isLeafType(type)) return '';
  if (isAbstractType(type)) {
    return ` { __typename ${schema.getPossibleTypes(type).map((one) => `... on ${one.name} { __typename }`).join(' ')} }`;
  }
  const fields = Object.values(type.getFields()).filter((field) => {
    const named = getNamedType(field.type);
    return named !== schema.getQueryType() && !field.args.some(isRequiredArgument) && (isLeafType(named) || depth > 1);
  });
  return ` { __typename ${fields.map((field) => field.name + selection(schema, getNamedType(field.type), depth - 1)).join(' ')} }`;
}

export async function generate(schema) {
  const texts = ['query', 'mutation', 'subscription'].flatMap((kind) => {
    const root = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }[kind];
    return Object.values(root.getFields()).map((field) => operation(schema, kind, field));
  });
  const documents = texts.map((text, i) => ({ location: `operation ${i}`, document: parse(text) }));
  for (const { document } of documents) {
    const errors = validate(schema, document);
    if (errors.length > 0) throw errors[0];
  }
  const common = { schema: parse(printSchema(schema)), config, documents };
  const types = await codegen({ ...common, documents: [], filename: 'types.ts', plugins: [{ typescript: {} }], pluginMap: { typescript } });
  const code = await codegen({
    ...common,
    filename: 'operations.ts',
    plugins: [{ operations: {} }, { typedDocumentNode: {} }],
    pluginMap: { operations, typedDocumentNode },
  });
  writeFileSync(new URL('types.ts', folder), types);
  writeFileSync(new URL('operations.ts', folder), code);
  return { operations: documents.length, lines: types.split('\n').length + code.split('\n').length };
}
