package demo

import "fmt"

// progress is how far the loading is.
type progress struct {
	doing       string
	before      float64 // what the steps before came to, as a fraction of 1
	share       float64 // what this one comes to
	done, parts int
}

// begin begins a step that takes a share of the time and has so many parts.
func (l *Loader) begin(doing string, share float64, parts int) {
	l.mu.Lock()
	l.progress = progress{doing: doing, before: l.progress.before + l.progress.share, share: share, parts: parts}
	l.mu.Unlock()
	l.draw()
}

// advance tells that further parts of the step are done.
func (l *Loader) advance(parts int) {
	l.mu.Lock()
	l.progress.done += parts
	l.mu.Unlock()
	l.draw()
}

// reach tells how many of its parts are done in all.
func (l *Loader) reach(parts int) {
	l.mu.Lock()
	l.progress.done = parts
	l.mu.Unlock()
	l.draw()
}

func (l *Loader) draw() {
	l.mu.Lock()
	p := l.progress
	l.mu.Unlock()
	doing := p.doing
	if p.done > 0 {
		doing += fmt.Sprintf(": %s of %s", grouped(fmt.Sprint(min(p.done, p.parts))), grouped(fmt.Sprint(p.parts)))
	}
	l.screen.bar(p.before+p.share*float64(min(p.done, p.parts))/float64(p.parts), doing)
}
