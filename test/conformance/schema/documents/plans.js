// Plans, and the versions of each.
import { graphql } from 'relay-runtime';

export const query = graphql`
  query plansQuery($count: Int!, $versions: Int!) {
    ...plans_list @arguments(count: $count, versions: $versions)
  }
`;

export const list = graphql`
  fragment plans_list on Query
  @argumentDefinitions(count: { type: "Int!" }, versions: { type: "Int!" }, cursor: { type: "Cursor" })
  @refetchable(queryName: "plansPageQuery") {
    plans(first: $count, after: $cursor) @connection(key: "plans_plans") {
      edges {
        node {
          id
          name
          ...plans_versions @arguments(count: $versions)
        }
      }
    }
  }
`;

export const versions = graphql`
  fragment plans_versions on Plan
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" })
  @refetchable(queryName: "plansVersionsQuery") {
    id
    versions(first: $count, after: $cursor) @connection(key: "plans_versions") {
      edges {
        node {
          id
          number
          state
        }
      }
    }
  }
`;
