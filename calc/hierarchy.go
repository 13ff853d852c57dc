package calc

import (
	"cmp"
	"fmt"
	"slices"

	"spm/model"
)

// Hierarchy is an index of the dated organisation: which position reported to
// which, who held it, and under what title. It is immutable and safe for
// concurrent use. A nil Hierarchy is an empty one.
type Hierarchy struct {
	positions   map[model.ID]*positionNode
	byExternal  map[string]*positionNode
	payees      map[model.ID]*payeeNode
	payeeByName map[string]*payeeNode // by external id
	titles      map[model.ID]string   // external id
}

type positionNode struct {
	id         model.ID
	externalID string
	slices     []positionSlice // ordered by From
	seats      []seat          // ordered by From, then external ids
	children   []*positionNode // that reported to it on some day; in no order
}

// positionSlice is a model.PositionSlice with its parent resolved.
type positionSlice struct {
	model.PositionSlice
	parent *positionNode // nil: none, or none that is known
}

type payeeNode struct {
	id         model.ID
	externalID string
	slices     []model.PayeeSlice // ordered by From
	seats      []seat             // ordered by From, then external ids
}

// seat is a position assignment with its two ends resolved.
type seat struct {
	id         model.ID
	externalID string
	payee      *payeeNode
	position   *positionNode
	days       model.Interval
}

// NewHierarchy indexes the organisation; the order of the slices does not
// matter. Two positions or payees with one id or external id, and a seat of an
// unknown position or payee, are errors.
func NewHierarchy(titles []model.Title, positions []model.Position, payees []model.Payee, seats []model.PositionAssignment) (*Hierarchy, error) {
	h := &Hierarchy{
		positions:   make(map[model.ID]*positionNode, len(positions)),
		byExternal:  make(map[string]*positionNode, len(positions)),
		payees:      make(map[model.ID]*payeeNode, len(payees)),
		payeeByName: make(map[string]*payeeNode, len(payees)),
		titles:      make(map[model.ID]string, len(titles)),
	}
	for i := range titles {
		h.titles[titles[i].ID] = titles[i].ExternalID
	}
	if err := h.addPositions(positions); err != nil {
		return nil, err
	}
	if err := h.addPayees(payees); err != nil {
		return nil, err
	}
	if err := h.addSeats(seats); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *Hierarchy) addPositions(positions []model.Position) error {
	for i := range positions {
		p := &positions[i]
		if h.positions[p.ID] != nil {
			return fmt.Errorf("two positions have the id %s", p.ID)
		}
		if h.byExternal[p.ExternalID] != nil {
			return fmt.Errorf("two positions have the external id %q", p.ExternalID)
		}
		node := &positionNode{id: p.ID, externalID: p.ExternalID, slices: make([]positionSlice, len(p.Slices))}
		for j := range p.Slices {
			node.slices[j].PositionSlice = p.Slices[j]
		}
		slices.SortFunc(node.slices, func(a, b positionSlice) int { return cmp.Compare(a.Days.From, b.Days.From) })
		h.positions[p.ID], h.byExternal[p.ExternalID] = node, node
	}
	for _, node := range h.positions {
		for i := range node.slices {
			if parent := node.slices[i].ParentID; parent != nil {
				node.slices[i].parent = h.positions[*parent]
				if above := h.positions[*parent]; above != nil && !slices.Contains(above.children, node) {
					above.children = append(above.children, node)
				}
			}
		}
	}
	return nil
}

func (h *Hierarchy) addPayees(payees []model.Payee) error {
	for i := range payees {
		p := &payees[i]
		if h.payees[p.ID] != nil {
			return fmt.Errorf("two payees have the id %s", p.ID)
		}
		if h.payeeByName[p.ExternalID] != nil {
			return fmt.Errorf("two payees have the external id %q", p.ExternalID)
		}
		node := &payeeNode{id: p.ID, externalID: p.ExternalID, slices: slices.Clone(p.Slices)}
		slices.SortFunc(node.slices, func(a, b model.PayeeSlice) int { return cmp.Compare(a.Days.From, b.Days.From) })
		h.payees[p.ID], h.payeeByName[p.ExternalID] = node, node
	}
	return nil
}

func (h *Hierarchy) addSeats(assignments []model.PositionAssignment) error {
	for i := range assignments {
		a := &assignments[i]
		s := seat{id: a.ID, externalID: a.ExternalID, payee: h.payees[a.PayeeID], position: h.positions[a.PositionID], days: a.Days}
		if s.payee == nil {
			return fmt.Errorf("the seat %q is of an unknown payee", a.ExternalID)
		}
		if s.position == nil {
			return fmt.Errorf("the seat %q is of an unknown position", a.ExternalID)
		}
		s.payee.seats = append(s.payee.seats, s)
		s.position.seats = append(s.position.seats, s)
	}
	for _, p := range h.positions {
		slices.SortFunc(p.seats, compareSeats)
	}
	for _, p := range h.payees {
		slices.SortFunc(p.seats, compareSeats)
	}
	return nil
}

