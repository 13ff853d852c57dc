#!/usr/bin/env bash
# The first hour with curl alone: who am I, what did I earn and why, and a deal
# that moves it. TOKEN is a rep's, who sees its own pay; DEALS_TOKEN is of
# somebody who may record deals.
#
#   export TOKEN=$(go run . token --payee "Hassan Aziz")
#   export DEALS_TOKEN=$(go run . token --role SALES_OPS)
#   examples/curl.sh
set -euo pipefail
url=${URL:-http://127.0.0.1:8080/graphql}
day=${DAY:-2026-12-31}
deal=${DEAL:-curl-$(date +%s)} # a name of its own, so that it is a new deal

# request TOKEN DOCUMENT VARIABLES [CURL'S OPTIONS]: documents are without
# double quotes, values are in the variables.
request() {
  curl --silent --show-error --fail-with-body --max-time 60 "$url" "${@:4}" \
    -H "Authorization: Bearer $1" -H "Content-Type: application/json" \
    --data-binary "{\"query\": \"${2//$'\n'/ }\", \"variables\": $3}"
}

# text NAME: the text of the last member of that name.
text() { sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }

echo "--- Who am I?"
me=$(request "$TOKEN" '{ viewer { roles payee { name externalId } } }' '{}')
echo "$me"
payee=$(text externalId <<<"$me")

echo "--- What did I earn last?"
request "$TOKEN" '{ earnings(last: 3) { nodes { period { name } componentName amount { amount currency } attainment } } }' '{}'
echo

echo "--- Why?"
request "$TOKEN" 'query($key: String!, $day: Date!) {
  earnings(where: {componentKey: {eq: $key}, periodStart: {lte: $day}, periodEnd: {gte: $day}}) { nodes {
    explanation { verified recomputed root { label amount children {
      kind label amount value rate credit { transaction { externalId } } } } } } } }' \
  "{\"key\": \"commission\", \"day\": \"$day\"}"
echo

echo "--- I follow my pay from here on ..."
sequence=$(request "$TOKEN" '{ sequence }' '{}' | text sequence)
exec 3< <(request "$TOKEN" 'subscription($after: BigInt) { earningsChanged(after: $after) {
  changes { previous { amount } earning { period { name } componentName amount { amount currency } } } } }' \
  "{\"after\": \"$sequence\"}" --no-buffer -H "Accept: text/event-stream")
following=$!
trap 'kill "$following" 2>/dev/null || true' EXIT

echo "--- ... while somebody records a deal of mine,"
record() {
  request "$DEALS_TOKEN" 'mutation($deals: [TransactionInput!]!) { recordTransactions(input: {transactions: $deals}) {
    created unchanged rejected replayed rows { status errors { path code message } } userErrors { path code message } } }' \
    "{\"deals\": [{\"source\": \"curl\", \"externalId\": \"$deal\", \"kind\": \"BOOKING\", \"eventDate\": \"$day\",
      \"amount\": \"12000.00\", \"currency\": \"USD\", \"sellers\": [{\"payee\": \"$payee\"}]}]}" \
    -H "Idempotency-Key: $1"
  echo
}
record "first $deal"

echo "--- and the amount moves:"
while read -r -t 60 line <&3; do
  if [[ $line == data:* ]]; then
    echo "$line"
    break
  fi
done

echo "--- The same request again is answered as it was, and does nothing,"
record "first $deal"
echo "--- and the same deal in another request is known already:"
record "second $deal"
