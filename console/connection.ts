/** One WebSocket connection of a page: its state, its messages, and values for the examples. */
import { useReducer, useRef, useState } from 'preact/hooks';

/** Values from the connection, for the examples. */
export interface Live {
  position?: { epoch: string; seq: number; broadcast: string };
  callId?: string;
}

export interface Line {
  id: number;
  direction: '→' | '←' | '•';
  text: string;
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
  const say = (direction: Line['direction'], text: string) => addLine({ direction, text });

  function receive(text: string): void {
    say('←', text);
    const { type, data, epoch, seq } = JSON.parse(text);
    if (type === 'connection_established') {
      const position = { epoch: data.epoch, seq: data.seq, broadcast: data.broadcast };
      setLive({ position });
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
      say('•', `Closed with ${code}${code === 1006 ? ': refused, not reachable, or broken off' : ''}.`);
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
      say('→', text.replace(/\n\s*/g, ' '));
      socket.current?.send(text);
    },
  };
}
