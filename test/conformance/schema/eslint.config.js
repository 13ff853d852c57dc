// The rules that @graphql-eslint recommends for a schema, and those of Relay's
// specifications, over the schema that the server serves. What is not as they
// have it stands here with its reason.
import graphql from '@graphql-eslint/eslint-plugin';

const recommended = graphql.configs['flat/schema-recommended'].rules;
const relay = graphql.configs['flat/schema-relay'].rules;

// Single findings that are to be. One that is not found any more is a finding.
const exceptions = [
  {
    rule: 'no-unreachable-types',
    message: 'Directive `can` is unreachable.',
    reason: 'Introspection gives directives, and not where they stand: @can is on every type and root field of the source.',
  },
  {
    rule: 'naming-convention',
    message: 'Type "CreditType" should not have "Type" suffix',
    reason: 'A credit type is what the trade calls it: revenue, margin, units. It is no type of the schema.',
  },
  {
    rule: 'no-typename-prefix',
    message: 'Field "creditType" starts with the name of the parent type "Credit"',
    reason: 'It leads to a CreditType, beside kind, which is something else.',
  },
  {
    rule: 'no-typename-prefix',
    message: 'Field "earningCode" starts with the name of the parent type "Earning"',
    reason: 'It is the code of payroll, named as in EarningCode, beside componentKey: code alone would not say whose.',
  },
  {
    rule: 'no-typename-prefix',
    message: 'Field "attainment" starts with the name of the parent type "Attainment"',
    reason: 'It is the figure, measure by quota, as in Earning.attainment; the type is named for what it is of.',
  },
  ...Object.entries({
    CreditGroupEdge: 'a group of credits: a sum over rows, which no id names',
    EarningGroupEdge: 'a group of earnings: the same',
    QuotaGroupEdge: 'a group of quotas: the same',
    TransactionGroupEdge: 'a group of transactions: the same',
    CorrectionLineEdge: 'a line of a closed period told anew: of its correction',
    DiffChangeEdge: 'a cause of a difference: of the two results that were compared',
    EarningLineEdge: 'a line of an earning: of the earning, which is calculated anew as a whole',
    HoldEdge: 'what is held of an earning: of the earning',
    LedgerEntryEdge: 'an entry of a ledger: of the statement that it is on',
    PlanChangeEdge: 'a difference between two versions: of the two',
  }).map(([type, reason]) => ({ rule: 'relay-edge-types', type, message: "Edge type's field `node` must implement `Node` interface.", reason })),
];

// is tells whether a finding is what an exception says, of the type that it says.
function is({ rule, message, type }, finding, lines) {
  const within = () => lines.slice(0, finding.line).findLast((line) => line.startsWith('type '))?.split(' ')[1];
  return finding.ruleId === `@graphql-eslint/${rule}` && finding.message === message && (!type || type === within());
}

let lines;
const processor = {
  meta: { name: 'exceptions', version: '1' },
  preprocess: (text) => {
    lines = text.split('\n');
    return [text];
  },
  postprocess: ([found]) => {
    const lost = exceptions.filter((exception) => !found.some((finding) => is(exception, finding, lines)));
    return [
      ...found.filter((finding) => !exceptions.some((exception) => is(exception, finding, lines))),
      ...lost.map(({ rule, message }) => ({ ruleId: rule, message: `not found any more: ${message}`, severity: 2, line: 1, column: 1 })),
    ];
  },
};

export default [
  {
    files: ['generated/schema.graphql'],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: './generated/schema.graphql' } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@graphql-eslint': graphql },
    processor,
    rules: {
      ...recommended,
      ...relay,
      // Each type is to have an id, says the rule. Ours has one where it is a Node
      // and so can be asked for by it: values (an amount, a slice of time, a page,
      // a payload) are parts of what has one, and a client keeps them with it.
      '@graphql-eslint/strict-id-in-types': 'off',
      // Lists that may be long are connections, with edges, as all other parts of
      // this rule have it. Short and bounded ones (the errors of a mutation, the
      // slices of an object) and nodes, which is beside edges, are plain lists.
      '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false }],
    },
  },
];
