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
    done < <(_GRADCLI_COMPLETE="$line" "$1" 2>/dev/null)
}
complete -o nosort -F _gradcli gradcli
