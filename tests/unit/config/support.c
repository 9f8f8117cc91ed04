#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "scratch.h"
#include "text.h"

static enum clt_status try_load(struct clt_config **config, const char *path,
                                const char *const *sets)
{
    size_t n = 0;
    while (sets && sets[n]) n++;
    return clt_config_load(config, path, sets, n);
}

struct clt_config *load(const char *path, const char *const *sets)
{
    struct clt_config *config = NULL;
    if (try_load(&config, path, sets) != CLT_OK) fail_msg("%s: %s", path, clt_error_message());
    return config;
}

struct clt_config *load_text(const char *text)
{
    static const char base[] = "base = \"" CONFIGS "plain.cfg\";\n";
    struct clt_text whole = {0};
    char *folder = clt_scratch_create();
    char *path = clt_path_join(folder, "test.cfg");
    clt_text_add(&whole, "%s%s", base, text);
    clt_scratch_write(folder, "test.cfg", whole.bytes, whole.length);
    struct clt_config *config = load(path, NULL);
    free(path);
    clt_text_free(&whole);
    clt_scratch_remove(folder);
    return config;
}

void assert_refused(const char *path, const char *const *sets, enum clt_status status,
                    const char *message)
{
    struct clt_config *config = NULL;
    const enum clt_status got = try_load(&config, path, sets);
    assert_null(config);
    assert_string_equal(clt_error_message(), message);
    assert_int_equal(got, status);
}
