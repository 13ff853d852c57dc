package telemetry

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"spm/resolver"
)

// other stands for all names beyond those that are kept apart.
const other = "other"

// maxName bounds a name that is kept apart.
const maxName = 64

// names are the values that a label may take: the first so many that come.
type names struct {
	most int
	mu   sync.RWMutex
	kept map[string]string
}

func newNames(most int) *names { return &names{most: most, kept: map[string]string{}} }

// of gives the name itself where there is room for it, or other. What it keeps is
// a copy: a name may be part of a long document.
func (n *names) of(name string) string {
	n.mu.RLock()
	kept, known := n.kept[name]
	n.mu.RUnlock()
	switch {
	case known:
		return kept
	case name == "" || len(name) > maxName:
		return other
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.kept) >= n.most {
		return other
	}
	kept = strings.Clone(name)
	n.kept[kept] = kept
	return kept
}

// operation is the label of an operation. Clients choose names: those of trusted
// documents have room of their own, and strangers none.
func (t *Telemetry) operation(asked resolver.Asked) string {
	switch {
	case asked.Name == "" && asked.Kind != "":
		return "anonymous"
	case asked.Trusted:
		return t.trusted.of(asked.Name)
	case asked.SignedIn:
		return t.named.of(asked.Name)
	}
	return other
}

var described = regexp.MustCompile(`fqName: "(spm_[a-z_]+)"`)

// namesOf gives the sorted names of the metrics that are described.
func namesOf(all <-chan *prometheus.Desc) (found []string) {
	for one := range all {
		if m := described.FindStringSubmatch(one.String()); m != nil {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
