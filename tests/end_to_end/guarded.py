"""Sites that want to know who asks."""

import base64

from fetching import Site, answer


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Guarded(Site):
    """Answers what `guard(self, target)` says: the bytes of a refusal, or None for the page.

    `problems` has what its guard found wrong.
    """

    def __init__(self, case, pages, guard, close=99):
        self.guard, self.problems = guard, []
        super().__init__(case, _Pages(self, pages), close)


class _Pages:
    """The pages of a guarded site."""

    def __init__(self, site, pages):
        self._site, self._pages = site, pages

    def __getitem__(self, target):
        refusal = self._site.guard(self._site, target)
        page = self._pages[target] if refusal is None else refusal
        if not self._site.head()[0].startswith("HEAD "):
            return page
        return page[: page.index(b"\r\n\r\n") + 4]


def asks(*challenges, proxy=False):
    status, name = ("407 Who", "Proxy") if proxy else ("401 Unauthorized", "WWW")
    return answer(b"who?", status, *(f"{name}-Authenticate: {c}" for c in challenges))


def by_digest(digest, *others, proxy=False):
    """A guard that wants this digest, as a site or as a proxy."""

    def guard(site, target):
        login = site.fields().get("Proxy-Authorization" if proxy else "Authorization")
        if login is None:
            return asks(*others, digest.challenge(), proxy=proxy)
        wrong = digest.wrong(login, site.head()[0].split()[0], target, site.body())
        if not wrong:
            return None
        site.problems.append(wrong)
        return asks(*others, digest.challenge(), proxy=proxy)

    return guard


def by_basic(user, password):
    def guard(site, target):
        del target
        if site.fields().get("Authorization") == basic(user, password):
            return None
        return asks('Basic realm="x"')

    return guard
