#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "text.h"

#define LONGEST_SECONDS 120 /* of a child; compiling on a busy machine takes some ten */

const char *clt_doctor_verdict_name(enum clt_verdict verdict)
{
    static const char *const names[] = {"ok", "warning", "problem"};
    return names[verdict];
}

/* ---- findings ---- */

/* To the parent, a line of JSON; else into the list *list. Releases `value`. */
static void hand_on(const struct clt_doctor *doctor, json_t **list, json_t *value)
{
    if (!doctor->parent) {
        *list = clt_json_append(*list, value);
        return;
    }
    json_dumpf(value, doctor->parent, JSON_COMPACT | JSON_ENCODE_ANY);
    putc('\n', doctor->parent);
    fflush(doctor->parent); /* the next step may be the last */
    json_decref(value);
}

void clt_doctor_say(struct clt_doctor *doctor, enum clt_verdict verdict, const char *advice,
                    const char *format, ...)
{
    char found[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(found, sizeof found, format, args);
    va_end(args);
    clt_text_make_shown(found); /* names and texts of files may hold commands for a terminal */
    json_t *json = clt_json_set(json_object(), "heading", clt_json_string(doctor->heading));
    json = clt_json_set(json, "verdict", json_string(clt_doctor_verdict_name(verdict)));
    json = clt_json_set(json, "found", clt_json_string(found));
    json = clt_json_set(json, "advice", advice ? clt_json_string(advice) : json_null());
    hand_on(doctor, &doctor->findings, json);
}

void clt_doctor_tell_device(struct clt_doctor *doctor, size_t platform, size_t device)
{
    hand_on(doctor, &doctor->devices, json_sprintf("%zu:%zu", platform, device));
}

/* ---- children ---- */

/* Ends as programs do, so that what a driver does at the end of a process is part of the trial. */
static _Noreturn void run_child(int to, const struct clt_doctor *doctor,
                                void (*work)(struct clt_doctor *, const void *), const void *self)
{
    const struct rlimit none = {0, 0};
    struct clt_doctor own = {.heading = doctor->heading, .parent = fdopen(to, "w")};
    if (!own.parent) _exit(EXIT_FAILURE);
    setrlimit(RLIMIT_CORE, &none);
    alarm(LONGEST_SECONDS);
    /* Drivers that crash print their stack there. */
    if (!freopen("/dev/null", "w", stderr)) _exit(EXIT_FAILURE);
    work(&own, self);
    fclose(own.parent);
    exit(EXIT_SUCCESS);
}

static void receive(struct clt_doctor *doctor, int from)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *child = fdopen(from, "r");
    if (!child) {
        close(from);
        return;
    }
    while (getline(&line, &capacity, child) > 0) {
        json_t *value = json_loads(line, JSON_DECODE_ANY, NULL);
        if (json_is_string(value))
            doctor->devices = clt_json_append(doctor->devices, value);
        else
            doctor->findings = clt_json_append(doctor->findings, value);
    }
    free(line);
    fclose(child);
}

static bool judge_end(struct clt_doctor *doctor, const char *what, const char *advice, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) return true;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, advice, "%s: no answer within %d s", what,
                       LONGEST_SECONDS);
    else if (WIFSIGNALED(status))
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, advice, "%s: crashes (signal %d, %s)", what,
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, advice, "%s: ends the process, exit code %d",
                       what, WEXITSTATUS(status));
    return false;
}

bool clt_doctor_isolate(struct clt_doctor *doctor, const char *what, const char *advice,
                        void (*work)(struct clt_doctor *doctor, const void *self), const void *self)
{
    int ends[2], status = 0;
    fflush(NULL);
    if (pipe(ends) < 0) {
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, NULL, "%s: no pipe: %s", what, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC); /* what a driver starts does not keep them open */
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1], doctor, work, self);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, "allow more processes (ulimit -u)",
                       "%s: no process: %s", what, strerror(errno));
        return false;
    }
    receive(doctor, ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return judge_end(doctor, what, advice, status);
}
