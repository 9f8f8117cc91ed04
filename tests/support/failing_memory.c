/* failing_memory.c - linked into a program with --wrap for the functions below: the allocations
 * that its own code makes, and those of jansson for it, can be listed and made to fail. Those of
 * drivers and of other libraries go on as always. Variables:
 *
 *   CLTRAIN_ALLOCATIONS=FILE   a line "CALLER STACK" for each allocation goes there: the address
 *                              that follows the call, from the start of the program, and a number
 *                              that tells one way to it from another
 *   CLTRAIN_FAIL_ALLOCATION=N  the N-th allocation fails, counted from 1; with a + behind the
 *                              number those after it fail as well */
#include <errno.h>
#include <execinfo.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { DEEPEST_STACK = 64 };

/* The linker's names. */
extern char __executable_start, etext;
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
char *__wrap_strndup(const char *text, size_t length);

/* The functions that are replaced are called without an object of their own. */
static atomic_ulong count;
static unsigned long failing; /* 0: none */
static bool failing_on;
static FILE *list;

static uintptr_t offset(const void *address)
{
    return (uintptr_t)address - (uintptr_t)&__executable_start;
}

/* Of the frames in the program itself (FNV-1a). */
static uint64_t stack_number(void)
{
    void *frames[DEEPEST_STACK];
    const int n = backtrace(frames, DEEPEST_STACK);
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < n; i++)
        if (offset(frames[i]) < offset(&etext)) hash = (hash ^ offset(frames[i])) * 1099511628211u;
    return hash;
}

static bool must_fail(const void *caller)
{
    const unsigned long number = atomic_fetch_add(&count, 1) + 1;
    if (list) fprintf(list, "%" PRIxPTR " %" PRIx64 "\n", offset(caller), stack_number());
    if (failing == 0 || number < failing || (number > failing && !failing_on)) return false;
    errno = ENOMEM;
    return true;
}

#define CALLER __builtin_return_address(0)

void *__wrap_malloc(size_t size)
{
    return must_fail(CALLER) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return must_fail(CALLER) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return must_fail(CALLER) ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return must_fail(CALLER) ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
    return must_fail(CALLER) ? NULL : __real_strndup(text, length);
}

/* jansson's caller is a frame above, somewhere: it has no address of its own. */
static void *allocate_for_jansson(size_t size)
{
    return must_fail(&__executable_start) ? NULL : __real_malloc(size);
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("CLTRAIN_ALLOCATIONS");
    const char *number = getenv("CLTRAIN_FAIL_ALLOCATION");
    char *end = NULL;
    if (path) list = fopen(path, "w");
    if (number) {
        failing = strtoul(number, &end, 10);
        failing_on = *end == '+';
    }
    json_set_alloc_funcs(allocate_for_jansson, free);
}

__attribute__((destructor)) static void finish(void)
{
    if (list) fclose(list);
    list = NULL;
}
