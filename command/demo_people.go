package command

import (
	"errors"
	"os"
	"strings"
	"time"

	"spm/auth"
	"spm/command/demo"
	"spm/command/graphiql"
)

// How long the demo's tokens live: those that it loads with, and those that it
// hands out.
const (
	loadingTTL = time.Hour
	guideTTL   = 12 * time.Hour
)

// signed is a token until it has to be replaced.
type signed struct {
	token string
	until time.Time
}

// token gives a token to load with as a user of the demo.
func (d *demonstration) token(subject string) (string, error) {
	now := time.Now()
	if kept, found := d.tokens.Load(subject); found && kept.(signed).until.After(now) {
		return kept.(signed).token, nil
	}
	token, err := d.sign(subject, now, loadingTTL)
	d.tokens.Store(subject, signed{token, now.Add(loadingTTL / 2)})
	return token, err
}

func (d *demonstration) sign(subject string, now time.Time, ttl time.Duration) (string, error) {
	claims := auth.Claims{Issuer: d.verifier.Issuer, Subject: subject, Tenant: d.tenant, Expires: now.Add(ttl)}
	return d.key.Sign(claims, d.verifier.Audience, now)
}

// people are those as whom the page at / lets one ask.
func (d *demonstration) people() (people []graphiql.Person, err error) {
	if !d.loaded.Load() {
		return nil, errors.New("the demo is still loading")
	}
	now := time.Now()
	for _, guide := range d.guides.All() {
		one := graphiql.Person{Subject: guide.Subject, Name: guide.Name, Role: guide.Role, Expires: now.Add(guideTTL)}
		if one.Token, err = d.sign(guide.Subject, now, guideTTL); err != nil {
			return nil, err
		}
		people = append(people, one)
	}
	return people, nil
}

// invite hands out tokens and says how to go on.
func (d *demonstration) invite() error {
	now := time.Now()
	d.screen.Heading("Tokens, good for 12 hours")
	for _, one := range []struct {
		name  string
		guide demo.Guide
	}{{"REP", d.guides.Rep}, {"MANAGER", d.guides.Manager}, {"COMP_ADMIN", d.guides.CompAdmin}, {"FINANCE", d.guides.Finance}} {
		token, err := d.sign(one.guide.Subject, now, guideTTL)
		if err != nil {
			return err
		}
		d.screen.Printf(" %s, %s: %s\n%s=%s\n\n", d.screen.Strong(one.guide.Name), one.guide.Role, one.guide.Does, one.name, token)
	}
	where := ""
	if d.named != "" {
		where = " --data-dir " + quoted(d.named)
	}
	command := programName() + " token" + where + " --tenant " + demoTenant
	d.screen.Printf(" Others: %s --payee 'Emil Dahl'\n     or: %s --role SALES_OPS\n", command, command)
	d.screen.Heading("What to try next")
	d.screen.Printf(` In a shell, after the line of REP above:

curl -s %s/graphql -H "Authorization: Bearer $REP" -H "Content-Type: application/json" -d '{"query":"{ viewer { payee { name } } earnings(last: 3) { nodes { componentName period { name } attainment amount { amount currency } } } }"}'

 In a browser, %s
 has tabs that run as they stand, lets you choose who asks, and records a deal
 while you watch the pay move. examples/portal.html, opened as a file, is a page
 of a rep's pay in one readable file: give it the URL and the token of REP.

`, d.base, d.screen.Strong(d.base+"/"))
	d.screen.Printf("Serving %s/graphql after %.1f s; Ctrl-C ends it\n", d.base, time.Since(d.began).Seconds())
	return nil
}

// quoted is a word of a shell's command line.
func quoted(word string) string {
	if strings.ContainsFunc(word, func(c rune) bool {
		return !strings.ContainsRune("-_./:@", c) && !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9')
	}) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// programName is how the user started this program.
func programName() string {
	if path, err := os.Executable(); err == nil && builtByGoRun(path) {
		return "go run ."
	}
	return quoted(os.Args[0])
}
