"""The fetcher of documents of other hosts, in tests that have no other hosts."""

from dataclasses import dataclass, field

from gatehouse.domain.kernel.fetching import FAULTS, Fault, FetchedDocument, FetchError, Form


@dataclass(kw_only=True)
class Outside:
    """What the internet answers to Johns Org, and what was asked of it.

    Attributes:
        answers: The document or the fault of each URL.
        max_bytes: How much the caller has to be ready to read.
        max_age: What the document's headers say, in seconds.
    """

    answers: dict[str, str | Fault]
    max_bytes: int
    max_age: int | None = None
    asked: list[str] = field(default_factory=list[str])

    def fetch(self, organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:
        assert (organisation, max_bytes, form) == ("johnsorg", self.max_bytes, None)
        self.asked.append(url)
        answer = self.answers[url]
        if answer in FAULTS:
            raise FetchError(answer, url)  # pyright: ignore[reportArgumentType]
        return FetchedDocument(body=answer, max_age=self.max_age)
