// Package plantext writes a plan version as canonical YAML and reads it back.
//
// The text is made from the fields of the model by their json names, in the
// order in which the model declares them: a new field of a component or of the
// rules comes along by itself. What an id points at stands by the caller's own
// key. Numbers are decimal text in their shortest form, and never floats.
//
// What is read is bounded: MaxText bytes, maxTokens tokens and maxDepth levels,
// counted before anything is built of them; anchors, aliases, tags, merge keys,
// directives and several documents are refused, so that no text is larger than
// it looks.
package plantext
