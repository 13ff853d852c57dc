package storetest

import "go.uber.org/goleak"

// Goroutines are goleak options that ignore what lives as long as the process.
func Goroutines() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreAnyFunction("spm/store/pgembed.(*Server).supervise"),
		goleak.IgnoreAnyFunction("spm/store/pgembed.(*Server).release"),
	}
}
