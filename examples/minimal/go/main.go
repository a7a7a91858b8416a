package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

type frame struct {
	Type string         `json:"type"`
	Data map[string]any `json:"data"`
}

func main() {
	ctx, url := context.Background(), append(os.Args, "ws://localhost:9004")[1]
	socket, _, err := websocket.Dial(ctx, url, nil)
	for err == nil {
		var received frame
		err = wsjson.Read(ctx, socket, &received)
		switch received.Type {
		case "connection_established":
			socket.SetReadLimit(131_072) // the library's own limit is 32 KiB
			err = wsjson.Write(ctx, socket, frame{"chat_message", map[string]any{"content": "Hello"}})
		case "chat_response":
			fmt.Println(received.Data["content"])
			socket.Close(websocket.StatusNormalClosure, "")
			return
		}
	}
	log.Fatal(err)
}
