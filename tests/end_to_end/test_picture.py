"""docs/session.svg, the picture of a session, is what twx prints."""

import sys
import unittest

import harness
from replay import ROOT

sys.path.insert(0, str(ROOT / "tests/docs"))
import picture  # noqa: E402


@unittest.skipUnless(harness.has_ipv6(), "the session shows servers on IPv6")
class Picture(harness.Case):
    def test_shows_what_twx_prints_today(self):
        """./dev docs draws it again."""
        drawn = picture.svg(picture.session(harness.TWX))
        self.assertEqual(drawn, (ROOT / "docs/session.svg").read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()
