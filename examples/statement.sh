#!/usr/bin/env bash
# Saves the caller's own statement of a pay period as a PDF, with curl alone.
#
#   export TOKEN=$(go run . token --payee "Emil Dahl")
#   examples/statement.sh 2026-12 "$HOME"
set -euo pipefail
url=${URL:-http://127.0.0.1:8080/graphql}
name=$1
folder=${2:-.}

# request DOCUMENT VARIABLES
request() {
  curl --silent --show-error --fail-with-body --max-time 60 "$url" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
    --data-binary "{\"query\": \"$1\", \"variables\": $2}"
}

# text NAME: the text of the last member of that name.
text() { sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }

# shellcheck disable=SC2016 # the dollars are GraphQL's
period=$(request 'query($name: String!) { periods(where: {names: [$name]}, first: 1) { nodes { id } } }' "{\"name\": \"$name\"}" | text id)
# shellcheck disable=SC2016
answer=$(request 'query($period: ID!) { statement(periodId: $period) { document(format: PDF) { fileName content } } }' "{\"period\": \"$period\"}")
file=$(text fileName <<<"$answer")
if [ -z "$file" ]; then
  echo "There is no statement of $name to see: $answer" >&2
  exit 1
fi
text content <<<"$answer" | base64 --decode >"$folder/$file"
echo "$folder/$file"
