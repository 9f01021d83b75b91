# Writes one stand-in library: its code (assembly, x86_64) or its linker version script.
#
# usage: awk -v library=SONAME -v mode=code|versions -f generate.awk answers.txt symbols.txt
#
# answers.txt   symbol, what it answers: an integer, or `data` for a symbol written out in runtime.S
# symbols.txt   soname, symbol version (`-` for none), symbol

/^#/ || NF == 0 { next }

FILENAME ~ /answers/ { answer[$1] = $2; next }

$1 != library { next }

mode == "versions" {
    if ($2 != "-") members[$2] = members[$2] " " $3 ";"
    next
}

{
    printf ".globl %s\n.type %s,@function\n%s:\n", $3, $3, $3
    if (!($3 in answer))
        printf "leaq 1f(%%rip), %%rsi\nmovl $2f-1f, %%edx\njmp stand_in_trap\n.section .rodata\n1: .ascii \"stand-in for %s: `%s` was called, which an offline build never does\\n\"\n2:\n.text\n", library, $3
    else if (answer[$3] == "version_info")
        printf "leaq stand_in_version_info(%%rip), %%rax\nret\n"
    else
        printf "movl $%d, %%eax\nret\n", answer[$3]
}

END {
    if (mode == "versions") {
        n = 0
        for (version in members) versions[++n] = version
        # busybox awk has no asort; a handful of versions is sorted by insertion
        for (i = 2; i <= n; i++)
            for (j = i; j > 1 && versions[j] < versions[j - 1]; j--) {
                t = versions[j]; versions[j] = versions[j - 1]; versions[j - 1] = t
            }
        for (i = 1; i <= n; i++) printf "%s {%s };\n", versions[i], members[versions[i]]
    }
}
