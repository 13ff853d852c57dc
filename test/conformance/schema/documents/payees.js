// A front end's list of payees, with what each earned: a page at a time, and
// one payee anew by its id.
import { graphql } from 'relay-runtime';

export const query = graphql`
  query payeesQuery($count: Int!) {
    ...payees_list @arguments(count: $count)
  }
`;

export const list = graphql`
  fragment payees_list on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" })
  @refetchable(queryName: "payeesPageQuery") {
    payees(first: $count, after: $cursor) @connection(key: "payees_payees") {
      totalCount
      edges {
        node {
          id
          ...payees_row
        }
      }
    }
  }
`;

export const row = graphql`
  fragment payees_row on Payee @refetchable(queryName: "payeesRowQuery") {
    id
    externalId
    name
    version
  }
`;
