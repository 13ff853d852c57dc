import { graphql } from 'relay-runtime';

export const amount = graphql`
  fragment money_amount on Money {
    amount
    currency
  }
`;
