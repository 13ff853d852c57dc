package service

import (
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// actorOf is the user who writes.
func actorOf(tx *store.Tx) model.ID { return model.UUIDs(model.KindUser, *tx.Actor) }

// behalfOf is whom the user who writes acts for, nil for oneself.
func behalfOf(tx *store.Tx) *model.ID {
	if tx.Behalf == nil {
		return nil
	}
	giver := model.UUIDs(model.KindUser, tx.Behalf.Giver)
	return &giver
}

// persons are who has a hand in what a transaction writes: the user who writes,
// and whom they act for. A step that two people share is taken by others than
// these, so that nobody is their own second through a delegation.
func persons(tx *store.Tx) []model.ID {
	actor := actorOf(tx)
	return ids(&actor, behalfOf(tx))
}

// samePersons tells whether somebody is among both: the same user, or one of the
// same payee.
func samePersons(ctx context.Context, tx *store.Tx, some, others []model.ID) (bool, error) {
	if slices.ContainsFunc(some, func(one model.ID) bool { return slices.Contains(others, one) }) {
		return true, nil
	}
	users, err := tx.UsersByID(ctx, tx.Scope(), slices.Concat(some, others))
	if err != nil {
		return false, err
	}
	for _, a := range some {
		for _, b := range others {
			one, other := users[a], users[b]
			if one != nil && other != nil && one.PayeeID != nil && other.PayeeID != nil && *one.PayeeID == *other.PayeeID {
				return true, nil
			}
		}
	}
	return false, nil
}

// wrote tells whether somebody who has a hand in the transaction had one in what
// an author wrote, for another or for oneself.
func wrote(ctx context.Context, tx *store.Tx, author model.ID, behalf *model.ID) (bool, error) {
	return samePersons(ctx, tx, persons(tx), ids(&author, behalf))
}

// payeesOf gives the payees that those who have a hand in the transaction are.
func payeesOf(ctx context.Context, tx *store.Tx) ([]model.ID, error) {
	users, err := tx.UsersByID(ctx, tx.Scope(), persons(tx))
	if err != nil {
		return nil, err
	}
	var out []model.ID
	for _, user := range users {
		if user.PayeeID != nil {
			out = append(out, *user.PayeeID)
		}
	}
	return out, nil
}
