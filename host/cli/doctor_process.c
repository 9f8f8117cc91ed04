/* doctor_process.c - limits and environment of the process. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "doctor.h"
#include "file.h"
#include "memory_limits.h"
#include "print.h"
#include "text.h"

#define LITTLE_MEMORY ((uint64_t)1 << 30)
#define DAY           ((time_t)24 * 60 * 60)

extern char **environ;

/* ---- limits ---- */

struct limit {
    int resource;
    const char *name, *option, *unit;
    uint64_t least; /* that runs get by with, but for large ones */
    double divisor; /* from the system's unit to ours */
};

static const struct limit system_limits[] = {
    {RLIMIT_NOFILE, "open files", "-n", "", 256, 1},
    {RLIMIT_FSIZE, "size of a file", "-f", " MiB", (uint64_t)1 << 30, 1 << 20},
    {RLIMIT_AS, "address space", "-v", " MiB", (uint64_t)8 << 30, 1 << 20},
    {RLIMIT_DATA, "data", "-d", " MiB", (uint64_t)2 << 30, 1 << 20},
};

static void check_limit(struct clt_doctor *doctor, const struct limit *limit)
{
    struct rlimit found;
    char advice[64];
    if (getrlimit(limit->resource, &found) < 0) return;
    if (found.rlim_cur == RLIM_INFINITY) {
        clt_doctor_say(doctor, CLT_VERDICT_OK, NULL, "%s: no limit", limit->name);
        return;
    }
    const bool low = found.rlim_cur < limit->least;
    snprintf(advice, sizeof advice, "raise it with ulimit %s", limit->option);
    clt_doctor_say(doctor, low ? CLT_VERDICT_WARNING : CLT_VERDICT_OK, low ? advice : NULL,
                   "%s: at most %.0f%s (ulimit %s)", limit->name,
                   (double)found.rlim_cur / limit->divisor, limit->unit, limit->option);
}

static void check_memory(struct clt_doctor *doctor)
{
    struct clt_limits found;
    clt_limits_read(&found, "");
    const struct clt_limit *least = clt_limits_least(&found);
    if (!least) return;
    const bool little = least->left < LITTLE_MEMORY;
    clt_doctor_say(doctor, little ? CLT_VERDICT_WARNING : CLT_VERDICT_OK,
                   little ? "keep runs below it with population_memory and data.device_memory: "
                            "what exceeds it is killed"
                          : NULL,
                   "memory: %.0f MiB, by %s", clt_mebibytes(least->left), least->name);
}

void clt_doctor_limits(struct clt_doctor *doctor)
{
    doctor->heading = "limits";
    for (size_t i = 0; i < sizeof system_limits / sizeof *system_limits; i++)
        check_limit(doctor, &system_limits[i]);
    check_memory(doctor);
}

/* ---- environment ---- */

static void check_home(struct clt_doctor *doctor)
{
    const char *home = getenv("HOME");
    if (home && *home)
        clt_doctor_say(doctor, CLT_VERDICT_OK, NULL, "HOME is %s", home);
    else
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, "set it",
                       "HOME is not set: drivers keep their caches in shared places, or nowhere");
}

static bool has_batch(const char *folder, const char *subfolder, const char *batch)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s%s/%s.bin", folder, subfolder, batch);
    char *path = clt_text_take(&text);
    const bool found = path && clt_file_exists(path);
    free(path);
    return found;
}

static void check_cifar10(struct clt_doctor *doctor)
{
    static const char *const batches[] = {"data_batch_1", "data_batch_2", "data_batch_3",
                                          "data_batch_4", "data_batch_5", "test_batch"};
    const char *folder = getenv("CLTRAIN_CIFAR10");
    if (!folder) return;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        if (has_batch(folder, "", batches[i]) ||
            has_batch(folder, "/cifar-10-batches-bin", batches[i]))
            continue;
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM,
                       "scripts/get-cifar10 DIR downloads CIFAR-10 into DIR and says how to set it",
                       "CLTRAIN_CIFAR10: %s has no %s.bin", folder, batches[i]);
        return;
    }
    clt_doctor_say(doctor, CLT_VERDICT_OK, NULL, "CLTRAIN_CIFAR10: %s has CIFAR-10", folder);
}

/* Of PoCL's variables the cache's place alone leaves results and speed as they are. */
static void check_pocl_variables(struct clt_doctor *doctor)
{
    const char *folder = getenv("POCL_CACHE_DIR");
    for (char **variable = environ; *variable; variable++)
        if (strncmp(*variable, "POCL_", 5) == 0 && strncmp(*variable, "POCL_CACHE_DIR=", 15) != 0)
            clt_doctor_say(doctor, CLT_VERDICT_WARNING, "unset it, unless it is meant",
                           "%s: changes how PoCL compiles or runs kernels", *variable);
    if (folder && *folder != '/')
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, "make it an absolute path",
                       "POCL_CACHE_DIR: %s is another folder wherever cltrain is started", folder);
}

static void check_layers(struct clt_doctor *doctor)
{
    const char *layers = getenv("OPENCL_LAYERS");
    if (layers && *layers)
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, "unset it, unless it is meant",
                       "OPENCL_LAYERS: %s stands between cltrain and the driver", layers);
}

/* The program was not made after today. A day is for time zones and file systems that are off. */
static void check_clock(struct clt_doctor *doctor)
{
    struct stat program;
    const time_t now = time(NULL);
    char text[32] = "";
    struct tm date;
    if (stat("/proc/self/exe", &program) < 0) return;
    if (gmtime_r(&now, &date)) strftime(text, sizeof text, "%Y-%m-%d %H:%M", &date);
    if (now + DAY < program.st_mtime)
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, "set the machine's clock",
                       "the clock says %s UTC, before this program was made", text);
    else
        clt_doctor_say(doctor, CLT_VERDICT_OK, NULL, "the clock says %s UTC", text);
}

void clt_doctor_environment(struct clt_doctor *doctor)
{
    doctor->heading = "environment";
    check_home(doctor);
    check_cifar10(doctor);
    check_pocl_variables(doctor);
    check_layers(doctor);
    check_clock(doctor);
}
