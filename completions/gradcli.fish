function _gradcli
    set -l line (commandline -cp | string collect)
    for answer in (_GRADCLI_COMPLETE=$line gradcli 2>/dev/null)
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
