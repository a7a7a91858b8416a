// Every call of the HTTP API by the client that oapi-codegen has made.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"switchboard.example/generated/switchboard"
)

var (
	apiURL   = os.Getenv("API_URL")
	clientID = os.Getenv("CLIENT_ID")
)

func main() {
	ctx := context.Background()
	api := withKey(os.Getenv("API_KEY"))

	index := must(api.GetRootWithResponse(ctx)).JSON200
	ok("get_root", index != nil && index.Links["docs"] == "/docs")

	health := must(api.GetHealthWithResponse(ctx)).JSON200
	ok("get_health", health != nil && health.Status == "healthy" && !health.Timestamp.IsZero())

	status := must(api.GetStatusWithResponse(ctx)).JSON200
	ok("get_status", status != nil && status.ConnectedClients >= 1)

	limit := 1000
	page := must(api.GetClientsWithResponse(ctx, &switchboard.GetClientsParams{Limit: &limit})).JSON200
	ok("get_clients", page != nil && page.Total >= 1 && lists(page.Clients, clientID))

	client := must(api.GetClientsClientIdWithResponse(ctx, clientID)).JSON200
	ok("get_clients_client_id", client != nil && client.ClientId.String() == clientID && client.MessageCount == 0)

	message := switchboard.SendMessageRequest{ClientId: clientID, Content: "Hello"}
	once := &switchboard.PostSendMessageParams{IdempotencyKey: &clientID}
	sent := must(api.PostSendMessageWithResponse(ctx, once, message)).JSON200
	again := must(api.PostSendMessageWithResponse(ctx, once, message))
	isReplayed := again.HTTPResponse.Header.Get("Idempotency-Replayed") == "true"
	isPosted := sent != nil && sent.Delivery == switchboard.Posted
	ok("post_send_message", isPosted && isReplayed && again.JSON200.MessageId == sent.MessageId)

	params := map[string]interface{}{"a": 1, "nested": map[string]interface{}{"b": []interface{}{2, nil}}}
	withParams := switchboard.CallToolRequest{ClientId: clientID, ToolName: "add", Params: &params}
	called := must(api.PostCallToolWithResponse(ctx, nil, withParams)).JSON200
	without := switchboard.CallToolRequest{ClientId: clientID, ToolName: "now"}
	calledWithout := must(api.PostCallToolWithResponse(ctx, nil, without)).JSON200
	ok("post_call_tool", called != nil && calledWithout != nil && called.MessageId != calledWithout.MessageId)

	pending := must(api.GetCallsCallIdWithResponse(ctx, called.CallId, nil)).JSON200
	ok("get_calls_call_id", pending != nil && pending.MessageId == called.MessageId && pending.Status == switchboard.CallStatusPending)

	cancelled := must(api.DeleteCallsCallIdWithResponse(ctx, called.CallId)).JSON202
	ok("delete_calls_call_id", cancelled != nil && cancelled.CallId == called.CallId)

	version, method := "2.0", "ping"
	ping := switchboard.McpRequest{Jsonrpc: &version, Method: &method}
	ping.Set("params", map[string]interface{}{})
	id := interface{}(1)
	ping.Id = &id
	mcp := must(api.PostClientsClientIdMcpWithResponse(ctx, clientID, nil, ping)).JSON200
	ok("post_clients_client_id_mcp", mcp != nil && mcp.Result != nil)

	news := switchboard.BroadcastRequest{MessageType: "news", Data: &map[string]interface{}{"text": "Hello"}}
	broadcast := must(api.PostBroadcastWithResponse(ctx, nil, news)).JSON200
	ok("post_broadcast", broadcast != nil && broadcast.Delivered >= 1)

	state := must(api.GetBroadcastsBroadcastIdWithResponse(ctx, broadcast.BroadcastId.String())).JSON200
	ok("get_broadcasts_broadcast_id", state != nil && state.Status == switchboard.BroadcastStateStatusCompleted && state.FinishedAt != nil)

	ten := 10
	query := &switchboard.GetClientsClientIdMessagesParams{Limit: &ten}
	history := must(api.GetClientsClientIdMessagesWithResponse(ctx, clientID, query)).JSON200
	ok("get_clients_client_id_messages", history != nil && said(history.Messages, "news", "text"))

	seconds := 60
	token := must(api.PostTokensWithResponse(ctx, nil, switchboard.TokenRequest{TtlSeconds: &seconds})).JSON200
	ok("post_tokens", token != nil && token.TtlSeconds == 60 && strings.Contains(token.WebsocketUrl, token.Token))

	invalid := must(api.PostBroadcastWithResponse(ctx, nil, switchboard.BroadcastRequest{})).ApplicationproblemJSON422
	ok("a problem", invalid != nil && invalid.Code == switchboard.InvalidRequest && len(*invalid.Errors) == 1)

	unauthorized := must(withKey("").GetStatusWithResponse(ctx)).JSON401
	ok("no key", unauthorized != nil && unauthorized.Message != "")
	forbidden := must(withKey("wrong").GetStatusWithResponse(ctx)).JSON403
	ok("a wrong key", forbidden != nil && forbidden.Message != "")

	deleted := must(api.DeleteClientsClientIdWithResponse(ctx, clientID))
	ok("delete_clients_client_id", deleted.StatusCode() == http.StatusNoContent)
}

func withKey(key string) *switchboard.ClientWithResponses {
	authorize := func(_ context.Context, request *http.Request) error {
		if key != "" {
			request.Header.Set("Authorization", "Bearer "+key)
		}
		return nil
	}
	return must(switchboard.NewClientWithResponses(apiURL, switchboard.WithRequestEditorFn(authorize)))
}

func must[Answer any](answer Answer, err error) Answer {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return answer
}

func ok(what string, holds bool) {
	if !holds {
		fmt.Fprintln(os.Stderr, "not as expected:", what)
		os.Exit(1)
	}
	fmt.Println("ok", what)
}

func lists(clients []switchboard.ConnectedClient, id string) bool {
	for _, client := range clients {
		if client.ClientId.String() == id {
			return true
		}
	}
	return false
}

func said(messages []switchboard.HistoryMessage, messageType string, field string) bool {
	for _, message := range messages {
		if _, has := message.Data[field]; has && message.Type == messageType {
			return true
		}
	}
	return false
}
