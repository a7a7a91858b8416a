import asyncio, json, sys, websockets

async def chat(url="ws://localhost:9004"):
    async with websockets.connect(url) as socket:
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "connection_established":
                await socket.send(json.dumps({"type": "chat_message", "data": {"content": "Hello"}}))
            elif frame["type"] == "chat_response":
                return frame["data"]["content"]

print(asyncio.run(chat(*sys.argv[1:])))
