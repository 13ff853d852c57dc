import { createClient } from "graphql-sse";
import { after, query, show, token, url } from "./kit.mjs";

const client = createClient({ url, headers: () => ({ Authorization: `Bearer ${token}` }) });
const variables = { after };
for await (const { data, errors } of client.iterate({ query, variables })) {
  if (errors) throw new Error(errors[0].message);
  variables.after = data.earningsChanged.sequence; // where to go on after a cut
  show(data.earningsChanged);
}
