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

	ready := must(api.GetReadyWithResponse(ctx)).JSON200
	ok("get_ready", ready != nil && ready.Status == switchboard.Ready)

	status := must(api.GetStatusWithResponse(ctx, nil)).JSON200
	ok("get_status", status != nil && status.ConnectedClients >= 1)

	limit := 1000
	page := must(api.GetClientsWithResponse(ctx, &switchboard.GetClientsParams{Limit: &limit})).JSON200
	ok("get_clients", page != nil && page.Total >= 1 && lists(page.Clients, clientID))

	client := must(api.GetClientsClientIdWithResponse(ctx, clientID)).JSON200
	ok("get_clients_client_id", client != nil && client.ClientId == clientID && client.MessageCount == 0)

	message := switchboard.SendMessageRequest{ClientId: clientID, Content: "Hello"}
	once := &switchboard.PostSendMessageParams{IdempotencyKey: &clientID}
	sent := must(api.PostSendMessageWithResponse(ctx, once, message)).JSON200
	again := must(api.PostSendMessageWithResponse(ctx, once, message))
	isReplayed := again.HTTPResponse.Header.Get("Idempotency-Replayed") == "true"
	isPosted := sent != nil && sent.Delivery == switchboard.DeliveryPosted
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
	ping := switchboard.McpRequest{Jsonrpc: &version, Id: 1, Method: &method, Params: &map[string]interface{}{}}
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

	parcels := map[string]interface{}{"parcels": 2}
	toOne := switchboard.AnyMessageRequest{MessageType: "order_packed", Data: &parcels}
	one := must(api.PostClientsClientIdMessagesWithResponse(ctx, clientID, nil, toOne)).JSON200
	ok("post_clients_client_id_messages", one != nil && one.Delivery == switchboard.DeliveryPosted)

	toMany := switchboard.MessageToManyRequest{MessageType: "order_shipped", ClientIds: []string{clientID, "nobody"}}
	many := must(api.PostMessagesWithResponse(ctx, nil, toMany)).JSON200
	ok("post_messages", many != nil && many.Posted == 1 && many.Results[1].Status == switchboard.PushStatusFailed)

	group := "team-7"
	joined := must(api.PutGroupsGroupClientsClientIdWithResponse(ctx, group, clientID))
	ok("put_groups_group_clients_client_id", joined.StatusCode() == http.StatusNoContent)

	groups := must(api.GetGroupsWithResponse(ctx, nil)).JSON200
	ok("get_groups", groups != nil && groups.Groups[0] == switchboard.Group{Group: group, Members: 1})

	members := must(api.GetGroupsGroupClientsWithResponse(ctx, group, nil)).JSON200
	ok("get_groups_group_clients", members != nil && members.Clients[0].ClientId == clientID && members.Clients[0].Online)

	content := "Hello, team"
	toGroup := switchboard.GroupMessageRequest{Content: &content}
	grouped := must(api.PostGroupsGroupMessagesWithResponse(ctx, group, nil, toGroup)).JSON200
	ok("post_groups_group_messages", grouped != nil && grouped.Delivered == 1)

	left := must(api.DeleteGroupsGroupClientsClientIdWithResponse(ctx, group, clientID))
	ok("delete_groups_group_clients_client_id", left.StatusCode() == http.StatusNoContent)

	events := must(api.GetEventsWithResponse(ctx)).JSON200
	ok("get_events", events != nil && events.Destination == "webhooks" && events.Receivers[0].Name == "billing")

	failed := must(api.GetEventsFailedWithResponse(ctx, &switchboard.GetEventsFailedParams{Limit: &ten})).JSON200
	ok("get_events_failed", failed != nil && len(failed.Events) == 0)

	replay := switchboard.ReplayRequest{Receiver: &events.Receivers[0].Name}
	replayed := must(api.PostEventsReplayWithResponse(ctx, nil, replay)).JSON202
	ok("post_events_replay", replayed != nil && replayed.Replayed == 0)

	seconds := 60
	token := must(api.PostTokensWithResponse(ctx, nil, switchboard.TokenRequest{TtlSeconds: &seconds})).JSON200
	ok("post_tokens", token != nil && token.TtlSeconds == 60 && strings.Contains(token.WebsocketUrl, token.Token))

	name := "go"
	keyRequest := switchboard.KeyRequest{Name: name, Scopes: []switchboard.KeyScope{switchboard.Read}, TtlSeconds: &seconds}
	made := must(api.PostKeysWithResponse(ctx, nil, keyRequest)).JSON200
	ok("post_keys", made != nil && made.Scopes[0] == switchboard.Read && made.EndsAt != nil)

	keys := must(api.GetKeysWithResponse(ctx)).JSON200
	ok("get_keys", keys != nil && keys.Keys[0].Name == name)

	rotation := switchboard.RotationRequest{OverlapSeconds: &seconds}
	rotated := must(api.PostKeysKeyNameRotateWithResponse(ctx, name, nil, rotation)).JSON200
	ok("post_keys_key_name_rotate", rotated != nil && rotated.Key != made.Key && rotated.PreviousUntil != nil)

	ended := must(api.DeleteKeysKeyNameWithResponse(ctx, name))
	ok("delete_keys_key_name", ended.StatusCode() == http.StatusNoContent)

	revoked := must(api.PostRevocationsWithResponse(ctx, nil, switchboard.RevocationRequest{Key: &name})).JSON202
	ok("post_revocations", revoked != nil && *revoked.Key == name && revoked.Until.After(revoked.RevokedAt))

	revocations := must(api.GetRevocationsWithResponse(ctx)).JSON200
	ok("get_revocations", revocations != nil && revokes(revocations.Revocations, name))

	last := 1
	audit := must(api.GetAuditWithResponse(ctx, &switchboard.GetAuditParams{Limit: &last})).JSON200
	ok("get_audit", audit != nil && audit.Calls[0].Call == "POST /revocations" && audit.NextCursor != nil)

	invalid := must(api.PostBroadcastWithResponse(ctx, nil, switchboard.BroadcastRequest{})).ApplicationproblemJSON422
	ok("a problem", invalid != nil && invalid.Code == switchboard.InvalidRequest && len(*invalid.Errors) == 1)

	unauthorized := must(withKey("").GetStatusWithResponse(ctx, nil)).JSON401
	ok("no key", unauthorized != nil && unauthorized.Message != "")
	forbidden := must(withKey("wrong").GetStatusWithResponse(ctx, nil)).JSON403
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
		if client.ClientId == id {
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

func revokes(revocations []switchboard.Revocation, key string) bool {
	for _, revocation := range revocations {
		if revocation.Key != nil && *revocation.Key == key {
			return true
		}
	}
	return false
}
