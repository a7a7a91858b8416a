import java.net.URI;
import java.net.http.*;
import java.util.concurrent.*;

public class Chat implements WebSocket.Listener {
    static final CompletableFuture<String> answer = new CompletableFuture<>();
    String text = "";

    public static void main(String[] args) {
        var url = URI.create(args.length > 0 ? args[0] : "ws://localhost:9004");
        var socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(url, new Chat()).join();
        System.out.println(answer.orTimeout(30, TimeUnit.SECONDS).join());
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
        text += part; // a long message comes in parts
        if (isLast) {
            if (text.contains("\"type\":\"connection_established\"")) {
                socket.sendText("{\"type\": \"chat_message\", \"data\": {\"content\": \"Hello\"}}", true);
            } else if (text.contains("\"type\":\"chat_response\"")) {
                answer.complete(text.replaceAll(".*\"content\":\"(.*?)\".*", "$1")); // use a JSON library instead
            }
            text = "";
        }
        socket.request(1);
        return null;
    }
}
