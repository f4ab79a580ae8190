"""`gradcli completions`: the completion script of a shell, and what the scripts ask gradcli for.

All three scripts do the same: they hand over the line up to the cursor, and read a candidate a line: its kind, the word
as it will be read, and what it means, separated by tabs. What a shell does with a word is the script's: bash breaks
words at = and :, and quotes nothing.
"""

from __future__ import annotations

import click

from gradcli.cli.group import COMPLETE_VARIABLE
from gradcli.cli.group import command as make_command

_BASH = r"""
_gradcli() {
    local line kind word help begun broken=
    line() { local LC_ALL=C; printf %s "${COMP_LINE:0:COMP_POINT}"; }
    line=$(line)
    begun=${COMP_WORDS[COMP_CWORD]}
    # What stands before the last = or : of a word is no part of what bash replaces.
    if [[ $begun != [\"\']* && $COMP_WORDBREAKS == *=* ]]; then
        broken=${line##*[[:space:]]}
        broken=${broken%"${broken##*[=:]}"}
    fi
    COMPREPLY=()
    while IFS=$'\t' read -r kind word help; do
        case $kind in
            file) compopt -o default -o filenames; return ;;
            part) compopt -o nospace ;;
        esac
        word=${word#"$broken"}
        if [[ $begun != [\"\']* && $word == *[!A-Za-z0-9_.,:=+/@%^-]* && $word != *[!\ -~]* ]]; then
            printf -v word %q "$word"
        fi
        COMPREPLY+=("$word")
    done < <(@VARIABLE@="$line" "$1" 2>/dev/null)
}
complete -o nosort -F _gradcli gradcli
"""

_ZSH = r"""
#compdef gradcli
_gradcli() {
    local kind word help line
    local -a full going
    line="${(j: :)words[1,CURRENT-1]} ${QIPREFIX}${IPREFIX}${PREFIX}"
    while IFS=$'\t' read -r kind word help; do
        case $kind in
            file) compset -P '--*='; _files; return ;;
            part) going+=("${word//:/\\:}${help:+:$help}") ;;
            word) full+=("${word//:/\\:}${help:+:$help}") ;;
        esac
    done < <(@VARIABLE@="$line" "${words[1]}" 2>/dev/null)
    (( $#full )) && _describe -V gradcli full
    (( $#going )) && _describe -V gradcli going -S ''
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _gradcli "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _gradcli gradcli
fi
"""

_FISH = r"""
function _gradcli
    set -l line (commandline -cp | string collect)
    for answer in (@VARIABLE@=$line gradcli 2>/dev/null)
        set -l parts (string split \t -- $answer)
        if test $parts[1] = file
            set -l word (commandline -ct)
            set -l option (string match -r -- '^--[^=]*=' $word)
            string join \n -- "$option"(__fish_complete_path (string replace -- "$option" '' $word))
        else
            printf '%s\t%s\n' $parts[2] "$parts[3]"
        end
    end
end
complete --command gradcli --no-files --keep-order --arguments '(_gradcli)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
SHELLS = tuple(_SCRIPTS)

_END = "\x1f"  # stands at the cursor while the line is split, so that the last word is known from a finished one


@make_command(
    examples=(
        "echo 'source <(gradcli completions bash)' >> ~/.bashrc",
        "echo 'source <(gradcli completions zsh)' >> ~/.zshrc",
        "echo 'gradcli completions fish | source' >> ~/.config/fish/config.fish",
    ),
    short_help="the completion script for bash, zsh or fish",
)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Write the completion script for SHELL: bash, zsh or fish."""
    click.echo(script(shell), nl=False)


def script(shell: str) -> str:
    """The completion script of a shell."""
    return _SCRIPTS[shell].lstrip("\n").replace("@VARIABLE@", COMPLETE_VARIABLE)


def answers(group: click.Group, line: str) -> list[str]:
    """The candidates for the end of a shell's line: kind, word and meaning, separated by tabs."""
    from click.shell_completion import ShellComplete, split_arg_string

    *words, begun = split_arg_string(line + _END) or [_END]
    begun = begun.removesuffix(_END)
    completion = ShellComplete(group, {}, "gradcli", COMPLETE_VARIABLE)
    items = completion.get_completions(words[1:], begun)
    # Of `--format=js` Click completes what stands behind the sign.
    option = begun[: begun.find("=") + 1] if begun.startswith("--") else ""
    return [
        "\t".join(
            (
                "word" if item.type == "plain" else item.type,
                option + item.value,
                " ".join((item.help or "").split()),
            )
        )
        for item in items
    ]
