/* support.h - loading configs in tests. */
#ifndef CLT_CONFIG_SUPPORT_H
#define CLT_CONFIG_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"

#define CONFIGS CLT_SOURCE_FOLDER "/tests/configs/"

/* The config at `path` with the --set texts, which end in NULL; the test fails where it does not
 * load. */
struct clt_config *load(const char *path, const char *const *sets);
/* The same for the text of a file, merged over tests/configs/plain.cfg. */
struct clt_config *load_text(const char *text);

/* Fails unless loading fails with just this message. */
void assert_refused(const char *path, const char *const *sets, enum clt_status status,
                    const char *message);

#endif
