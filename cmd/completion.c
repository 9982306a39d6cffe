// SPDX-License-Identifier: MulanPSL-2.0
// Completion for bash and zsh, see help.h. A value is completed by its name in the table: one of
// several (OPT_CHOICE, "a|b|c"; OPT_FORMS), a file ("FILE"), or not at all.
#include "cmd/cmd.h"
#include "cmd/help.h"

#include <string.h>

// "a|b|FILE" as words; FILE itself and "[...]" behind them are left out. Returns whether it was there.
static bool words(const char *choices)
{
    bool file = false;
    const char *space = "";
    while (*choices && *choices != '[') {
        size_t n = strcspn(choices, "|[");
        if (n == 4 && memcmp(choices, "FILE", 4) == 0) {
            file = true;
        } else {
            printf("%s%.*s", space, (int)n, choices);
            space = " ";
        }
        choices += n + (choices[n] == '|');
    }
    return file;
}

// The scripts of all commands, each asked for its part.
static void all(char *form)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        commands[i].run(2, (char *[]){(char *)commands[i].name, form, NULL});
}

static bool has_words(const struct opt *p)
{
    return p->type == OPT_CHOICE || p->type == OPT_FORMS;
}

static void option_names(const struct opt *p)
{
    for (; p && p->type != OPT_END; p++) {
        if (p->letter)
            printf(" -%c", p->letter);
        printf(" --%s", p->name);
    }
}

// --- bash ---------------------------------------------------------------------------------------

static void bash_values(const struct opt *p)
{
    for (; p && p->type != OPT_END; p++) {
        if (p->type == OPT_FLAG)
            continue;
        fputs("        ", stdout);
        if (p->letter)
            printf("-%c | ", p->letter);
        printf("--%s) what=", p->name);
        if (has_words(p)) {
            fputs("words list='", stdout);
            words(p->arg);
            putchar('\'');
        } else {
            fputs(strcmp(p->arg, "FILE") == 0 ? "files" : "nothing", stdout);
        }
        puts(" ;;");
    }
}

static void bash_frame(const struct opt *own, const struct opt *common)
{
    puts("# bash completion of l2tlb, written by l2tlb --help=bash\n"
         "_l2tlb()\n"
         "{\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    local what='' list='' options='' operands='' files=''\n"
         "    # --name=value comes as three words\n"
         "    if [[ $cur == '=' ]]; then cur=\n"
         "    elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
         "    COMPREPLY=()\n"
         "    if ((COMP_CWORD == 1)); then");
    fputs("        list='", stdout);
    for (unsigned i = 0; i < COMMANDS; i++)
        printf("%s%s", i ? " " : "", commands[i].name);
    option_names(own);
    option_names(common);
    puts("'\n"
         "        mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\")\n"
         "        return\n"
         "    fi\n"
         "    case ${COMP_WORDS[1]} in");
    all("--help=bash");
    puts("    *) return ;;\n"
         "    esac\n"
         "    if [[ -z $what && $cur == -* ]]; then what=words list=$options\n"
         "    elif [[ -z $what ]]; then what=${files:-words} list=$operands; fi\n"
         "    case $what in\n"
         "    words) mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\") ;;\n"
         "    files)\n"
         "        mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\"; compgen -f -- \"$cur\")\n"
         "        compopt -o filenames 2> /dev/null\n"
         "        ;;\n"
         "    esac\n"
         "}\n"
         "complete -F _l2tlb l2tlb");
}

void completion_bash(const struct command_help *help, const struct opt *own,
                     const struct opt *common)
{
    if (!*help->name) {
        bash_frame(own, common);
        return;
    }
    printf("    %s)\n        options='", help->name);
    option_names(own);
    option_names(common);
    fputs("'\n        operands='", stdout);
    bool file = words(help->operands);
    printf("'%s\n        case $prev in\n", file ? " files=files" : "");
    bash_values(own);
    bash_values(common);
    puts("        esac\n        ;;");
}

// --- zsh ----------------------------------------------------------------------------------------

// Text between quotes, within the brackets of an option.
static void zsh_text(const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\'", stdout);
        else if (strchr("[]:\\", *s))
            putchar('\\');
        putchar(*s);
    }
}

static void zsh_spelling(const struct opt *p, bool letter)
{
    printf("            '%s", p->type == OPT_LIST || p->type == OPT_FORMS ? "*" : "");
    if (letter)
        printf("-%c%s[", p->letter, p->type == OPT_FLAG ? "" : "+");
    else
        printf("--%s%s[", p->name, p->type == OPT_FLAG ? "" : "=");
    zsh_text(p->help);
    putchar(']');
    if (has_words(p)) {
        fputs(":value:(", stdout);
        words(p->arg);
        putchar(')');
    } else if (p->type != OPT_FLAG) {
        putchar(':');
        zsh_text(p->arg);
        fputs(strcmp(p->arg, "FILE") == 0 ? ":_files" : ": ", stdout);
    }
    puts("' \\");
}

static void zsh_options(const struct opt *p)
{
    for (; p && p->type != OPT_END; p++) {
        zsh_spelling(p, false);
        if (p->letter)
            zsh_spelling(p, true);
    }
}

static void zsh_frame(const struct opt *own, const struct opt *common)
{
    puts("#compdef l2tlb\n"
         "# zsh completion of l2tlb, written by l2tlb --help=zsh\n"
         "_l2tlb()\n"
         "{\n"
         "    local -a commands=(");
    for (unsigned i = 0; i < COMMANDS; i++) {
        printf("        '%s:", commands[i].name);
        zsh_text(commands[i].about);
        puts("'");
    }
    puts("    )\n"
         "    if ((CURRENT == 2)); then\n"
         "        _describe command commands\n"
         "        _arguments \\");
    zsh_options(own);
    zsh_options(common);
    puts("            '*: :'\n"
         "        return\n"
         "    fi\n"
         "    shift words\n"
         "    ((CURRENT--))\n"
         "    case $words[1] in");
    all("--help=zsh");
    puts("    esac\n"
         "}\n"
         "_l2tlb \"$@\"");
}

void completion_zsh(const struct command_help *help, const struct opt *own,
                    const struct opt *common)
{
    const char *o = help->operands;
    if (!*help->name) {
        zsh_frame(own, common);
        return;
    }
    printf("    %s)\n        _arguments -s \\\n", help->name);
    zsh_options(own);
    zsh_options(common);
    if (*o && strcmp(o, "FILE") != 0) {
        fputs("            '1:operand:(", stdout);
        words(o);
        puts(")' \\");
    }
    printf("            '*:operand:%s'\n        ;;\n", strstr(o, "FILE") ? "_files" : " ");
}
