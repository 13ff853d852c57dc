// A payee's statement of a period; a statement is a node too.
import { graphql } from 'relay-runtime';

export const query = graphql`
  query statementQuery($payee: ID!, $period: ID!, $count: Int!) {
    statement(payeeId: $payee, periodId: $period) {
      id
      ...statement_earnings @arguments(count: $count)
    }
  }
`;

export const earnings = graphql`
  fragment statement_earnings on Statement
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" })
  @refetchable(queryName: "statementEarningsQuery") {
    id
    totals {
      ...money_amount
    }
    earnings(first: $count, after: $cursor) @connection(key: "statement_earnings") {
      edges {
        node {
          id
          amount {
            ...money_amount
          }
        }
      }
    }
  }
`;
