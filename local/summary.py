"""The end of what `make up` prints: where everything is, who can sign in, what to do next, and how to stop."""

from local import demo_data
from local.layout import ROOT, Layout


def render(layout: Layout, seconds: float) -> str:
    """Return the text."""
    moved = f"PORT_OFFSET={layout.offset} " if layout.offset else ""
    people = [
        (f"{user.username}@{one.key}", user.password, ", ".join(user.roles) or "member")
        for one in demo_data.ORGANISATIONS
        for user in one.users
    ]
    widths = [max(len(person[column]) for person in people) for column in (0, 1)]
    files = " and ".join(str(one.relative_to(ROOT)) for one in (layout.stack_file, layout.demo_file))
    return "\n".join(
        [
            "",
            f"Gatehouse is up, after {seconds:.0f} s.",
            "",
            f"  API Store       {layout.base_url}/store",
            f"  Token endpoint  {layout.base_url}/token",
            f"  Sent mails      {layout.mail_view_url}",
            "",
            "Demo users, with their passwords:",
            *(f"  {name:{widths[0]}}  {password:{widths[1]}}  {roles}" for name, password, roles in people),
            "",
            "Next",
            "  1. Open the API Store. Your browser warns once: the certificate is this machine's own.",
            f'  2. Set up the command line:  eval "$({moved}make env)" && gatehouse organisations list',
            "",
            f"Stop it with `{moved}make down`, which keeps the data. `{moved}make reset` deletes the data.",
            f"Addresses and keys are also in {files}.",
        ]
    )
