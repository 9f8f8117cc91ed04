/* command_completion.c - cltrain completion: a script for bash, made from the tables. */
#include <stdio.h>

#include "commands.h"

static void print_names(void)
{
    size_t n;
    const struct clt_command *commands = clt_commands(&n);
    for (size_t i = 0; i < n; i++) printf("%s%s", i ? " " : "", commands[i].name);
}

/* What follows an option: one of its words, or the name of a file or folder. */
static void print_arguments(void)
{
    size_t n;
    const struct clt_option_row *rows = clt_option_rows(&n);
    printf("  case $before in\n");
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].argument) continue;
        printf("    --%s)", rows[i].name);
        if (rows[i].words) {
            printf(" mapfile -t COMPREPLY < <(compgen -W '");
            for (const char *const *word = rows[i].words; *word; word++)
                printf("%s%s", word == rows[i].words ? "" : " ", *word);
            printf("' -- \"$current\");");
        }
        printf(" return ;;\n");
    }
    printf("  esac\n");
}

static void print_options(void)
{
    size_t n, n_rows;
    const struct clt_command *commands = clt_commands(&n);
    const struct clt_option_row *rows = clt_option_rows(&n_rows);
    printf("  case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < n; i++) {
        printf("    %s) options='", commands[i].name);
        for (size_t k = 0, first = 1; k < n_rows; k++) {
            if (rows[k].bit && !(rows[k].bit & commands[i].options)) continue;
            printf("%s--%s", first ? "" : " ", rows[k].name);
            first = 0;
        }
        printf("' ;;\n");
    }
    printf("  esac\n");
}

int clt_command_completion(const struct clt_options *options)
{
    (void)options;
    printf(
        "# bash completion for cltrain; made by `cltrain completion`.\n"
        "_cltrain() {\n"
        "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=\n"
        "  COMPREPLY=()\n"
        "  if ((COMP_CWORD == 1)); then\n"
        "    mapfile -t COMPREPLY < <(compgen -W '");
    print_names();
    printf(" --help --version' -- \"$current\")\n    return\n  fi\n");
    print_arguments();
    print_options();
    printf("  if [[ $current == -* ]]; then\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
           "  fi\n"
           "}\n"
           "complete -o default -F _cltrain cltrain\n");
    return CLT_EXIT_OK;
}
