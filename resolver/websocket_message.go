package resolver

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
)

// subprotocol is the one that sockets speak: GraphQL over WebSocket, of the
// npm package graphql-ws. The older protocol of that name has no close codes.
const subprotocol = "graphql-transport-ws"

// The close codes of the subprotocol.
const (
	closeInternal     websocket.StatusCode = 4500
	closeInvalid      websocket.StatusCode = 4400
	closeUnauthorized websocket.StatusCode = 4401
	closeForbidden    websocket.StatusCode = 4403
	closeSubprotocol  websocket.StatusCode = 4406
	closeInitTimeout  websocket.StatusCode = 4408
	closeDuplicate    websocket.StatusCode = 4409
	closeSecondInit   websocket.StatusCode = 4429
)

// The types of messages, and the longest id of an operation in bytes.
const (
	typeInit      = "connection_init"
	typeAck       = "connection_ack"
	typePing      = "ping"
	typePong      = "pong"
	typeSubscribe = "subscribe"
	typeNext      = "next"
	typeError     = "error"
	typeComplete  = "complete"

	maxOperationID = 256
)

// inMessage is a message of a client that has the shape of its type.
type inMessage struct {
	kind    string
	id      string
	payload map[string]any
	params  *graphql.RawParams // of subscribe
}

// decodeMessage reads a message, strictly. Its errors repeat nothing of it, and
// fit a close frame.
func decodeMessage(text []byte) (inMessage, error) {
	members, err := decodeObject(text)
	if err != nil {
		return inMessage{}, errors.New("The message " + err.Error() + ".")
	}
	var m inMessage
	if m.kind, err = member[string](members, "type", "a string"); err != nil {
		return inMessage{}, err
	}
	switch m.kind {
	case typeInit, typePing, typePong:
		m.payload, err = member[map[string]any](members, "payload", "an object")
	case typeSubscribe:
		if m.id, err = operationID(members); err == nil {
			m.params, err = subscribeParams(members)
		}
	case typeComplete:
		m.id, err = operationID(members)
	default:
		err = refuseRequest(0, "The type of the message is none that a client sends.")
	}
	return m, err
}

func operationID(members map[string]any) (string, error) {
	id, isString := members["id"].(string)
	if !isString || id == "" || len(id) > maxOperationID {
		return "", refuseRequest(0, "The id must be a string of 1 to %d bytes.", maxOperationID)
	}
	return id, nil
}

func subscribeParams(members map[string]any) (*graphql.RawParams, error) {
	payload, isObject := members["payload"].(map[string]any)
	if !isObject {
		return nil, refuseRequest(0, "The payload must be an object.")
	}
	params, err := paramsOf(payload)
	if err != nil {
		return nil, err
	}
	if _, isString := payload["query"].(string); !isString && !namesDocument(params) {
		return nil, refuseRequest(0, "The parameter query must be a string.")
	}
	return params, nil
}

// credentials gives what a connection_init says to authenticate by: the members
// named Authorization, whatever their case, of the payload or of its object
// `headers`, where some clients put them. One that is no text gives "", which
// no token is.
func credentials(payload map[string]any) []string { return members(payload, "Authorization") }

// members gives the texts of a connection_init that have one of the names.
func members(payload map[string]any, names ...string) (given []string) {
	headers, _ := payload["headers"].(map[string]any)
	for _, part := range []map[string]any{payload, headers} {
		for name, value := range part {
			named := slices.ContainsFunc(names, func(one string) bool { return strings.EqualFold(name, one) })
			if named && value != nil && value != "" {
				text, _ := value.(string)
				given = append(given, text)
			}
		}
	}
	return given
}

// outMessage puts the envelope round a payload that is JSON already; an empty id
// or payload is left out.
func outMessage(kind, id string, payload []byte) []byte {
	text := make([]byte, 0, len(kind)+len(id)+len(payload)+40)
	text = append(text, `{"type":"`+kind+`"`...)
	if id != "" {
		quoted, _ := json.Marshal(id)
		text = append(append(text, `,"id":`...), quoted...)
	}
	if len(payload) > 0 {
		text = append(append(text, `,"payload":`...), payload...)
	}
	return append(text, '}')
}
