package command

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"spm/store/pgembed"
)

// The environment variables that are read, and no others.
const (
	envDatabaseURL      = "DATABASE_URL"
	envServeDatabaseURL = "SERVE_DATABASE_URL"
	envIssuer           = "SPM_ISSUER"
	envAudience         = "SPM_AUDIENCE"
	envKeySetURL        = "SPM_JWKS_URL"
	envKeyFile          = "SPM_KEY_FILE"
	envAuditKeyFile     = "SPM_AUDIT_KEY_FILE"
	envAllowOrigins     = "SPM_ALLOW_ORIGINS"
	envLog              = "SPM_LOG"
	envTracesURL        = "SPM_TRACES_URL"
	envTracesHeaders    = "OTEL_EXPORTER_OTLP_TRACES_HEADERS" // read by OpenTelemetry itself
	envNoColour         = "NO_COLOR"
)

var environment = []struct{ name, text string }{
	{envDatabaseURL, "URL of a Postgres (15 to 18) as the owner of its tables, read by demo and migrate and, where " + envServeDatabaseURL + " is not set, by tenant create, token and verify; without either they use the private Postgres of the data directory"},
	{envServeDatabaseURL, "URL of the same database as the role spm_server, read by serve, tenant create, token and verify (`spm migrate url` prints it)"},
	{envKeySetURL, "https address of the JWK set whose keys sign access tokens (RS256, PS256, ES256 or EdDSA)"},
	{envKeyFile, "file with such a JWK set; without either the key pair of the data directory signs"},
	{envIssuer, "issuer of access tokens; needed with " + envKeySetURL + " or " + envKeyFile + ", otherwise " + ownIssuer + " where it is not set"},
	{envAuditKeyFile, "file with the Ed25519 key (PKCS #8 in PEM, mode 0600; made where it is missing) that signs the heads of audit trails, read by serve and demo; with the private Postgres audit.pem of the data directory where it is not set, otherwise they are not signed"},
	{envAllowOrigins, "origins of the pages that may use the API from a browser, with commas between, read by serve and demo; those of --allow-origin are added"},
	{envAudience, "audience of access tokens, " + ownAudience + " where it is not set"},
	{envLog, "form of the log, as --log: text or json"},
	{envTracesURL, "where traces go, as --traces-url, which comes first"},
	{envTracesHeaders, "headers for the collector of traces, such as its token, as name=value with commas between; what else begins with OTEL_ is read as OpenTelemetry's specification says"},
	{pgembed.EnvBin, "directory of the Postgres server binaries that the private Postgres runs from; searched for where it is not set"},
	{envNoColour, "whatever it is, the demo uses no colours"},
}

const preamble = `spm is a headless backend for sales performance management: one GraphQL API on Postgres.

Usage: spm COMMAND [FLAGS]

Without DATABASE_URL it runs a private Postgres in the data directory and stops it at the end.
Ctrl-C or SIGTERM ends it in good order, a second one at once.
`

func writeHelp(w io.Writer) {
	fmt.Fprintf(w, "%s\nCommands:\n", preamble)
	for _, one := range commands() {
		fmt.Fprintln(w)
		writeCommand(w, one)
	}
	fmt.Fprintf(w, "\nEnvironment:\n\n")
	for _, one := range environment {
		writeEntry(w, "  "+one.name, one.text)
	}
}

func writeCommandHelp(w io.Writer, c command) {
	fmt.Fprintf(w, "Usage: spm %s [FLAGS]\n\n", c.name)
	writeCommand(w, c)
	fmt.Fprintln(w, "\n`spm --help` lists every command and environment variable.")
}

func writeCommand(w io.Writer, c command) {
	writeEntry(w, "  "+c.name, c.summary)
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.prepare(flags)
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" {
			text += " (" + f.DefValue + " where absent)"
		}
		writeEntry(w, strings.TrimRight("    --"+f.Name+" "+strings.ToUpper(value), " "), text)
	})
}

const (
	entryIndent = 27
	helpWidth   = 110
)

// writeEntry writes a name and its text beside it, wrapped.
func writeEntry(w io.Writer, name, text string) {
	line := fmt.Sprintf("%-*s", entryIndent-1, name)
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > helpWidth {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			line = strings.Repeat(" ", entryIndent-1)
		}
		line += " " + word
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}
