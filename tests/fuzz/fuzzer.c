/* fuzzer.c - libFuzzer's side: fuzz --target=NAME [-runs=N] [CORPUS...] */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "target.h"
#include "text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* libFuzzer gives its callback nothing of the caller's. */
static struct {
    const struct target *target;
    char folder[64];
} chosen;

static void remove_folder(void)
{
    clt_folder_remove(chosen.folder);
}

static void make_folder(void)
{
    const char *parent = clt_file_exists("/dev/shm") ? "/dev/shm" : "/tmp";
    snprintf(chosen.folder, sizeof chosen.folder, "%s/cltrain-fuzz-XXXXXX", parent);
    require(mkdtemp(chosen.folder));
    atexit(remove_folder);
    /* No input can reach further than these. */
    setenv("XDG_CACHE_HOME", chosen.folder, 1);
    setenv("OCL_ICD_VENDORS", chosen.folder, 1);
}

/* libFuzzer leaves arguments that start with two dashes alone. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char option[] = "--target=";
    for (int i = 1; i < *argc; i++)
        if (strncmp((*argv)[i], option, sizeof option - 1) == 0)
            chosen.target = find_target((*argv)[i] + sizeof option - 1);
    if (!chosen.target) {
        fprintf(stderr, "usage: fuzz --target=NAME [libFuzzer's options] [corpus...]\n");
        for (const struct target *t = targets; t->name; t++) fprintf(stderr, "  %s\n", t->name);
        exit(2);
    }
    make_folder();
    return 0;
}

/* What a terminal would take as a command, or no text at all, must not reach a message. */
static void check_message(const char *message)
{
    require(*message);
    for (const char *c = message; *c;) {
        const size_t length = clt_character_length(c);
        require(length > 0);
        require(*c == '\n' || *c == '\t' || clt_character_is_shown(c));
        c += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct reading reading = {.folder = chosen.folder, .bytes = bytes, .size = size};
    if (chosen.target->read(&reading) != CLT_OK) check_message(clt_error_message());
    return 0;
}
