#include "saved_fixture.h"

#include <string.h>

#include "scratch.h"

static void write_text(const char *folder, const char *name, const char *text)
{
    clt_scratch_write(folder, name, text, strlen(text));
}

void clt_saved_fixture_write(const char *folder, const char *json, const char *metrics)
{
    write_text(folder, "config.cfg", CONFIG);
    write_text(folder, "run.json", json);
    write_text(folder, "metrics.csv", metrics);
}
