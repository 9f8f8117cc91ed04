/* commands.h - the table of commands, which help, manual page and completion follow. */
#ifndef CLT_COMMANDS_H
#define CLT_COMMANDS_H

#include "command.h"

struct clt_command {
    const char *name, *operands, *summary;
    size_t least, most; /* operands */
    unsigned options;   /* clt_option bits */
    int (*run)(const struct clt_options *options);
};
const struct clt_command *clt_commands(size_t *count);

#endif
