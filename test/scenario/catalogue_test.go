package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/store"
	"spm/test/harness"
)

const productFields = `{ id externalId name aliases version parent { externalId } attributes { name value }
	slices { startDate endDate parent { externalId } attributes { name value } } }`
const payloadTail = ` userErrors { path code message } sequence replayed`

var (
	createProduct  = `mutation($input: CreateProductInput!) { createProduct(input: $input) { product ` + productFields + payloadTail + ` } }`
	createProducts = `mutation($input: CreateProductsInput!) { createProducts(input: $input) { products { id externalId parent { externalId } }` + payloadTail + ` } }`
	updateProduct  = `mutation($input: UpdateProductInput!) { updateProduct(input: $input) { product ` + productFields + payloadTail + ` } }`
	addAlias       = `mutation($input: AddProductAliasInput!) { addProductAlias(input: $input) { product ` + productFields + payloadTail + ` } }`
	removeAlias    = `mutation($input: RemoveProductAliasInput!) { removeProductAlias(input: $input) { product ` + productFields + payloadTail + ` } }`
)

// recredits gives what was asked to be credited anew since the last call.
func recredits(t *testing.T, h *harness.Harness) (asked []store.Recredit) {
	t.Helper()
	owner(t, h, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), "WITH gone AS (DELETE FROM recredit RETURNING id, selector) SELECT selector FROM gone ORDER BY id")
		if err != nil {
			return err
		}
		raw, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
		for _, r := range raw {
			var one store.Recredit
			if err := json.Unmarshal(r, &one); err != nil {
				return err
			}
			asked = append(asked, one)
		}
		return err
	})
	return asked
}

