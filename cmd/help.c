// SPDX-License-Identifier: MulanPSL-2.0
// Help text and manual pages, see help.h.
#include "cmd/help.h"

#include "cmd/cmd.h"
#include "report/version.h"

#include <string.h>

static const char status_line[] = "0 fine, 1 a mismatch was found, 2 bad usage, bad input or an output\n"
                                  "that cannot be written; 130 or 143: ended by SIGINT or SIGTERM.";

enum help_form help_form_of(const char *name)
{
    static const char *const names[HELP_FORMS] = {"", "man", "bash", "zsh"};
    unsigned form = 0;
    while (form < HELP_FORMS && strcmp(names[form], name) != 0)
        form++;
    return form;
}

// --- text ---------------------------------------------------------------------------------------

static void text_option(const struct opt *p)
{
    char left[96];
    snprintf(left, sizeof left, "%c%c%s--%s %s", p->letter ? '-' : ' ', p->letter ? p->letter : ' ',
             p->letter ? ", " : "  ", p->name, p->arg ? p->arg : "");
    if (strlen(left) > 29)
        printf("  %s\n  %-30s %s\n", left, "", p->help);
    else
        printf("  %-30s %s\n", left, p->help);
}

static void text(const struct command_help *help, const struct opt *own, const struct opt *common)
{
    const char *space = *help->name ? " " : "";
    printf("usage: l2tlb%s%s %s\n\n%s\n", space, help->name, help->usage, help->about);
    if (!*help->name) {
        printf("\ncommands:\n");
        for (unsigned i = 0; i < COMMANDS; i++)
            printf("  %-14s %s\n", commands[i].name, commands[i].about);
        printf("\n`l2tlb COMMAND --help` explains one.\n");
    }
    if (*help->name && own && own->type != OPT_END)
        printf("\noptions of %s:\n", help->name);
    else
        printf("\noptions:\n");
    for (const struct opt *p = own; p && p->type != OPT_END; p++)
        text_option(p);
    if (*help->name && own && own->type != OPT_END)
        printf("\noptions:\n");
    for (; common->type != OPT_END; common++)
        text_option(common);
    printf("\nStatus: %s\n", status_line);
}

// --- manual page --------------------------------------------------------------------------------

// n characters of text for troff: no control lines, no escapes, dashes that can be searched.
static void troff(const char *s, size_t n)
{
    static const char special[] = "\\-`'^~";
    static const char *const escape[] = {"\\e", "\\-", "\\(ga", "\\(aq", "\\(ha", "\\(ti"};
    if (n && (*s == '.' || *s == '\''))
        fputs("\\&", stdout);
    for (size_t i = 0; i < n; i++) {
        const char *at = strchr(special, s[i]);
        if (at)
            fputs(escape[at - special], stdout);
        else
            putchar(s[i]);
    }
}

static void troff_text(const char *s)
{
    troff(s, strlen(s));
}

// A long choice may be broken behind each of its bars.
static void troff_choice(const char *s)
{
    for (size_t n; (n = strcspn(s, "|")), s[n]; s += n + 1) {
        troff(s, n + 1);
        fputs("\\:", stdout);
    }
    troff_text(s);
}

// Lines that start with blanks stand as they are; an empty line ends a paragraph.
static void man_about(const char *s)
{
    bool listed = false;
    for (;;) {
        size_t n = strcspn(s, "\n");
        bool list = *s == ' ';
        if (list != listed)
            puts(list ? ".PP\n.nf" : ".fi\n.PP");
        listed = list;
        if (n)
            troff(s, n);
        else
            fputs(".PP", stdout);
        putchar('\n');
        if (!s[n])
            break;
        s += n + 1;
    }
    if (listed)
        puts(".fi");
}

static void man_options(const struct opt *p)
{
    for (; p && p->type != OPT_END; p++) {
        puts(".TP");
        if (p->letter)
            printf("\\fB\\-%c\\fR, ", p->letter);
        fputs("\\fB\\-\\-", stdout);
        troff_text(p->name);
        fputs("\\fR", stdout);
        if (p->arg) {
            fputs(p->type == OPT_CHOICE || p->type == OPT_FORMS ? " \\fB" : " \\fI", stdout);
            troff_choice(p->arg);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        troff_text(p->help);
        putchar('\n');
    }
}

static void man_see_also(const char *name)
{
    puts(".SH SEE ALSO");
    if (*name) {
        puts(".BR l2tlb (1)");
        return;
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        fputs(i ? ",\n.BR l2tlb\\-" : ".BR l2tlb\\-", stdout);
        troff_text(commands[i].name);
        fputs(" (1)", stdout);
    }
    putchar('\n');
}

static const char *about_of(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].about;
    return "a cycle-exact model of the L2TLB of XiangShan";
}

static void man(const struct command_help *help, const struct opt *own, const struct opt *common)
{
    const char *dash = *help->name ? "-" : "", *space = *help->name ? " " : "";
    printf(".\\\" written by l2tlb%s%s --help=man\n.TH \"", space, help->name);
    troff_text("l2tlb");
    troff_text(dash);
    troff_text(help->name);
    printf("\" 1 \"\" \"l2tlbsim %s\" \"l2tlbsim\"\n.nh\n.ad l\n.SH NAME\nl2tlb", l2tlb_version);
    troff_text(dash);
    troff_text(help->name);
    fputs(" \\- ", stdout);
    troff_text(about_of(help->name));
    printf("\n.SH SYNOPSIS\n\\fBl2tlb%s", space);
    troff_text(help->name);
    fputs("\\fR ", stdout);
    troff_text(help->usage);
    puts("\n.SH DESCRIPTION");
    man_about(help->about);
    if (!*help->name) {
        puts(".SH COMMANDS");
        for (unsigned i = 0; i < COMMANDS; i++) {
            fputs(".TP\n\\fB", stdout);
            troff_text(commands[i].name);
            fputs("\\fR\n", stdout);
            troff_text(commands[i].about);
            putchar('\n');
        }
    }
    puts(".SH OPTIONS");
    man_options(own);
    man_options(common);
    puts(".PP\nValues follow as the next argument or behind an equals sign. \\fB\\-\\-\\fR ends\n"
         "the options. Numbers are decimal, or hexadecimal with 0x.");
    printf(".SH EXIT STATUS\n%s\n", status_line);
    man_see_also(help->name);
}

int help_print(enum help_form form, const struct command_help *help, const struct opt *own,
               const struct opt *common)
{
    static void (*const print[HELP_FORMS])(const struct command_help *, const struct opt *,
                                           const struct opt *) = {text, man, completion_bash,
                                                                  completion_zsh};
    print[form](help, own, common);
    return 0;
}
