"""`gradcli completions`: the completion script of a shell, by Click's own machinery."""

from __future__ import annotations

import click

from gradcli.cli.group import command as make_command
from gradcli.cli.main import COMPLETE_VARIABLE, make_group

SHELLS = ("bash", "zsh", "fish")


@make_command(
    examples=(
        "gradcli completions bash > ~/.local/share/bash-completion/completions/gradcli",
        "gradcli completions zsh > ~/.zfunc/_gradcli",
        "gradcli completions fish > ~/.config/fish/completions/gradcli.fish",
    ),
    short_help="the completion script for bash, zsh or fish",
)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Write the completion script for SHELL: bash, zsh or fish."""
    click.echo(script(shell), nl=False)


def script(shell: str) -> str:
    """The completion script of a shell."""
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    # Not kind.source: for bash that starts one to ask for its version.
    return ShellComplete.source(kind(make_group(), {}, "gradcli", COMPLETE_VARIABLE)).strip() + "\n"
