package command

import (
	"context"
	"errors"
	"flag"
)

func prepareDemo(flags *flag.FlagSet) runner {
	_ = flags.String("addr", defaultAddr, addrUsage)
	_ = flags.String("data-dir", "", dataDirUsage)
	_ = flags.Bool("reset", false, "remove the demo's data first; refused where the data directory holds other tenants")
	return func(context.Context, *Env) error { return errors.New("the demo's company is not written yet") }
}