// marked gives the spellings of products and the days of the only recredit
// mark since the last call, and empties the marks of dirty payees.
func marked(t *testing.T, h *harness.Harness) []string {
	t.Helper()
	asked := recredits(t, h)
	days := dirty(t, h)
	if len(asked) != 1 || asked[0].All || len(days) != 1 {
		t.Fatalf("marks %+v, dirty %v", asked, days)
	}
	if want := asked[0].Days.From.String() + " " + asked[0].Days.To.String(); days[0] != want {
		t.Errorf("dirty %s, credited anew %s", days[0], want)
	}
	return append([]string{asked[0].Days.From.String()}, asked[0].Products...)
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	h := harness.NewIdle(t)
	admin := h.Admin()
	hard := h.Do(admin, createProduct, input("externalId", "HARD", "name", "Hardware")).String("createProduct", "product", "id")
	marked(t, h)
	pro := h.Do(admin, createProduct, input("externalId", "GTX-PRO", "name", "GTX Pro", "aliases", []string{"gtx pro"}, "parentId", hard,
		"startDate", "2025-01-01", "attributes", []any{map[string]any{"name": "family", "value": "GTX"}})).At("createProduct", "product")
	harness.Same(t, "marks of a new product", marked(t, h), "0001-01-01", "GTX Pro", "GTX-PRO", "gtx pro")
	if pro.String("parent", "externalId") != "HARD" || pro.String("attributes", 0, "value") != "GTX" || pro.String("slices", 0, "startDate") != "2025-01-01" {
		t.Errorf("the product is %v", pro.V)
	}
	id := pro.String("id")

	t.Run("aliases", func(t *testing.T) {
		added := h.Do(admin, addAlias, input("id", id, "alias", "GTXPro")).At("addProductAlias", "product")
		harness.Same(t, "aliases", []string{added.String("aliases", 0), added.String("aliases", 1)}, "gtx pro", "GTXPro")
		harness.Same(t, "marks of an alias", marked(t, h), "0001-01-01", "GTXPro")
		before := changes(t, h)
		h.Do(admin, addAlias, input("id", id, "alias", "GTXPro"))
		h.Do(admin, removeAlias, input("id", id, "alias", "never there"))
		if n := changes(t, h) - before; n != 0 || len(recredits(t, h)) != 0 {
			t.Errorf("the alias again wrote %d changes", n)
		}
		harness.Same(t, "stale", h.Refused(admin, addAlias, input("id", id, "ifVersion", 1, "alias", "other")), "input.ifVersion CONFLICT")
		harness.Same(t, "another's external id", h.Refused(admin, addAlias, input("id", id, "alias", "HARD")), "input.alias TAKEN")
		harness.Same(t, "another's name", h.Refused(admin, addAlias, input("id", id, "alias", "Hardware")), "input.alias TAKEN")
		harness.Same(t, "another's alias", h.Refused(admin, addAlias, input("id", hard, "alias", "GTXPro")), "input.alias TAKEN")
		harness.Same(t, "no alias", h.Refused(admin, addAlias, input("id", hard, "alias", "")), "input.alias REQUIRED")
		harness.Same(t, "nobody's", h.Refused(admin, addAlias, input("id", "x", "alias", "a")), "input.id NOT_FOUND")
		harness.Same(t, "an external id that is an alias", h.Refused(admin, createProduct, input("externalId", "GTXPro", "name", "gtx pro")), "input.externalId TAKEN", "input.name TAKEN")
		h.Do(admin, removeAlias, input("id", id, "ifVersion", 2, "alias", "GTXPro"))
		harness.Same(t, "marks of a lost alias", marked(t, h), "0001-01-01", "GTXPro")
		h.Do(admin, addAlias, input("id", hard, "alias", "GTXPro"))
		marked(t, h)
	})
	t.Run("changes from a day on", func(t *testing.T) {
		soft := h.Do(admin, createProduct, input("externalId", "SOFT", "name", "Software")).String("createProduct", "product", "id")
		h.Do(admin, createProduct, input("externalId", "PRO-ADDON", "name", "Add-on", "parentId", id))
		recredits(t, h)
		dirty(t, h)
		version := h.Do(admin, `query($id: ID!) { node(id: $id) { ... on Product { version } } }`, map[string]any{"id": id}).At("node", "version").V
		moved := h.Do(admin, updateProduct, input("id", id, "ifVersion", version, "effectiveFrom", "2026-07-01", "parentId", soft)).At("updateProduct", "product")
		slices := moved.List("slices")
		if len(slices) != 2 || slices[0].String("endDate") != "2026-06-30" || slices[0].String("parent", "externalId") != "HARD" ||
			slices[1].String("parent", "externalId") != "SOFT" || slices[1].String("attributes", 0, "value") != "GTX" {
			t.Errorf("the product is %v", moved.V)
		}
		harness.Same(t, "marks of a move, what is below included", marked(t, h), "2026-07-01", "Add-on", "GTX Pro", "GTX-PRO", "PRO-ADDON", "gtx pro")
		on := h.Do(admin, `query($id: ID!) { node(id: $id) { ... on Product { old: parent(effectiveOn: "2026-06-30") { externalId } new: parent(effectiveOn: "2026-07-01") { externalId } none: attributes(effectiveOn: "2024-12-31") { name } } } }`, map[string]any{"id": id})
		if on.String("node", "old", "externalId") != "HARD" || on.String("node", "new", "externalId") != "SOFT" || len(on.List("node", "none")) != 0 {
			t.Errorf("on days: %v", on.V)
		}
		named := h.Do(admin, updateProduct, input("id", id, "ifVersion", version.(float64)+1, "name", "GTX Professional")).At("updateProduct", "product")
		if len(named.List("slices")) != 2 {
			t.Errorf("a new name changed what is dated: %v", named.V)
		}
		harness.Same(t, "marks of a name", marked(t, h), "0001-01-01", "GTX Pro", "GTX Professional", "GTX-PRO", "gtx pro")
		harness.Same(t, "a cycle", h.Refused(admin, updateProduct, input("id", soft, "ifVersion", 1, "effectiveFrom", "2026-08-01", "parentId", id)), "input.parentId CYCLE")
		harness.Same(t, "itself", h.Refused(admin, updateProduct, input("id", soft, "ifVersion", 1, "parentId", soft)), "input.parentId CYCLE")
		h.Do(admin, updateProduct, input("id", hard, "ifVersion", 2, "effectiveFrom", "2026-07-01", "parentId", id))
		harness.Same(t, "no parent, no name", h.Refused(admin, updateProduct, input("id", id, "ifVersion", 9, "parentId", "x", "name", nil)), "input.name REQUIRED", "input.parentId NOT_FOUND")
		stale := h.Post(admin, updateProduct, input("id", id, "ifVersion", 1, "name", "Stale"))
		if text := string(stale.Data); !contains(text, "CONFLICT") || !contains(text, `"name":"GTX Professional"`) {
			t.Errorf("a stale change answered %s", text)
		}
	})
	t.Run("filters", func(t *testing.T) {
		got := h.Do(admin, `{ alias: products(where: {alias: {eq: "gtx pro"}}) { nodes { externalId } } any: products(where: {alias: {in: ["GTXPro", "none"]}, name: {eq: "Hardware"}}) { totalCount nodes { externalId } } }`, nil)
		harness.Same(t, "by alias", harness.Texts(got.List("alias", "nodes"), "externalId"), "GTX-PRO")
		harness.Same(t, "by aliases", harness.Texts(got.List("any", "nodes"), "externalId"), "HARD")
		testPaging(t, h, h.Token(nil, model.RoleRep), "products", "externalId", "")
	})
	for _, write := range []string{createProduct, createProducts, updateProduct, addAlias, removeAlias} {
		in := map[string]any{"id": id, "ifVersion": 1, "alias": "a", "externalId": "E", "name": "N", "products": []any{}}
		keep := map[string][]string{createProduct: {"externalId", "name"}, createProducts: {"products"}, updateProduct: {"id", "ifVersion"}, addAlias: {"id", "alias"}, removeAlias: {"id", "alias"}}[write]
		for field := range in {
			if !slices.Contains(keep, field) {
				delete(in, field)
			}
		}
		if code := h.Denied(h.Token(nil, model.RoleRep), write, map[string]any{"input": in}); code != "FORBIDDEN" {
			t.Errorf("a rep's %.40s gave %q", write, code)
		}
	}
}

