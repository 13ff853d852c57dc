// Command generate writes graph/generated, and stubs for new fields in resolver/,
// from graph/schema: what gqlgen writes, and how objects are written directly
// (package direct). It is run from the root of the source.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate() error {
	log.SetOutput(io.Discard) // gqlgen tells each stub that it thinks of
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return err
	}
	cfg.SkipValidation = true // it compiles when enter is done
	ways, err := readResolvers(cfg.Resolver.Dir())
	if err != nil {
		return err
	}
	d := &directly{ways: ways}
	if err := api.Generate(cfg, api.AddPlugin(d)); err != nil {
		return err
	}
	return d.enter(cfg.Exec.DirName)
}
