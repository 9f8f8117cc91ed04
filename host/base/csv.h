/* csv.h - fields of metrics.csv and result.csv (RFC 4180). */
#ifndef CLT_CSV_H
#define CLT_CSV_H

#include "text.h"

void clt_csv_add_text(struct clt_text *text, const char *field); /* in quotes where it must be */
void clt_csv_add_real(struct clt_text *text, double field);      /* %.9g; nan without a sign */

#endif
