package demo

import "fmt"

// The people, in the order in which the positions stand.
var firstNames = []string{
	"Helena", "Marcus", "Priya", "Jonas", "Amara", "Tobias", "Lucia", "Devin", "Ingrid", "Rafael",
	"Naomi", "Stefan", "Keiko", "Oliver", "Fatima", "Bruno", "Clara", "Hassan", "Elif", "Gareth",
	"Sofia", "Anton", "Maya", "Pedro", "Greta", "Samuel", "Yara", "Felix", "Diana", "Omar",
	"Laura", "Viktor", "Chiara", "Noah", "Zeynep", "Hugo", "Freya", "Mateo", "Anika", "Leon",
	"Ruth", "Emil", "Paula", "Karim", "Astrid", "Nils", "Teresa", "Ivan", "Lena", "Carlos",
	"Mira", "Jan", "Alma", "Theo", "Nadia", "Erik", "Rosa", "Milan", "Judith", "Arne",
}

var lastNames = []string{
	"Varga", "Okafor", "Raman", "Lindqvist", "Diallo", "Brandt", "Moreno", "Walsh", "Solberg", "Teixeira",
	"Goldberg", "Novak", "Tanaka", "Hughes", "Benali", "Ferreira", "Jansen", "Aziz", "Demir", "Price",
	"Rossi", "Petrov", "Shah", "Alvarez", "Keller", "Adeyemi", "Haddad", "Wagner", "Popescu", "Rahman",
	"Silva", "Horvat", "Conti", "Bennett", "Yilmaz", "Laurent", "Nyberg", "Castro", "Gupta", "Schmitt",
	"Klein", "Dahl", "Costa", "Nasser", "Berg", "Holm", "Vega", "Markov", "Fischer", "Mendez",
	"Kowalski", "Visser", "Lund", "Mercier", "Haidari", "Strand", "Bianchi", "Babic", "Meyer", "Olsen",
}

// product is a node of the catalogue; those with a price are sold.
type product struct {
	key, name, parent string
	price             int // whole units of the sale's currency
	alias             string
}

var products = []product{
	{key: "CATALOGUE", name: "Everything we sell"},
	{key: "HARDWARE", name: "Hardware", parent: "CATALOGUE"},
	{key: "SOFTWARE", name: "Software", parent: "CATALOGUE"},
	{key: "SERVICES", name: "Services", parent: "CATALOGUE"},
	{key: "ATLAS-ARM", name: "Atlas Arm", parent: "HARDWARE", price: 14_800, alias: "AtlasArm"},
	{key: "PICO-GRIP", name: "Pico Gripper", parent: "HARDWARE", price: 2_350},
	{key: "VISTA-CAM", name: "Vista Camera", parent: "HARDWARE", price: 1_790, alias: "Vista-Cam"},
	{key: "FLOW-OS", name: "Flow OS", parent: "SOFTWARE", price: 5_400, alias: "FlowOS"},
	{key: "FLEET-VIEW", name: "Fleet View", parent: "SOFTWARE", price: 3_250},
	{key: "ONBOARDING", name: "Onboarding", parent: "SERVICES", price: 4_200},
	{key: "CARE-PLUS", name: "Care Plus", parent: "SERVICES", price: 1_150},
}

// unknownSpelling is one that no alias covers: its deals stay exceptions.
const unknownSpelling = "Fleet Veiw"

// account is a customer.
type account struct {
	key, name, segment string
	region             *region
}

func makeAccounts() []account {
	kinds := []string{"Foods", "Logistics", "Motors", "Pharma", "Textiles", "Steel", "Packaging", "Optics", "Timber", "Glass"}
	places := map[string][]string{
		"AMER": {"Hudson", "Cascade", "Prairie", "Andina"},
		"EMEA": {"Nordland", "Rheintal", "Iberia", "Adria"},
	}
	var all []account
	for _, r := range regions {
		for i, place := range places[r.key] {
			for j, kind := range kinds {
				segment := "ENTERPRISE"
				if (i+j)%3 != 0 {
					segment = "MIDMARKET"
				}
				all = append(all, account{fmt.Sprintf("A-%s-%02d", r.key, len(all)+1), place + " " + kind, segment, r})
			}
		}
	}
	return all
}
