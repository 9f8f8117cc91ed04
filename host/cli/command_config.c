/* command_config.c - cltrain config */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "config.h"

int clt_command_config(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    char *text = NULL;
    (void)options;
    TRY(clt_config_reference(&text));
    fputs(text, stdout);
done:
    free(text);
    return clt_exit_with(st);
}
