// A payee's earnings with the lines of each, and a statement's earnings: lists
// of a node are paged by the node's id.
import { graphql } from 'relay-runtime';

export const query = graphql`
  query earningsQuery($where: EarningWhere, $count: Int!, $lines: Int!) {
    ...earnings_list @arguments(where: $where, count: $count, lines: $lines)
  }
`;

export const list = graphql`
  fragment earnings_list on Query
  @argumentDefinitions(
    where: { type: "EarningWhere" }
    count: { type: "Int!" }
    lines: { type: "Int!" }
    cursor: { type: "Cursor" }
  )
  @refetchable(queryName: "earningsPageQuery") {
    earnings(where: $where, first: $count, after: $cursor) @connection(key: "earnings_earnings") {
      edges {
        node {
          id
          componentKey
          amount {
            ...money_amount
          }
          payee {
            ...payees_row
          }
          period {
            name
          }
          ...earnings_lines @arguments(count: $lines)
        }
      }
    }
  }
`;

export const lines = graphql`
  fragment earnings_lines on Earning
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" })
  @refetchable(queryName: "earningsLinesQuery") {
    id
    lines(first: $count, after: $cursor) @connection(key: "earnings_lines") {
      edges {
        node {
          amount {
            ...money_amount
          }
          credit {
            id
          }
        }
      }
    }
  }
`;
