/* process.h - programs that run in a folder and an environment of their own. */
#ifndef CLT_TEST_PROCESS_H
#define CLT_TEST_PROCESS_H

enum { OUTPUT_SIZE = 8192 };

struct fixture {
    char *folder; /* with an empty folder "none", and the machine's drivers and the fake one in
                     "drivers" */
    char output[OUTPUT_SIZE];
};

int process_create(void **state);
int process_destroy(void **state);

/* Runs a shell command in the fixture's folder; what it prints is in f->output. */
__attribute__((format(printf, 2, 3))) void run(struct fixture *f, const char *format, ...);
void check_has(const struct fixture *f, const char *part);
void check_has_not(const struct fixture *f, const char *part);

#endif
