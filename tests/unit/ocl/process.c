#include "process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"

enum { COMMAND_SIZE = 4096 };

void run(struct fixture *f, const char *format, ...)
{
    char command[COMMAND_SIZE];
    const int start = snprintf(command, sizeof command, "cd '%s' && ", f->folder);
    va_list args;
    va_start(args, format);
    vsnprintf(command + start, sizeof command - (size_t)start, format, args);
    va_end(args);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t length = fread(f->output, 1, OUTPUT_SIZE - 1, pipe);
    f->output[length] = '\0';
    if (pclose(pipe) != 0) fail_msg("%s: %s", command, f->output);
}

void check_has(const struct fixture *f, const char *part)
{
    if (!strstr(f->output, part)) fail_msg("no \"%s\" in: %s", part, f->output);
}

void check_has_not(const struct fixture *f, const char *part)
{
    if (strstr(f->output, part)) fail_msg("\"%s\" in: %s", part, f->output);
}

int process_create(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    *state = f;
    f->folder = clt_scratch_create();
    run(f, "mkdir none drivers && cp /etc/OpenCL/vendors/*.icd drivers && "
           "echo " FAKE_ICD " > drivers/fake.icd");
    return 0;
}

int process_destroy(void **state)
{
    struct fixture *f = *state;
    clt_scratch_remove(f->folder);
    free(f);
    return 0;
}
