from __future__ import annotations

import unittest
from decimal import Decimal

from switchboard_client.frames import decode, encode, fragments


class Frames(unittest.TestCase):
    def test_text_that_is_not_a_frame_is_none(self) -> None:
        platform = '{"message":"Internal server error","connectionId":"x","requestId":"y"}'
        for text in ("nonsense", "[1]", '"text"', "null", '{"type":5}', "[" * 100_000, platform):
            self.assertIsNone(decode(text))

    def test_a_null_is_an_absent_field(self) -> None:
        frame = decode('{"type":"x","data":null,"epoch":null,"seq":null,"reply_to":null}')
        assert frame
        self.assertEqual(
            (frame.data, frame.epoch, frame.seq, frame.reply_to, frame.durable), ({}, None, None, None, False)
        )

    def test_true_is_not_a_number(self) -> None:
        frame = decode('{"type":"x","epoch":"e1","seq":true}')
        assert frame
        self.assertIsNone(frame.seq)

    def test_numbers_keep_their_digits(self) -> None:
        frame = decode('{"type":"x","data":{"big":9007199254740993,"huge":1e400,"long":%s}}' % ("9" * 5_000))
        assert frame
        self.assertEqual(frame.data["big"], 9007199254740993)
        self.assertEqual(frame.data["huge"], Decimal("1e400"))
        self.assertEqual(frame.data["long"], Decimal("9" * 5_000))

    def test_text_is_sent_as_utf_8_and_a_lone_surrogate_as_an_escape(self) -> None:
        self.assertEqual(encode({"a": "长"}), '{"a":"长"}')
        self.assertEqual(encode({"a": "\ud800"}), '{"a":"\\ud800"}')

    def test_fragments_end_between_characters(self) -> None:
        text = "a长🙂é" * 50
        for limit in (4, 5, 7, 100):
            pieces = fragments(text, limit)
            self.assertEqual("".join(pieces), text)
            self.assertLessEqual(max(len(piece.encode()) for piece in pieces), limit)
        self.assertEqual(fragments(text, 100_000), [text])


if __name__ == "__main__":
    unittest.main()
