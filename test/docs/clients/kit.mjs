// What the clients of this folder are told, and what they tell: the changes as
// "before>after" and, after the third, the end.
export const { URL: url, TOKEN: token, AFTER: after } = process.env;

export const query = `subscription($after: BigInt) {
  earningsChanged(after: $after) { sequence changes { previous { amount } earning { amount { amount } } } }
}`;

let shown = 0;

export function show(event) {
  for (const { previous, earning } of event.changes) console.log(`${previous?.amount}>${earning?.amount.amount}`);
  if (++shown === 3) process.exit(0);
}
