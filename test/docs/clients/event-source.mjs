import { EventSource } from "eventsource"; // which browsers have
import { after, query, show, token, url } from "./kit.mjs";

const address = new URLSearchParams({ query, variables: JSON.stringify({ after }), access_token: token });
const source = new EventSource(`${url}?${address}`);
source.addEventListener("next", (event) => {
  const { data, errors } = JSON.parse(event.data);
  if (errors) throw new Error(errors[0].message);
  show(data.earningsChanged);
});
source.addEventListener("complete", () => source.close()); // it would come back otherwise
