#include "print.h"

#include <stdio.h>
#include <stdlib.h>

#include "json.h"

enum clt_status clt_print_json(json_t *value)
{
    char *text;
    const enum clt_status st = clt_json_write(&text, value);
    if (st == CLT_OK) {
        fputs(text, stdout);
        free(text);
    }
    json_decref(value);
    return st;
}
