// What stands in a document: the operation that is to run, and what the
// comment above it asks of this page:
//
//   # As Ada Byrne, comp admin       whose token to send, unless another is picked
//   # $key = "TRY-{now}"             a text for a variable; {now} is the time
//   # $plan = plans(last: 1) { ... } the first value that this selection of Query gives

// choose cuts out the operation of a name, since the server takes one at a
// time, and gives its text, its name and the comment above it.
export function choose(text, syntax, operationName) {
  const operations = (syntax?.definitions ?? []).filter((one) => one.kind === 'OperationDefinition');
  const chosen = operations.find((one) => one.name?.value === operationName) ?? operations[0];
  if (!chosen) return { text, name: operationName, kind: undefined, comment: leading(text) };
  const before = syntax.definitions.filter((one) => one.loc.end <= chosen.loc.start).map((one) => one.loc.end);
  const comment = text.slice(Math.max(0, ...before), chosen.loc.start);
  const alone = operations.length === 1 ? text : [chosen, ...fragments(text, syntax, chosen)].map((one) => source(text, one)).join('\n');
  return { text: alone, name: chosen.name?.value, kind: chosen.operation, comment };
}

const source = (text, definition) => text.slice(definition.loc.start, definition.loc.end);

const leading = (text) => /^(\s*#.*\n|\s*\n)*/.exec(text)[0];

// fragments are those that a definition spreads, directly or through others.
function fragments(text, syntax, from) {
  const found = new Set();
  const visit = (definition) => {
    for (const [, name] of source(text, definition).matchAll(/\.\.\.\s*(?!on\b)([_A-Za-z]\w*)/g)) {
      const fragment = syntax.definitions.find((one) => one.kind === 'FragmentDefinition' && one.name.value === name);
      if (fragment && !found.has(fragment)) {
        found.add(fragment);
        visit(fragment);
      }
    }
  };
  visit(from);
  return found;
}

// suggested is the person that a comment names.
export const suggested = (comment, people) => people.find((one) => comment.includes('As ' + one.name));

// fill gives the variables that a comment asks for and nobody has given: ask
// sends a query and gives its data.
export async function fill(comment, given, ask) {
  const filled = {};
  for (const [, name, what] of comment.matchAll(/^#\s*\$(\w+)\s*=\s*(.+)$/gm)) {
    if (name in given) continue;
    const literal = /^"(.*)"$/.exec(what.trim());
    filled[name] = literal ? literal[1].replaceAll('{now}', now()) : first(await ask(`{ ${what} }`));
  }
  return filled;
}

const now = () => new Date().toISOString().replace(/\D/g, '').replace(/^(.{8})(.{6})(.*)$/, '$1-$2-$3');

// first is the first value in an answer that is neither object nor list.
function first(value) {
  if (value === null || typeof value !== 'object') return value;
  for (const one of Object.values(value)) {
    const found = first(one);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}
