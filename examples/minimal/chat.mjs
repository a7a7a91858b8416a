const socket = new WebSocket(process.argv[2] ?? 'ws://localhost:9004');

socket.onmessage = (event) => {
  const { type, data } = JSON.parse(event.data);
  if (type === 'connection_established') {
    socket.send(JSON.stringify({ type: 'chat_message', data: { content: 'Hello' } }));
  } else if (type === 'chat_response') {
    console.log(data.content);
    socket.close(1000);
  }
};
socket.onerror = ({ error }) => Promise.reject(error);
