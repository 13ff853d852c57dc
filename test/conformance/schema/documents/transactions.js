// What was sold, and the credits of each sale.
import { graphql } from 'relay-runtime';

export const query = graphql`
  query transactionsQuery($count: Int!, $credits: Int!) {
    ...transactions_list @arguments(count: $count, credits: $credits)
  }
`;

export const list = graphql`
  fragment transactions_list on Query
  @argumentDefinitions(
    count: { type: "Int!" }
    credits: { type: "Int!" }
    cursor: { type: "Cursor" }
    orderBy: { type: "[TransactionOrder!]" }
  )
  @refetchable(queryName: "transactionsPageQuery") {
    transactions(first: $count, after: $cursor, orderBy: $orderBy) @connection(key: "transactions_transactions") {
      totalCount
      edges {
        node {
          id
          externalId
          amount {
            ...money_amount
          }
          ...transactions_credits @arguments(count: $credits)
        }
      }
    }
  }
`;

export const credits = graphql`
  fragment transactions_credits on Transaction
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" })
  @refetchable(queryName: "transactionsCreditsQuery") {
    id
    credits(first: $count, after: $cursor) @connection(key: "transactions_credits") {
      edges {
        node {
          id
          kind
          amount {
            ...money_amount
          }
          position {
            id
            name
          }
        }
      }
    }
  }
`;
