package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// way is how a resolver gets at what it gives.
type way int

const (
	asks  way = iota // the database, or anything else that takes its time
	loads            // an object from a loader, which gathers ids
	reads            // nothing but the object
)

// What a resolver's comment says of its way, on a line of its own, where that cannot
// be seen from its body.
var told = map[string]way{
	"It reads nothing but the object.": reads,
	"It comes from a loader.":          loads,
}

// readResolvers tells the ways of the resolvers in a directory, by their receivers'
// types and their names, such as creditResolver.Payee.
func readResolvers(dir string) (map[string]way, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.resolvers.go"))
	if err != nil {
		return nil, err
	}
	out, set := map[string]way{}, token.NewFileSet()
	for _, name := range files {
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, declared := range file.Decls {
			if f, is := declared.(*ast.FuncDecl); is && f.Recv != nil && f.Body != nil {
				if star, is := f.Recv.List[0].Type.(*ast.StarExpr); is {
					if receiver, is := star.X.(*ast.Ident); is {
						out[receiver.Name+"."+f.Name.Name] = wayOf(f)
					}
				}
			}
		}
	}
	return out, nil
}

func wayOf(f *ast.FuncDecl) way {
	if f.Doc != nil {
		for line := range strings.Lines(f.Doc.Text()) {
			if way, tells := told[strings.TrimSpace(line)]; tells {
				return way
			}
		}
	}
	if len(f.Body.List) == 1 && callsOne(f.Body.List[0]) {
		return loads
	}
	return asks
}

// callsOne knows "return one(ctx, from(ctx).payees, obj.PayeeID)".
func callsOne(s ast.Stmt) bool {
	back, is := s.(*ast.ReturnStmt)
	if !is || len(back.Results) != 1 {
		return false
	}
	call, is := back.Results[0].(*ast.CallExpr)
	if !is || len(call.Args) != 3 {
		return false
	}
	called, is := call.Fun.(*ast.Ident)
	return is && called.Name == "one"
}
