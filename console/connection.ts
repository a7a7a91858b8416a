/** One WebSocket connection of a page: its state, its messages, and values for the examples. */
import { useReducer, useRef, useState } from 'preact/hooks';

/** Values from the connection, for the examples. */
export interface Live {
  /** While it is connected. */
  clientId?: string | undefined;
  position?: { epoch: string; seq: number; broadcast: string };
  callId?: string;
}

export interface Line {
  id: number;
  direction: '→' | '←' | '•';
  text: string;
  /** The `message_id` that the frame answers. */
  replyTo?: string;
}

/** Lines to keep. */
const MAX_LINES = 200;

export function useConnection() {
  const socket = useRef<WebSocket | undefined>(undefined);
  const heartbeat = useRef<ReturnType<typeof setInterval> | undefined>(undefined);
  const [state, setState] = useState<'closed' | 'connecting' | 'open'>('closed');
  const [live, setLive] = useState<Live>({});
  const [lines, addLine] = useReducer(
    (all: readonly Line[], line: Omit<Line, 'id'>): readonly Line[] =>
      [...all, { ...line, id: (all.at(-1)?.id ?? 0) + 1 }].slice(-MAX_LINES),
    [],
  );

  function receive(text: string): void {
    const { type, data, epoch, seq, reply_to: replyTo } = JSON.parse(text);
    addLine({ direction: '←', text, replyTo });
    if (type === 'connection_established') {
      const position = { epoch: data.epoch, seq: data.seq, broadcast: data.broadcast };
      setLive({ clientId: data.client_id, position });
      heartbeat.current = setInterval(() => socket.current?.send('{"type":"ping"}'), data.heartbeat_seconds * 1_000);
    }
    if (seq !== undefined)
      setLive((known) => ({ ...known, position: { broadcast: '', ...known.position, epoch, seq } }));
    if (type === 'tool_call') setLive((known) => ({ ...known, callId: data.call_id }));
  }

  function connect(address: string): void {
    const opening = new WebSocket(address);
    socket.current = opening;
    setState('connecting');
    opening.addEventListener('open', () => setState('open'));
    opening.addEventListener('message', ({ data }) => receive(data));
    opening.addEventListener('close', ({ code }) => {
      clearInterval(heartbeat.current);
      setState('closed');
      setLive((known) => ({ ...known, clientId: undefined }));
      addLine({
        direction: '•',
        text: `Closed with ${code}${code === 1006 ? ': refused, not reachable, or broken off' : ''}.`,
      });
    });
  }

  return {
    isOpen: state === 'open',
    isConnecting: state === 'connecting',
    lines,
    live,
    connect,
    close: () => socket.current?.close(1000),
    send(text: string): void {
      addLine({ direction: '→', text: text.replace(/\n\s*/g, ' ') });
      socket.current?.send(text);
    },
  };
}
