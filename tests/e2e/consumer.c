/* consumer.c - the smallest program that uses an installed libcltrain: it asks for a config that is
 * not there, and prints the version. */
#include <cltrain/cltrain.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    struct clt_config *config = NULL;
    if (clt_error_message()[0] != '\0') return 1;
    const enum clt_status status = clt_config_load(&config, "no-such.cfg", NULL, 0);
    clt_config_free(config);
    if (status != CLT_E_CONFIG || !strstr(clt_error_message(), "no-such.cfg")) return 1;
    puts(clt_version());
    return 0;
}
