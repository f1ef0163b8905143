"""`expc completion SHELL`, and what the shell then asks for: words begun in, words that could be meant out."""

from __future__ import annotations

from pathlib import Path

import rich_click as click
from click.shell_completion import CompletionItem, get_completion_class

HOW = {
    "bash": 'eval "$(expc completion bash)"    # in ~/.bashrc',
    "zsh": 'eval "$(expc completion zsh)"    # in ~/.zshrc, below compinit',
    "fish": "expc completion fish | source    # in ~/.config/fish/config.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(list(HOW)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what lets a shell complete commands, options, specs, codes and trials.

    bash: eval "$(expc completion bash)" in ~/.bashrc; zsh: the same with zsh, below compinit, in ~/.zshrc; fish:
    expc completion fish | source, in ~/.config/fish/config.fish."""
    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root().command
    click.echo(kind(root, {}, "expc", "_EXPC_COMPLETE").source())


def complete_specs(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """YAML files that say that they are specs, and folders on the way to some."""
    from expc.compiler.programs.program import is_spec

    folder = Path(begun).parent if not begun.endswith("/") else Path(begun)
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    found = []
    for entry in entries:
        name = entry.as_posix()
        if not name.startswith(begun) or entry.name.startswith(".") or name in ("workflow", "results"):
            continue
        if entry.is_dir():
            found.append(CompletionItem(f"{name}/"))
        elif is_spec(entry):
            found.append(CompletionItem(name))
    return found


def complete_codes(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from expc.compiler.explain import codes as known
    from expc.compiler.explain import explain

    found = [code for code in known() if code.startswith(begun.upper())]
    return [CompletionItem(code, help=(explain(code) or "").partition("\n")[0].partition(": ")[2]) for code in found]


def complete_trials(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Ids, and what stands for one: `factor=level`."""
    from expc.cli.trials import planned_trials, words_of
    from expc.errors import ExpcError

    try:
        known = list(planned_trials().values())
    except (ExpcError, OSError, ValueError):  # no workflow here: there is nothing to offer
        return []
    if "=" in begun or (begun and not any(one["id"].startswith(begun) for one in known)):
        words = sorted({word for one in known for word in words_of(one)})
        return [CompletionItem(word) for word in words if word.startswith(begun)]
    return [CompletionItem(one["id"], help=" ".join(words_of(one))) for one in known if one["id"].startswith(begun)]
