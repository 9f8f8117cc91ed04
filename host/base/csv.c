#include "csv.h"

#include <math.h>
#include <string.h>

void clt_csv_add_text(struct clt_text *text, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        clt_text_add(text, "%s", field);
        return;
    }
    clt_text_add(text, "\"");
    for (const char *c = field; *c; c++) clt_text_add(text, *c == '"' ? "\"%c" : "%c", *c);
    clt_text_add(text, "\"");
}

void clt_csv_add_real(struct clt_text *text, double field)
{
    if (isnan(field))
        clt_text_add(text, "nan"); /* printf writes -nan for about half of them */
    else
        clt_text_add_digits(text, field, 9);
}
