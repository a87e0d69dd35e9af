"""`gacp completion`: what a shell needs so that the Tab key completes commands, options and names."""

import click
from click.shell_completion import get_completion_class

from backend.errors import NotFound

WHERE = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/completions/gacp.fish",
}


@click.command("completion", short_help="What a shell needs for the Tab key.")
@click.argument("shell", type=click.Choice(sorted(WHERE)))
@click.option("--how", is_flag=True, help="Say how to switch it on instead.")
@click.pass_context
def command(context: click.Context, shell: str, *, how: bool) -> None:
    """Print the script of SHELL for the Tab key; `eval "$(gacp completion bash)"` switches it on at once."""
    if how:
        click.echo(_how(shell))
        return
    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - click knows these three
        raise NotFound(f"There is no completion for {shell}")
    click.echo(kind(context.find_root().command, {}, "gacp", "_GACP_COMPLETE").source())


def _how(shell: str) -> str:
    if shell == "fish":
        return f"gacp completion fish > {WHERE[shell]}"
    return f"echo 'eval \"$(gacp completion {shell})\"' >> {WHERE[shell]}    # then open a new terminal"