func TestBulkCatalogue(t *testing.T) {
	t.Parallel()
	h := harness.NewIdle(t)
	admin := h.Admin()
	product := func(key, parent string, more ...any) map[string]any {
		p := map[string]any{"externalId": key, "name": "The " + key}
		if parent != "" {
			p["parentExternalId"] = parent
		}
		for i := 0; i+1 < len(more); i += 2 {
			p[more[i].(string)] = more[i+1]
		}
		return p
	}
	made := h.Do(admin, createProducts, input("products", []any{product("C", "B"), product("B", "A"), product("A", "")})).List("createProducts", "products")
	harness.Same(t, "the order given", harness.Texts(made, "externalId"), "C", "B", "A")
	if got := made[0].String("parent", "externalId"); got != "B" {
		t.Errorf("C is below %s", got)
	}
	before := changes(t, h)
	harness.Same(t, "all or nothing", h.Refused(admin, createProducts, input("products", []any{
		product("D", "A"), product("A", ""), product("E", "none"), product("E", ""), product("F", "A", "parentId", made[0].String("id")),
		product("G", "H"), product("H", "G"), product("I", "", "aliases", []string{"The A", "alias", "alias"}), product("J", "", "aliases", []string{"alias"}),
	})), "input.products.7.aliases.2 DUPLICATE_INPUT", "input.products.1.externalId TAKEN", "input.products.3.externalId DUPLICATE_INPUT",
		"input.products.7.aliases.0 TAKEN", "input.products.8.aliases.0 TAKEN",
		"input.products.2.parentExternalId NOT_FOUND", "input.products.4.parentExternalId INVALID",
		"input.products.5.parentExternalId CYCLE", "input.products.6.parentExternalId CYCLE")
	if n := changes(t, h) - before; n != 0 {
		t.Errorf("a refused call wrote %d changes", n)
	}
	harness.Same(t, "none", h.Refused(admin, createProducts, input("products", []any{})), "input.products REQUIRED")

	var many []any
	for i := range 251 {
		many = append(many, product(fmt.Sprintf("P%03d", i), "A"))
	}
	harness.Same(t, "too many", h.Refused(admin, createProducts, input("products", many)), "input.products TOO_MANY")
	if n := len(h.Do(admin, createProducts, input("products", many[:250])).List("createProducts", "products")); n != 250 {
		t.Errorf("%d products were added", n)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	h := harness.NewIdle(t)
	admin := h.Admin()
	made := h.Do(admin, `mutation { createAccounts(input: {accounts: [
		{externalId: "acme", name: "Acme", aliases: ["ACME Corp"]}, {externalId: "acme-de", name: "Acme", parentExternalId: "acme", startDate: "2026-01-01"}, {externalId: "zed", name: "Zed"}]}) {
		accounts { id externalId } userErrors { path code message } }
		createAccount(input: {externalId: "one", name: "One", attributes: [{name: "segment", value: "SMB"}]}) { account { id slices { attributes { name value } parent { id } } } userErrors { path code } } }`, nil)
	recredits(t, h)
	id := made.String("createAccounts", "accounts", 1, "id")
	changed := h.Do(admin, `mutation($id: ID!) {
		updateAccount(input: {id: $id, ifVersion: 1, parentId: null, effectiveFrom: "2026-06-01"}) { account { version old: parent(effectiveOn: "2026-05-31") { name } new: parent(effectiveOn: "2026-06-01") { name } } userErrors { path code } }
		addAccountAlias(input: {id: $id, alias: "Acme GmbH"}) { account { aliases } userErrors { path code } }
		removeAccountAlias(input: {id: $id, alias: "Acme GmbH"}) { account { aliases version } userErrors { path code } } }`, map[string]any{"id": id})
	if at := changed.At("updateAccount", "account"); at.At("new").V != nil || at.String("old", "name") != "Acme" {
		t.Errorf("the account is %v", at.V)
	}
	if got := changed.At("removeAccountAlias", "account", "version").V; got != 4.0 {
		t.Errorf("version %v", got)
	}
	for _, asked := range recredits(t, h) {
		if len(asked.Accounts) == 0 || len(asked.Products) != 0 {
			t.Errorf("marked %+v", asked)
		}
	}
	list := h.Do(admin, `{ accounts(where: {alias: {eq: "ACME Corp"}}) { nodes { externalId } } }`, nil)
	harness.Same(t, "by alias", harness.Texts(list.List("accounts", "nodes"), "externalId"), "acme")
	harness.Same(t, "a product's id", h.Refused(admin, `mutation($id: ID!) { addAccountAlias(input: {id: $id, alias: "x"}) { userErrors { path code } } }`,
		map[string]any{"id": h.Do(admin, createProduct, input("externalId", "p", "name", "P")).String("createProduct", "product", "id")}), "input.id NOT_FOUND")
	testPaging(t, h, admin, "accounts", "externalId", "")
}

// A rule that speaks of a product that is not there is an error for every
// transaction; adding the product mends it for every one.
func TestCatalogueMendsRules(t *testing.T) {
	t.Parallel()
	h := harness.NewIdle(t)
	admin := h.Admin()
	owner(t, h, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO crediting_rule (tenant_id, id, version, key, name, from_date, to_date, content)
			VALUES ($1, gen_random_uuid(), 1, 'r', 'R', '2026-01-01', '9999-12-31', $2)`, h.Tenant, `{"condition": "productIn(\"GTX\")"}`)
		return err
	})
	for key, want := range map[string]int{"OTHER": 1, "GTX": 2, `a"b`: 2} {
		h.Do(admin, createProduct, input("externalId", key, "name", "N"))
		asked := recredits(t, h)
		if len(asked) != want || want == 2 && !asked[0].All {
			t.Errorf("adding %s asked for %+v", key, asked)
		}
	}
}
