package command

import (
	"flag"
	"strings"

	"spm/resolver"
)

// originFlag declares --allow-origin, which may be repeated.
func originFlag(flags *flag.FlagSet) *[]string {
	var given []string
	flags.Func("allow-origin", "`origin` of pages that may use the API from a browser, like https://portal.example.com; may be repeated", func(value string) error {
		given = append(given, value)
		return nil
	})
	return &given
}

// origins are those of the command line and of the environment.
func (e *Env) origins(given []string) (resolver.Origins, error) {
	origins, err := resolver.ParseOrigins(append(given, strings.Split(e.Getenv(envAllowOrigins), ",")...))
	if err != nil {
		return origins, usagef("--allow-origin or %s: %s", envAllowOrigins, err)
	}
	return origins, nil
}
