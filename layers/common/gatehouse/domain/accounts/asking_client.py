"""The client that a sign-in is for, as far as accounts have to know it: what a client is belongs to OAuth."""

from typing import Protocol


class AskingClient(Protocol):
    """A client that asks for a grant of the user's.

    Attributes:
        application_id: Whose subscriptions will be read after the sign-in.
        second_factor: Whether its application demands a second factor.
        title: What its user calls a client that registered itself; empty for others, which have applications.
    """

    @property
    def organisation(self) -> str:
        """See the class."""
        ...

    @property
    def client_id(self) -> str:
        """See the class."""
        ...

    @property
    def application_id(self) -> str:
        """See the class."""
        ...

    @property
    def title(self) -> str:
        """See the class."""
        ...

    @property
    def second_factor(self) -> bool:
        """See the class."""
        ...
