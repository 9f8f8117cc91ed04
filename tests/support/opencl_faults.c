#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "opencl_layer.h"

#define ANY (-1)

/* NAME:N[+][:VALUE]: the N-th call of that name, or with + each from there on. */
struct chosen {
    bool exists, onwards;
    int call;
    unsigned long n;
    long value;
};

/* A layer is called without an object of its own. */
static struct {
    pthread_mutex_t mutex;
    const char *const *names;
    int n;
    unsigned long total, *counts;
    struct chosen failing, slow;
    FILE *log;
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void misspelt(const char *variable, const char *text)
{
    fprintf(stderr, "opencl_layer: %s=%s: see the head of opencl_layer.c\n", variable, text);
    abort();
}

static int find_call(const char *name, size_t length)
{
    if (length == 3 && memcmp(name, "any", 3) == 0) return ANY;
    for (int i = 0; i < state.n; i++)
        if (state.names[i] && strlen(state.names[i]) == length &&
            memcmp(state.names[i], name, length) == 0)
            return i;
    return state.n;
}

static struct chosen read_choice(const char *variable, long value)
{
    const char *text = getenv(variable);
    if (!text) return (struct chosen){.exists = false};
    const size_t length = strcspn(text, ":");
    struct chosen chosen = {.exists = true, .call = find_call(text, length), .value = value};
    if (chosen.call == state.n || text[length] != ':') misspelt(variable, text);
    char *end;
    chosen.n = strtoul(text + length + 1, &end, 10);
    chosen.onwards = *end == '+';
    end += chosen.onwards;
    if (*end == ':') chosen.value = strtol(end + 1, &end, 10);
    if (*end || chosen.n == 0) misspelt(variable, text);
    return chosen;
}

void layer_faults_begin(const char *const *names, int n)
{
    const char *log = getenv("CLTRAIN_CALL_LOG");
    state.names = names;
    state.n = n;
    state.counts = calloc((size_t)n, sizeof *state.counts);
    if (!state.counts) abort();
    state.failing = read_choice("CLTRAIN_FAIL_CALL", CL_OUT_OF_RESOURCES);
    state.slow = read_choice("CLTRAIN_SLOW_CALL", 1);
    state.log = log ? fopen(log, "w") : NULL;
}

static bool is_chosen(const struct chosen *chosen, int call)
{
    if (!chosen->exists || (chosen->call != ANY && chosen->call != call)) return false;
    const unsigned long number = chosen->call == ANY ? state.total : state.counts[call];
    return number == chosen->n || (chosen->onwards && number > chosen->n);
}

cl_int layer_call(int call)
{
    pthread_mutex_lock(&state.mutex);
    state.total++;
    state.counts[call]++;
    if (state.log) fprintf(state.log, "%lu %s\n", state.total, state.names[call]);
    const bool slow = is_chosen(&state.slow, call), fails = is_chosen(&state.failing, call);
    pthread_mutex_unlock(&state.mutex);
    const long long nanoseconds = state.slow.value * 1000000LL;
    if (slow)
        nanosleep(&(struct timespec){nanoseconds / 1000000000, nanoseconds % 1000000000}, NULL);
    return fails ? (cl_int)state.failing.value : CL_SUCCESS;
}

static void write_live_objects(FILE *file)
{
    static const char *const owners[LAYER_OWNERS] = {"live", "clblast", "refused"};
    const struct layer_live live = layer_live_objects();
    for (int owner = 0; owner < LAYER_OWNERS; owner++)
        for (int kind = 0; kind < LAYER_KINDS; kind++)
            fprintf(file, "%s-%s %lu\n", owners[owner], layer_kind_names[kind],
                    live.count[owner][kind]);
}

void layer_write_counts(void)
{
    const char *path = getenv("CLTRAIN_CALL_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (state.log) fclose(state.log);
    if (!file) return;
    for (int i = 0; i < state.n; i++)
        if (state.names[i]) fprintf(file, "%s %lu\n", state.names[i], state.counts[i]);
    fprintf(file, "total %lu\n", state.total);
    write_live_objects(file);
    fclose(file);
}
