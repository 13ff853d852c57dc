import type { CodegenConfig } from "@graphql-codegen/cli";

// Exact numbers stay text: give them to a decimal library, never to a number.
const text = { input: "string", output: "string" };

const config: CodegenConfig = {
  schema: "../../graph/schema/*.graphqls",
  documents: "src/main.ts",
  emitLegacyCommonJSImports: false, // imports as Node takes them
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string",
        useTypeImports: true,
        enumsAsTypes: true,
        skipTypename: true,
        strictScalars: true,
        scalars: { BigInt: text, CurrencyCode: text, Cursor: text, Date: text, DateTime: text, Decimal: text, RowText: text },
      },
    },
  },
};

export default config;
