package command

import (
	"context"
	"flag"
	"fmt"

	"spm/service"
)

func prepareVerify(flags *flag.FlagSet) runner {
	dataDir := flags.String("data-dir", "", dataDirUsage)
	return func(ctx context.Context, e *Env) error {
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		return e.withService(ctx, dir, func(svc *service.Service) error {
			violations, err := svc.Verify(ctx)
			if err != nil {
				return err
			}
			for _, one := range violations {
				fmt.Fprintf(e.Stdout, "%s: %s\n", one.Law, one.Detail)
			}
			if len(violations) > 0 {
				return fmt.Errorf("%d violations of the laws", len(violations))
			}
			fmt.Fprintf(e.Stdout, "%d laws checked in every tenant: all laws hold\n", len(service.Laws()))
			return nil
		})
	}
}