func compareSeats(a, b seat) int {
	return cmp.Or(
		cmp.Compare(a.days.From, b.days.From),
		cmp.Compare(a.position.externalID, b.position.externalID),
		cmp.Compare(a.payee.externalID, b.payee.externalID),
		cmp.Compare(a.externalID, b.externalID),
	)
}

// is tells whether both are one assignment, or both nil.
func (s *seat) is(other *seat) bool {
	return s == other || (s != nil && other != nil && s.id == other.id && s.position == other.position && s.payee == other.payee)
}

// holder gives the seat in which the position was held on the day, nil where
// it was vacant. Should two payees hold it, the earlier to sit down counts.
func (p *positionNode) holder(day model.Date) *seat {
	for i := range p.seats {
		if p.seats[i].days.Contains(day) {
			return &p.seats[i]
		}
	}
	return nil
}

// existed tells whether the position was there on the day; one that was never
// dated always was.
func (p *positionNode) existed(day model.Date) bool {
	return len(p.slices) == 0 || p.on(day) != nil
}

// on gives what the position was on the day, nil where it was not.
func (p *positionNode) on(day model.Date) *positionSlice {
	for i := range p.slices {
		if p.slices[i].Days.Contains(day) {
			return &p.slices[i]
		}
	}
	return nil
}

// parent gives the position that this one reported to on the day.
func (p *positionNode) parent(day model.Date) *positionNode {
	if slice := p.on(day); slice != nil {
		return slice.parent
	}
	return nil
}

// managers calls visit for each position above p on the day, nearest first,
// with its level (1 is the parent), until visit answers false, the chain ends
// or comes back to a position that it has been at.
func (p *positionNode) managers(day model.Date, visit func(level int, manager *positionNode) bool) {
	var few [16]*positionNode
	been := append(few[:0], p)
	var many map[*positionNode]bool
	for at, level := p.parent(day), 1; at != nil; at, level = at.parent(day), level+1 {
		if many[at] || (many == nil && slices.Contains(been, at)) || !visit(level, at) {
			return
		}
		if many == nil {
			if been = append(been, at); len(been) < len(few) {
				continue
			}
			many = make(map[*positionNode]bool, len(been))
			for _, b := range been {
				many[b] = true
			}
		}
		many[at] = true
	}
}

// position gives the node of an id, nil where there is none.
func (h *Hierarchy) position(id model.ID) *positionNode {
	if h == nil {
		return nil
	}
	return h.positions[id]
}

// payee gives the node of an id, nil where there is none.
func (h *Hierarchy) payee(id *model.ID) *payeeNode {
	if h == nil || id == nil {
		return nil
	}
	return h.payees[*id]
}

// titleOf gives the external id of the position's title on the day, "" where
// it has none.
func (h *Hierarchy) titleOf(p *positionNode, day model.Date) string {
	if p == nil {
		return ""
	}
	slice := p.on(day)
	if slice == nil || slice.TitleID == nil {
		return ""
	}
	return h.titles[*slice.TitleID]
}

// attribute gives the position's attribute as of the day, "" where it has none.
func (p *positionNode) attribute(name string, day model.Date) string {
	if p == nil {
		return ""
	}
	if slice := p.on(day); slice != nil {
		return attributeOf(slice.Attributes, name)
	}
	return ""
}

// status gives the payee's status on the day, ACTIVE where nothing is known.
func (p *payeeNode) status(day model.Date) model.PayeeStatus {
	for i := range p.slices {
		if p.slices[i].Days.Contains(day) {
			return p.slices[i].StatusGiven()
		}
	}
	return model.PayeeActive
}

// attribute gives the payee's attribute as of the day, "" where it has none.
func (p *payeeNode) attribute(name string, day model.Date) string {
	if p == nil {
		return ""
	}
	for i := range p.slices {
		if p.slices[i].Days.Contains(day) {
			return attributeOf(p.slices[i].Attributes, name)
		}
	}
	return ""
}

// subtree lists the positions that on some day were below p, at any distance,
// each once, by external id.
func (p *positionNode) subtree() []*positionNode {
	var out []*positionNode
	seen := map[*positionNode]bool{p: true}
	for next := p.children; len(next) > 0; {
		var deeper []*positionNode
		for _, c := range next {
			if !seen[c] {
				seen[c] = true
				out, deeper = append(out, c), append(deeper, c.children...)
			}
		}
		next = deeper
	}
	slices.SortFunc(out, func(a, b *positionNode) int { return cmp.Compare(a.externalID, b.externalID) })
	return out
}

// holders lists who sat down in the position before the days' end, each once,
// in order of their first seat.
func (p *positionNode) holders(days model.Interval) []*payeeNode {
	var out []*payeeNode
	for i := range p.seats {
		if s := &p.seats[i]; s.days.From < days.To && !s.days.Empty() && !slices.Contains(out, s.payee) {
			out = append(out, s.payee)
		}
	}
	return out
}
