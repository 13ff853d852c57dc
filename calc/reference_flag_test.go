package calc

import "flag"

var explainReference = flag.Int("explain-reference", -1, "a seed that differs: stop at it and show it")
