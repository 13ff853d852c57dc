// Brings the schema that a server serves, by introspection, to generated/.
import { mkdirSync, writeFileSync } from 'node:fs';

import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql';

export const folder = new URL('./generated/', import.meta.url);

export async function ask(url, token, query, variables = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(`${query}\nanswered ${JSON.stringify(answer.errors)}`);
  return answer;
}

export async function bring(url, token) {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true, schemaDescription: true });
  const { data } = await ask(url, token, query);
  const schema = buildClientSchema(data);
  mkdirSync(new URL('relay/', folder), { recursive: true }); // where relay.config.json has the compiler write
  writeFileSync(new URL('relay/package.json', folder), '{ "type": "commonjs" }'); // it leaves the endings of imports out
  writeFileSync(new URL('schema.graphql', folder), printSchema(schema) + '\n');
  return schema;
}
