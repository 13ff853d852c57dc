package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Screen is what the demo tells its progress and its results to.
type Screen struct {
	Out io.Writer
	// Width is how many columns a terminal has; 0 where Out is none: then
	// there are plain lines only.
	Width int
	// Colours says whether to use them.
	Colours bool

	mu    sync.Mutex
	drawn bool // whether a bar stands on the last line
}

// The attributes of text on a terminal.
const (
	bold      = "1"
	dim       = "2"
	green     = "32"
	amber     = "33"
	eraseLine = "\x1b[K" // the rest of the line
)

// Strong gives a text that stands out, where there are colours.
func (s *Screen) Strong(text string) string { return s.paint(bold, text) }

// paint gives a text in a colour, where there are colours.
func (s *Screen) paint(attribute, text string) string {
	if !s.Colours {
		return text
	}
	return "\x1b[" + attribute + "m" + text + "\x1b[0m"
}

// Heading writes a line that begins something new.
func (s *Screen) Heading(format string, args ...any) {
	s.Printf("\n%s\n\n", s.Strong(fmt.Sprintf(format, args...)))
}

// Printf writes lines, in the place of a bar.
func (s *Screen) Printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn {
		fmt.Fprint(s.Out, "\r"+eraseLine)
		s.drawn = false
	}
	fmt.Fprintf(s.Out, format, args...)
}

// done tells that a step of the loading is done.
func (s *Screen) done(name, told string, took time.Duration) {
	s.Printf(" %-28s%-43s%5.1f s\n", name, told, took.Seconds())
}

const barCells = 30

// bar draws how much of the loading is done, as a fraction of 1, and what is
// being done. The cursor stays at its beginning, so that a line of the log
// takes its place.
func (s *Screen) bar(fraction float64, doing string) {
	if s.Width == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	full := min(barCells, max(0, int(fraction*barCells+0.5)))
	line := fmt.Sprintf(" %s%s %3.0f%%  %s", strings.Repeat("█", full), strings.Repeat("░", barCells-full), 100*fraction, doing)
	if runes := []rune(line); len(runes) >= s.Width {
		line = string(runes[:s.Width-1])
	}
	fmt.Fprint(s.Out, line+eraseLine+"\r")
	s.drawn = true
}

// line tells of a part of a step where there is no bar to do so.
func (s *Screen) line(name, told string) {
	if s.Width == 0 {
		s.Printf(" %-28s%s\n", name, told)
	}
}
